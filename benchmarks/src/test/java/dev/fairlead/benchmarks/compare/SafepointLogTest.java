package dev.fairlead.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SafepointLogTest {
  private static final String LOG =
      """
      Safepoint "SerialCollectForAllocation", Time since last: 1000047921 ns, Reaching safepoint: 70541 ns, At safepoint: 2316214 ns, Leaving safepoint: 6101 ns, Total: 2392856 ns, Threads: 1 runnable, 14 total
      Safepoint "ICBufferFull", Time since last: 93 ns, Reaching safepoint: 4 ns, At safepoint: 1 ns, Leaving safepoint: 2 ns, Total: 5000000 ns, Threads: 0 runnable, 14 total
      something else
      """;

  @Test
  void aPauseIsAllOfItAndCollectionsAreToldApart() {
    SafepointLog log = SafepointLog.parse(LOG.lines());
    assertThat(log.nanos()).containsExactly(2_392_856L, 5_000_000L);
    assertThat(log.longestMillis()).isEqualTo(5);
    assertThat(log.longestCollectionMillis()).isEqualTo(2.392856);
  }

  @Test
  void whatWasBeforeDoesNotCount() {
    SafepointLog first = SafepointLog.parse(LOG.lines().limit(1));
    SafepointLog later = SafepointLog.parse(LOG.lines()).without(first);
    assertThat(later.longestCollectionMillis()).isZero();
    assertThat(later.longestMillis()).isEqualTo(5);
  }
}
