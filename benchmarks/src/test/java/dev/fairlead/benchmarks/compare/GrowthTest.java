package dev.fairlead.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class GrowthTest {

  @Test
  void theMedianOfTheRoundsRatiosIsJudged() {
    Growth growth =
        new Growth(
            "connections",
            Metric.CPU_PER_REQUEST,
            List.of(10.0, 20.0, 10.0),
            List.of(11.0, 44.0, 11.5),
            1.15);
    assertThat(growth.ratio()).isEqualTo(1.15);
    assertThat(growth.isReached()).isTrue();
    assertThat(growth.row()).contains("| 10.00 | 11.50 | 1.150 | 1.100–2.200 | ≤ 1.15 | reached |");
  }

  @Test
  void anEvenNumberOfRoundsHasItsMedianBetween() {
    Growth growth =
        new Growth(
            "servers", Metric.CPU_PER_CONNECTION, List.of(10.0, 10.0), List.of(10.0, 12.0), 1.05);

    assertThat(growth.ratio()).isEqualTo(1.1);
    assertThat(growth.isReached()).isFalse();
  }
}
