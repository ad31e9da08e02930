package dev.fairlead.benchmarks.failover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FailoverReportTest {
  private static final Setup OURS = new Setup(Profile.V2_1S, false, Pair.FAIRLEAD);
  private static final Setup MIXED = new Setup(Profile.V2_1S, false, Pair.MIXED);

  @Test
  void aGapOverTheGoalIsCountedAndShown() {
    FailoverReport report = report(stop(OURS, 0, 4), stop(OURS, 1, 5), stop(OURS, 0, 101));

    assertThat(report.markdown())
        .contains(
            "| clean-stop | v2-1s | Fairlead | client's gap | median ≤ 10 ms, ≤ 100 ms"
                + " | 5.0 / 101 of 3 | **1 over** |")
        .contains("| clean-stop | v2-1s | Fairlead | both hold | ≤ 50 ms | 2.0 / 2.0 of 3 | yes |");
  }

  @Test
  void aMedianOverTheGoalIsNotMetEither() {
    assertThat(report(stop(OURS, 0, 20), stop(OURS, 1, 30)).markdown())
        .contains("25 / 30 of 2 | **no** |");
  }

  @Test
  void aMixedPairIsFiledUnderWhoWasLeft() {
    FailoverReport report = report(stop(MIXED, 0, 4), stop(MIXED, 1, 700));

    assertThat(report.markdown())
        .contains("| fault | Fairlead → keepalived | keepalived → Fairlead |")
        .contains("| clean-stop | 4.0 / 4.0 | 700 / 700 |");
    assertThat(Goal.all().getFirst().achieved(report.results()))
        .singleElement()
        .matches(Goal.Achieved::met);
  }

  @Test
  void jsonHoldsEveryEpisode() {
    Config json = ConfigFactory.parseString(report(stop(OURS, 0, 4), stop(OURS, 1, 5)).json());

    assertThat(json.getConfigList("episodes")).hasSize(2);
    assertThat(json.getConfigList("episodes").getFirst().getDouble("gap")).isEqualTo(4);
    assertThat(json.getConfigList("goals").getFirst().getBoolean("met")).isTrue();
  }

  @Test
  void aWrittenRunIsReadBackAsItWas() {
    FailoverReport report = report(stop(OURS, 0, 4), stop(MIXED, 0, 5), stop(MIXED, 1, 600));

    EarlierRun read = EarlierRun.parse(ConfigFactory.parseString(report.json()));

    assertThat(read.command()).isEqualTo("benchmarks/failover");
    assertThat(new Results(read.episodes())).isEqualTo(report.results());
    assertThat(new Results(List.of()).with(List.of(read, read)).episodes()).hasSize(6);
  }

  @Test
  void aRunThatWasCutShortIsReadAsFarAsItWent(@TempDir Path directory) throws IOException {
    Episode first = stop(OURS, 0, 4);
    Episode second = stop(MIXED, 1, 600);
    String lines = FailoverReport.line(first) + FailoverReport.line(second);
    Files.writeString(
        directory.resolve(EarlierRun.EPISODES),
        lines + FailoverReport.line(first).substring(0, 99));

    EarlierRun read = EarlierRun.read(directory);

    assertThat(read.episodes()).containsExactly(first, second);
    assertThat(read.notes()).containsExactly("That run was cut short, after 2 episodes.");
    assertThat(EarlierRun.cutShort("none", "").episodes()).isEmpty();
  }

  @Test
  void aRunThatIsNotThereIsAnError(@TempDir Path directory) {
    assertThatThrownBy(() -> EarlierRun.read(directory)).hasMessageContaining("failover.json");
  }

  @Test
  void theChartHasABarForEachFaultAndColumn() {
    assertThat(FailoverChart.render(report(stop(OURS, 0, 4), stop(OURS, 1, 5))))
        .contains(">clean-stop<")
        .contains(">4.5 / 5.0<")
        .doesNotContain(">crash<");
  }

  private static Episode stop(Setup setup, int holder, double gap) {
    Episode.Figures during = new Episode.Figures(gap, gap + 5, 0, 2, 0);
    Episode.Figures after = new Episode.Figures(3, 3, 0, 0, 0);
    return new Episode(setup, Fault.CLEAN_STOP, 1, holder, during, after, 2, "");
  }

  private static FailoverReport report(Episode... episodes) {
    return new FailoverReport(
        Instant.EPOCH,
        "benchmarks/failover",
        Map.of("cpu", "some"),
        Map.of("fairlead", "1"),
        new ArrayList<>(List.of("a note")),
        new Results(List.of(episodes)));
  }
}
