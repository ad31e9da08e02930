package dev.fairlead.benchmarks.apiserver;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What a reader must know of a run besides its figures.
 *
 * @param command the exact words that made it
 * @param machine where it ran
 * @param versions by program
 * @param notes what spoils it
 */
record RunFacts(
    Instant startedAt,
    String command,
    Map<String, String> machine,
    Map<String, String> versions,
    List<String> notes) {}
