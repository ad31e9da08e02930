package dev.fairlead.benchmarks.compare;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * All that a result file holds.
 *
 * @param command the exact words that made it
 * @param machine where it ran
 * @param versions by program
 * @param notes what a reader must know before believing a figure
 */
record Report(
    Instant startedAt,
    String command,
    Map<String, String> machine,
    Map<String, String> versions,
    List<String> notes,
    List<Workload> workloads,
    Summary summary) {}
