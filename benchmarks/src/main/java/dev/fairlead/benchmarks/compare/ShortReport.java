package dev.fairlead.benchmarks.compare;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One line for each figure that matters, wins and losses alike: the table of the README. {@code
 * benchmarks/publish} puts it there.
 */
final class ShortReport {
  private static final List<String> OTHERS = List.of("haproxy-splice", "nginx");

  /** Two figures that differ by less are equal: rounds differ by more. */
  private static final double EQUAL = 0.03;

  private ShortReport() {}

  static String render(Report report) {
    StringBuilder text = new StringBuilder();
    text.append(
        """
        | | haproxy | its forced splice | nginx | Fairlead | goal | cheapest |
        |---|---|---|---|---|---|---|
        """);
    for (Workload workload : report.workloads()) {
      for (Metric metric : SvgChart.charted(workload)) {
        row(report.summary(), workload, metric, text);
      }
    }
    text.append("\nMedians of ")
        .append(report.startedAt().toString(), 0, 10)
        .append(", beside haproxy's own figure as multiples of it: less is better.");
    for (String note : report.notes()) {
      text.append(' ').append(note);
    }
    return text.append('\n').toString();
  }

  private static void row(Summary summary, Workload workload, Metric metric, StringBuilder text) {
    Optional<Summary.Spread> ours = summary.figure(workload.name(), "fairlead", metric);
    if (ours.isEmpty()) {
      return;
    }
    Optional<Summary.Spread> haproxy = summary.figure(workload.name(), "haproxy", metric);
    text.append("| ").append(Caption.of(workload, metric));
    text.append(" | ").append(haproxy.map(figure -> metric.format(figure.median())).orElse(""));
    for (String other : OTHERS) {
      text.append(" | ")
          .append(ratio(summary, workload, other, metric).map(r -> "× " + two(r)).orElse(""));
    }
    Optional<Double> ratio = ratio(summary, workload, "fairlead", metric);
    String absolute = metric.format(ours.get().median());
    boolean isAbsolute =
        Goal.all().stream()
            .anyMatch(goal ->
                goal.workload().equals(workload.name())
                    && goal.metric() == metric
                    && goal.against().isEmpty());
    text.append(" | **")
        .append(
            ratio.map(r -> (isAbsolute ? absolute + ", " : "") + "× " + two(r)).orElse(absolute))
        .append("**");
    text.append(" | ").append(goals(summary, workload, metric));
    text.append(" | ").append(cheapest(summary, workload, metric)).append(" |\n");
  }

  /** All goals of the figure, each with whether it was met. */
  private static String goals(Summary summary, Workload workload, Metric metric) {
    StringBuilder text = new StringBuilder();
    for (Goal goal : Goal.all()) {
      Optional<Summary.Spread> achieved = summary.achieved(goal);
      if (goal.workload().equals(workload.name())
          && goal.metric() == metric
          && achieved.isPresent()) {
        text.append(text.isEmpty() ? "" : "; ")
            .append(goal.text())
            .append(goal.isMet(achieved.get().median()) ? " ✓" : " ✗");
      }
    }
    return text.toString();
  }

  private static String cheapest(Summary summary, Workload workload, Metric metric) {
    Optional<Double> ours = ratio(summary, workload, "fairlead", metric);
    if (ours.isEmpty()) {
      return "";
    }
    double best = 1;
    String who = "haproxy";
    for (String other : OTHERS) {
      Optional<Double> theirs = ratio(summary, workload, other, metric);
      if (theirs.isPresent() && theirs.get() < best) {
        best = theirs.get();
        who = other;
      }
    }
    if (ours.get() < best * (1 - EQUAL)) {
      return "**Fairlead**";
    }
    return ours.get() <= best * (1 + EQUAL) ? "Fairlead, " + who : who;
  }

  private static Optional<Double> ratio(
      Summary summary, Workload workload, String contender, Metric metric) {
    return summary.ratio(workload.name(), contender, "haproxy", metric).map(Summary.Spread::median);
  }

  private static String two(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }
}
