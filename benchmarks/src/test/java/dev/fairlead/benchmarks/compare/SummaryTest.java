package dev.fairlead.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SummaryTest {
  private static final String WORKLOAD = "bulk8-down";

  @Test
  void theRatioIsTakenWithinEachRound() {
    // A machine that gets slower and slower: the medians would say 0.2 / 2 = 0.1.
    Summary summary = summary(new double[] {1, 2, 8}, new double[] {0.5, 0.2, 4});

    Summary.Spread ratio =
        summary.ratio(WORKLOAD, "fairlead", "haproxy", Metric.CPU_PER_GB).orElseThrow();

    assertThat(ratio.median()).isCloseTo(0.5, within(1e-9));
    assertThat(ratio.lowest()).isCloseTo(0.1, within(1e-9));
    assertThat(ratio.highest()).isCloseTo(0.5, within(1e-9));
    assertThat(ratio.count()).isEqualTo(3);
  }

  @Test
  void anEvenNumberOfRoundsHasItsMedianBetween() {
    assertThat(Summary.Spread.of(List.of(4.0, 1.0, 2.0, 3.0)).orElseThrow().median())
        .isEqualTo(2.5);
  }

  @Test
  void aRoundThatFailedTakesNoPart() {
    List<Measurement> measurements =
        new ArrayList<>(summary(new double[] {1, 1}, new double[] {0.5, 0.5}).measurements());
    measurements.add(
        new Measurement(WORKLOAD, "fairlead", 3, Map.of(), Map.of("error", "did not answer")));
    Summary summary = new Summary(measurements);

    assertThat(summary.figure(WORKLOAD, "fairlead", Metric.CPU_PER_GB).orElseThrow().count())
        .isEqualTo(2);
    assertThat(summary.remark(WORKLOAD, "fairlead", "error")).contains("did not answer");
  }

  @Test
  void aRoundInWhichNothingCameThroughTakesNoPart() {
    Summary summary = summary(new double[] {1, 1, 1}, new double[] {0.0 / 0, 0.5, 0.3 / 0});

    Summary.Spread ratio =
        summary.ratio(WORKLOAD, "fairlead", "haproxy", Metric.CPU_PER_GB).orElseThrow();

    assertThat(ratio.count()).isEqualTo(1);
    assertThat(ratio.highest()).isEqualTo(0.5);
  }

  @Test
  void noRatioToNothing() {
    Summary summary = summary(new double[] {0, -1}, new double[] {1, 1});

    assertThat(summary.ratio(WORKLOAD, "fairlead", "haproxy", Metric.CPU_PER_GB)).isEmpty();
  }

  @Test
  void aGoalIsMetOnItsLimitAndMissedBeyond() {
    Goal atMost = new Goal(WORKLOAD, Metric.CPU_PER_GB, Optional.of("haproxy"), 0.25, false);
    Goal atLeast = new Goal(WORKLOAD, Metric.GBITS, Optional.of("haproxy"), 2.2, true);

    assertThat(atMost.isMet(0.25)).isTrue();
    assertThat(atMost.isMet(0.2501)).isFalse();
    assertThat(atLeast.isMet(2.2)).isTrue();
    assertThat(atLeast.isMet(2.19)).isFalse();
  }

  @Test
  void everyGoalSpeaksOfAWorkloadAndAFigureThatExist() {
    for (Goal goal : Goal.all()) {
      assertThat(Workload.all())
          .as("%s", goal)
          .anyMatch(w -> w.name().equals(goal.workload()) && w.headline().contains(goal.metric()));
    }
  }

  static Summary summary(double[] haproxy, double[] fairlead) {
    List<Measurement> measurements = new ArrayList<>();
    for (int round = 0; round < haproxy.length; round++) {
      measurements.add(measurement("haproxy", round + 1, haproxy[round]));
      measurements.add(measurement("fairlead", round + 1, fairlead[round]));
    }
    return new Summary(measurements);
  }

  private static Measurement measurement(String contender, int round, double value) {
    return new Measurement(
        WORKLOAD, contender, round, Map.of(Metric.CPU_PER_GB, value, Metric.FAILED, 0.0), Map.of());
  }
}
