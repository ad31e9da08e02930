package dev.fairlead.benchmarks.compare;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * How a comparison is run.
 *
 * @param warmUp of the load before each window
 * @param window in which is measured
 * @param threads of each proxy, and CPUs it is pinned to
 * @param user the proxies run as; empty = as this process
 * @param descriptors limit of each process
 * @param idleConnections of the idle workload
 */
record Settings(
    int rounds,
    Duration warmUp,
    Duration window,
    int threads,
    Optional<String> user,
    int descriptors,
    int idleConnections) {

  private static int cpus() {
    return Runtime.getRuntime().availableProcessors();
  }

  List<Integer> proxyCpus() {
    return IntStream.range(0, Math.min(threads, cpus())).boxed().toList();
  }

  static List<Integer> allCpus() {
    return IntStream.range(0, cpus()).boxed().toList();
  }

  int clientCpu() {
    return Math.min(threads, cpus() - 1);
  }

  int serverCpu() {
    return Math.min(threads + 1, cpus() - 1);
  }

  /** Whether the load generator works on a CPU of the proxies, so that its work is among theirs. */
  boolean isShared() {
    return proxyCpus().contains(clientCpu()) || proxyCpus().contains(serverCpu());
  }
}
