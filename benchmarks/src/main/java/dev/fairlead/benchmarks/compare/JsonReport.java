package dev.fairlead.benchmarks.compare;

import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A report as JSON: every single figure, the medians, the ratios and the goals. */
final class JsonReport {
  private JsonReport() {}

  static String render(Report report) {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("startedAt", report.startedAt().toString());
    root.put("command", report.command());
    root.put("machine", report.machine());
    root.put("versions", report.versions());
    root.put("notes", report.notes());
    root.put(
        "measurements", report.summary().measurements().stream().map(JsonReport::figures).toList());
    root.put("medians", medians(report));
    root.put("goals", goals(report.summary()));
    return ConfigValueFactory.fromMap(root).render(ConfigRenderOptions.concise().setFormatted(true))
        + "\n";
  }

  private static Map<String, Object> figures(Measurement measurement) {
    Map<String, Object> values = new LinkedHashMap<>();
    measurement.figures().forEach((metric, value) -> values.put(key(metric), rounded(value)));
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("workload", measurement.workload());
    entry.put("contender", measurement.contender());
    entry.put("round", measurement.round());
    entry.put("figures", values);
    if (!measurement.remarks().isEmpty()) {
      entry.put("remarks", measurement.remarks());
    }
    return entry;
  }

  private static List<Map<String, Object>> medians(Report report) {
    List<Map<String, Object>> entries = new ArrayList<>();
    Summary summary = report.summary();
    for (Workload workload : report.workloads()) {
      for (String contender : summary.contenders()) {
        for (Metric metric : Metric.values()) {
          Optional<Summary.Spread> figure = summary.figure(workload.name(), contender, metric);
          if (figure.isEmpty()) {
            continue;
          }
          Map<String, Object> entry = new LinkedHashMap<>();
          entry.put("workload", workload.name());
          entry.put("contender", contender);
          entry.put("metric", key(metric));
          entry.put("figure", spread(figure.get()));
          summary
              .ratio(workload.name(), contender, "haproxy", metric)
              .ifPresent(ratio -> entry.put("ratioToHaproxy", spread(ratio)));
          entries.add(entry);
        }
      }
    }
    return entries;
  }

  private static List<Map<String, Object>> goals(Summary summary) {
    List<Map<String, Object>> entries = new ArrayList<>();
    for (Goal goal : Goal.all()) {
      summary
          .achieved(goal)
          .ifPresent(achieved -> {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("workload", goal.workload());
            entry.put("metric", key(goal.metric()));
            entry.put("goal", goal.text());
            entry.put("achieved", spread(achieved));
            entry.put("met", goal.isMet(achieved.median()));
            entries.add(entry);
          });
    }
    return entries;
  }

  private static Map<String, Object> spread(Summary.Spread spread) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("median", rounded(spread.median()));
    entry.put("lowest", rounded(spread.lowest()));
    entry.put("highest", rounded(spread.highest()));
    entry.put("rounds", spread.count());
    return entry;
  }

  private static String key(Metric metric) {
    return metric.name().toLowerCase(Locale.ROOT);
  }

  /** Four decimals are more than any of these figures deserves. */
  private static double rounded(double value) {
    return Double.isFinite(value) ? Math.round(value * 1e4) / 1e4 : -1;
  }
}
