package dev.fairlead.benchmarks.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.StringReader;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

class ApiServerReportTest {
  private static final RunFacts FACTS =
      new RunFacts(
          Instant.parse("2026-11-21T12:00:00Z"),
          "benchmarks/apiserver --quick",
          Map.of("kernel", "Linux 6.18"),
          Map.of("haproxy-guide", "2.6.12"),
          List.of("not calm"));

  private final Results results =
      new Results(
          List.of(
              episode("fairlead", 1, 0),
              episode("fairlead", 2, 3),
              episode("fairlead", 3, 0),
              episode("haproxy-guide", 1, 150),
              episode("haproxy-guide", 2, 100),
              episode("haproxy-guide", 3, 120)));
  private final ApiServerReport report = new ApiServerReport(FACTS, results);

  private static Episode episode(String contender, int round, int failed) {
    return new Episode(
        "apiserver",
        Fault.RESTART,
        contender,
        round,
        Map.of(Figure.FAILED, (double) failed, Figure.SLOW, 0.0),
        failed == 0 ? Map.of() : Map.of("status 403 from s1", failed),
        IntStream.range(0, failed)
            .mapToObj(i -> new Episode.Trouble(i * 10L, 7, true, "status 403 from s1"))
            .toList());
  }

  @Test
  void theWorstRoundDecidesAGoal() {
    assertThat(report.missed()).containsExactly("apiserver, restart: failed 0 (3), goal 2");
    assertThat(report.markdown())
        .contains("| restart | failed | ≤ 2 | 0 (3) | 120 (150) | **no** |")
        .contains("| restart | slower than 1 s | ≤ 0 | 0 | 0 | yes |")
        .contains("370 status 403 from s1")
        .contains("benchmarks/apiserver --quick")
        .contains("> not calm")
        .doesNotContain("etcd cluster");
  }

  @Test
  void jsonHoldsEveryEpisodeAndReadsBack() {
    Config json = ConfigFactory.parseString(report.json());
    assertThat(json.getConfigList("episodes")).hasSize(6);
    assertThat(json.getConfigList("episodes").get(1).getStringList("troubles"))
        .hasSize(3)
        .first()
        .isEqualTo("failed: due at 0 ms, took 7 ms: status 403 from s1");
    assertThat(json.getConfigList("goals").getFirst().getBoolean("met")).isFalse();
  }

  @Test
  void theChartIsWellFormedAndShowsTrouble() throws Exception {
    String svg = TroubleChart.render(FACTS, results);
    assertThat(
            DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(svg)))
                .getDocumentElement()
                .getTextContent())
        .contains("restart", "haproxy-guide", "120 (150) / 0");
    assertThat(svg).contains("fill=\"#c0392b\"/>\n<rect");
  }

  @Test
  void everyGoalIsAboutAFigureThatItsFaultHas() {
    assertThat(Goal.all()).extracting(Goal::fault).containsAll(List.of(Fault.values()));
    assertThat(Goal.all())
        .filteredOn(goal -> goal.figure() == Figure.VICTIM_SHARE)
        .allMatch(goal -> goal.fault() == Fault.SLOW);
    assertThat(Goal.all())
        .filteredOn(goal -> goal.figure() == Figure.REFUSED_MILLIS)
        .allMatch(goal -> goal.fault() == Fault.ALL);
  }
}
