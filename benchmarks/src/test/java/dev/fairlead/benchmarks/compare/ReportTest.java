package dev.fairlead.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.StringReader;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class ReportTest {
  private final Report report =
      new Report(
          Instant.parse("2026-11-21T12:00:00Z"),
          "benchmarks/compare --quick",
          Map.of("cpu", "A & B", "kernel", "Linux 6.18"),
          Map.of("haproxy", "2.6.12"),
          List.of("not calm"),
          Workload.all(),
          SummaryTest.summary(new double[] {0.6, 0.7, 0.8}, new double[] {0.12, 0.14, 0.16}));

  @Test
  void markdownShowsMedianSpreadRatioAndGoal() {
    assertThat(MarkdownReport.render(report))
        .contains("| bulk8-down | CPU s/GB | ≤ 0.25 × haproxy | 0.20 (0.20–0.20) | yes |")
        .contains("| fairlead | 0.140 (0.120–0.160) × **0.20** | 0 |")
        .contains("benchmarks/compare --quick")
        .contains("> not calm")
        .contains("- kernel: Linux 6.18")
        .doesNotContain("## small64");
  }

  @Test
  void jsonHoldsEveryRoundAndReadsBack() {
    Config json = ConfigFactory.parseString(JsonReport.render(report));

    assertThat(json.getConfigList("measurements")).hasSize(6);
    assertThat(json.getConfigList("goals").get(0).getBoolean("met")).isTrue();
    assertThat(json.getString("versions.haproxy")).isEqualTo("2.6.12");
  }

  @Test
  void theChartIsWellFormedAndNamesTheRatio() throws Exception {
    Document svg =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(SvgChart.render(report))));

    assertThat(svg.getDocumentElement().getTextContent())
        .contains("8 downloads, CPU s/GB")
        .contains("0.20")
        .contains("A & B");
  }

  @Test
  void theShortTableSaysWhoIsCheapestAndWhetherTheGoalIsMet() {
    assertThat(ShortReport.render(report))
        .contains(
            "| 8 downloads, CPU s/GB | 0.700 |  |  | **× 0.20** | ≤ 0.25 × haproxy ✓ |"
                + " **Fairlead** |")
        .contains("Medians of 2026-11-21")
        .contains("not calm")
        .doesNotContain("64 connections");
  }

  @Test
  void theShortTableHidesNoLoss() {
    Report lost =
        new Report(
            report.startedAt(),
            report.command(),
            report.machine(),
            report.versions(),
            List.of(),
            Workload.all(),
            SummaryTest.summary(new double[] {0.5, 0.5}, new double[] {0.6, 0.6}));

    assertThat(ShortReport.render(lost)).contains("| **× 1.20** | ≤ 0.25 × haproxy ✗ | haproxy |");
  }
}
