package dev.fairlead.benchmarks.compare;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A report as Markdown: the goals first, then a table for each workload. */
final class MarkdownReport {
  private MarkdownReport() {}

  static String render(Report report) {
    StringBuilder text = new StringBuilder();
    text.append("# Fairlead beside haproxy and nginx\n\n");
    text.append("Run at ").append(report.startedAt()).append(" by\n\n```\n");
    text.append(report.command()).append("\n```\n\n");
    for (String note : report.notes()) {
      text.append("> ").append(note).append("\n>\n");
    }
    text.append("\n![ratios to haproxy](compare.svg)\n\n");
    goals(report, text);
    for (Workload workload : report.workloads()) {
      workload(report.summary(), workload, text);
    }
    facts("Machine", report.machine(), text);
    facts("Versions", report.versions(), text);
    return text.toString();
  }

  private static void goals(Report report, StringBuilder text) {
    StringBuilder rows = new StringBuilder();
    for (Goal goal : Goal.all()) {
      report
          .summary()
          .achieved(goal)
          .ifPresent(achieved ->
              rows.append("| ")
                  .append(goal.workload())
                  .append(" | ")
                  .append(goal.metric().label())
                  .append(" | ")
                  .append(goal.text())
                  .append(" | ")
                  .append(
                      goal.against().isPresent()
                          ? ratio(achieved)
                          : figure(goal.metric(), achieved))
                  .append(goal.isMet(achieved.median()) ? " | yes |\n" : " | **no** |\n"));
    }
    if (!rows.isEmpty()) {
      text.append(
              "## Goals\n\n| workload | figure | goal | Fairlead | met |\n|---|---|---|---|---|\n")
          .append(rows)
          .append('\n');
    }
  }

  private static void workload(Summary summary, Workload workload, StringBuilder text) {
    List<Metric> columns =
        workload.headline().stream()
            .filter(metric ->
                summary.contenders().stream()
                    .anyMatch(name -> summary.figure(workload.name(), name, metric).isPresent()))
            .toList();
    if (columns.isEmpty()) {
      return;
    }
    text.append("## ").append(workload.name()).append("\n\n");
    text.append(workload.title()).append(". Median (lowest–highest) × ratio to haproxy.\n\n|");
    columns.forEach(metric -> text.append(" | ").append(metric.label()));
    text.append(" | failed |\n|---").append("|---".repeat(columns.size())).append("|---|\n");
    for (String contender : summary.contenders()) {
      if (columns.stream()
          .allMatch(metric -> summary.figure(workload.name(), contender, metric).isEmpty())) {
        continue;
      }
      text.append("| ").append(contender);
      for (Metric metric : columns) {
        text.append(" | ").append(cell(summary, workload.name(), contender, metric));
      }
      text.append(" | ")
          .append(
              summary
                  .figure(workload.name(), contender, Metric.FAILED)
                  .map(failed -> Metric.FAILED.format(failed.highest()))
                  .orElse(""))
          .append(" |\n");
    }
    for (String contender : summary.contenders()) {
      summary
          .remark(workload.name(), contender, "calls")
          .ifPresent(
              calls -> text.append("\n").append(contender).append(": ").append(calls).append("\n"));
      summary
          .remark(workload.name(), contender, "error")
          .ifPresent(error ->
              text.append("\n**").append(contender).append(": ").append(error).append("**\n"));
    }
    text.append('\n');
  }

  private static String cell(Summary summary, String workload, String contender, Metric metric) {
    Optional<Summary.Spread> figure = summary.figure(workload, contender, metric);
    if (figure.isEmpty()) {
      return "";
    }
    String text = figure(metric, figure.get());
    Optional<Summary.Spread> ratio = summary.ratio(workload, contender, "haproxy", metric);
    return contender.equals("haproxy") || contender.equals("direct") || ratio.isEmpty()
        ? text
        : text + " × **" + two(ratio.get().median()) + "**";
  }

  private static String figure(Metric metric, Summary.Spread spread) {
    return metric.format(spread.median())
        + " ("
        + metric.format(spread.lowest())
        + "–"
        + metric.format(spread.highest())
        + ")";
  }

  private static String ratio(Summary.Spread spread) {
    return two(spread.median()) + " (" + two(spread.lowest()) + "–" + two(spread.highest()) + ")";
  }

  private static String two(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  private static void facts(String title, Map<String, String> facts, StringBuilder text) {
    text.append("## ").append(title).append("\n\n");
    facts.forEach(
        (key, value) -> text.append("- ").append(key).append(": ").append(value).append('\n'));
    text.append('\n');
  }
}
