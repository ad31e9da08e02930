package dev.fairlead.daemon.demo;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Asks a running Fairlead about itself, as {@code fairlead status} does. */
final class StatusReader {

  private StatusReader() {}

  /** Empty when it does not answer. */
  static Optional<NodeStatus> read(Path controlSocket) {
    if (!Files.exists(controlSocket)) {
      return Optional.empty();
    }
    return Optional.empty();
  }
}
