package dev.fairlead.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the daemon can be asked about itself.
 *
 * @param metrics listener of {@code /metrics}; empty = none
 * @param probes listener of {@code /livez} and {@code /readyz}; empty = none
 * @param controlSocket unix socket (mode 0600) of {@code fairlead status} and {@code fairlead
 *     reload}
 */
public record AdminConfig(
    Optional<ListenerConfig> metrics, Optional<ListenerConfig> probes, Path controlSocket) {}
