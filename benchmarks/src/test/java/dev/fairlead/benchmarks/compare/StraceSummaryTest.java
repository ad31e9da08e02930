package dev.fairlead.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StraceSummaryTest {

  @Test
  void readsTheTableWithAndWithoutErrors() {
    StraceSummary summary =
        StraceSummary.parse(
            """
            % time     seconds  usecs/call     calls    errors syscall
            ------ ----------- ----------- --------- --------- ----------------
             60.00    0.600000           3      2000           sendto
             40.00    0.400000           2      2010        10 recvfrom
              0.00    0.000000           0         7           epoll_wait
            ------ ----------- ----------- --------- --------- ----------------
            100.00    1.000000           2      4017        10 total
            """);

    assertThat(summary.total()).isEqualTo(4017);
    assertThat(summary.perUnit(1000)).isEqualTo("recvfrom 2.01, sendto 2.00");
  }

  @Test
  void anEmptyTableIsNoCalls() {
    assertThat(StraceSummary.parse("").total()).isZero();
  }
}
