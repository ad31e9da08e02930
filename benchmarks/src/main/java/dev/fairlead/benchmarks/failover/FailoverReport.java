package dev.fairlead.benchmarks.failover;

import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** A run as Markdown and as JSON. */
record FailoverReport(
    Instant startedAt,
    String command,
    Map<String, String> machine,
    Map<String, String> versions,
    List<String> notes,
    Results results) {

  private static final Map<String, String> TITLES =
      Map.of(
          "keepalived", "keepalived, as guides print it",
          "expert", "keepalived, expert",
          "fairlead", "Fairlead",
          "fairlead->keepalived", "Fairlead → keepalived",
          "keepalived->fairlead", "keepalived → Fairlead");

  String markdown() {
    StringBuilder text = new StringBuilder();
    text.append("# Failover: Fairlead beside keepalived and haproxy\n\n");
    text.append("Run at ").append(startedAt).append(" by\n\n```\n");
    text.append(command).append("\n```\n\n");
    notes.forEach(note -> text.append("> ").append(note).append("\n>\n"));
    text.append("\n![the client's gaps](failover.svg)\n\n");
    text.append("All figures are milliseconds, median / highest of the repetitions.\n\n");
    goals(text);
    for (String group : results.groups()) {
      text.append("## ").append(group).append("\n\n");
      table(
          text,
          group,
          "The client's longest gap: by UDP, for dead API servers through the balancer, for a"
              + " partition after its heal",
          Episode::gap);
      table(
          text,
          group,
          "The client's longest gap through the balancer (TCP) while the fault lasts",
          episode -> episode.during().tcpGap());
      table(
          text,
          group,
          "The client's longest gap (UDP) after the repair, with what follows from it",
          episode -> episode.after().udpGap());
      table(
          text,
          group,
          "Both answer for the address, in all (a partition, a one-way loss or blocked"
              + " advertisements ask for it: there after the repair only)",
          episode -> together(episode, Episode.Figures::twoAnswer));
      table(
          text,
          group,
          "Both have the address on an interface, in all (the same)",
          episode -> together(episode, Episode.Figures::twoHold));
      table(
          text,
          group,
          "Nobody has the address on an interface, in all",
          episode -> episode.during().noneHold() + episode.after().noneHold());
    }
    remarks(text);
    text.append("## Faults\n\n");
    for (Fault fault : Fault.values()) {
      text.append("- ").append(fault.label()).append(": ").append(fault.title()).append('\n');
    }
    facts(text, "Machine", machine);
    facts(text, "Versions", versions);
    return text.toString();
  }

  private static double together(Episode episode, ToDoubleFunction<Episode.Figures> figure) {
    double after = figure.applyAsDouble(episode.after());
    return episode.fault().separates() ? after : after + figure.applyAsDouble(episode.during());
  }

  private void goals(StringBuilder text) {
    text.append(
        "## Goals\n\n| fault | where | who | figure | goal | median / highest of | met |\n");
    text.append("|---|---|---|---|---|---|---|\n");
    for (Goal goal : Goal.all()) {
      for (Goal.Achieved achieved : goal.achieved(results)) {
        text.append(
            String.format(
                Locale.ROOT,
                "| %s | %s | %s | %s | %s | %s of %d | %s |\n",
                goal.fault().label(),
                achieved.group(),
                title(achieved.column()),
                goal.what(),
                goal.text(),
                cell(achieved.spread()),
                achieved.spread().count(),
                achieved.met()
                    ? "yes"
                    : achieved.missed() == 0 ? "**no**" : "**" + achieved.missed() + " over**"));
      }
    }
    text.append('\n');
  }

  private void table(
      StringBuilder text, String group, String title, ToDoubleFunction<Episode> figure) {
    List<String> columns = results.columns(group);
    text.append(title).append(".\n\n| fault");
    columns.forEach(column -> text.append(" | ").append(title(column)));
    text.append(" |\n|---").append("|---".repeat(columns.size())).append("|\n");
    for (Fault fault : Fault.values()) {
      StringBuilder row = new StringBuilder();
      boolean empty = true;
      for (String column : columns) {
        String cell =
            results.spread(group, column, fault, figure).map(FailoverReport::cell).orElse("");
        empty &= cell.isEmpty();
        row.append(" | ").append(cell);
      }
      if (!empty) {
        text.append("| ").append(fault.label()).append(row).append(" |\n");
      }
    }
    text.append('\n');
  }

  private void remarks(StringBuilder text) {
    List<Episode> remarked =
        results.episodes().stream().filter(episode -> !episode.remark().isEmpty()).toList();
    if (!remarked.isEmpty()) {
      text.append("## Not well again\n\n");
      for (Episode episode : remarked) {
        text.append(
            "- %s, %s, %s: %s\n"
                .formatted(
                    episode.setup().group(),
                    title(episode.column()),
                    episode.fault().label(),
                    episode.remark()));
      }
      text.append('\n');
    }
  }

  private static void facts(StringBuilder text, String title, Map<String, String> facts) {
    text.append("\n## ").append(title).append("\n\n");
    facts.forEach(
        (key, value) -> text.append("- ").append(key).append(": ").append(value).append('\n'));
  }

  static String title(String column) {
    return TITLES.getOrDefault(column, column);
  }

  private static String cell(Results.Spread spread) {
    return millis(spread.median()) + " / " + millis(spread.highest());
  }

  static String millis(double value) {
    return String.format(Locale.ROOT, value < 9.95 ? "%.1f" : "%.0f", value);
  }

  String json() {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("startedAt", startedAt.toString());
    root.put("command", command);
    root.put("machine", machine);
    root.put("versions", versions);
    root.put("notes", notes);
    List<Map<String, Object>> goals = new ArrayList<>();
    for (Goal goal : Goal.all()) {
      for (Goal.Achieved achieved : goal.achieved(results)) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("fault", goal.fault().label());
        entry.put("group", achieved.group());
        entry.put("column", achieved.column());
        entry.put("figure", goal.what());
        entry.put("goal", goal.text());
        entry.put("median", rounded(achieved.spread().median()));
        entry.put("highest", rounded(achieved.spread().highest()));
        entry.put("met", achieved.met());
        goals.add(entry);
      }
    }
    root.put("goals", goals);
    root.put("episodes", results.episodes().stream().map(FailoverReport::entry).toList());
    return ConfigValueFactory.fromMap(root).render(ConfigRenderOptions.concise().setFormatted(true))
        + "\n";
  }

  /** One line of JSON; {@link EarlierRun} reads it. */
  static String line(Episode episode) {
    return ConfigValueFactory.fromMap(entry(episode)).render(ConfigRenderOptions.concise()) + "\n";
  }

  private static Map<String, Object> entry(Episode episode) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("group", episode.setup().group());
    entry.put("column", episode.column());
    entry.put("fault", episode.fault().label());
    entry.put("repetition", episode.repetition());
    entry.put("gap", rounded(episode.gap()));
    entry.put("during", figures(episode.during()));
    entry.put("after", figures(episode.after()));
    entry.put("probeStall", rounded(episode.probeStallMillis()));
    if (!episode.remark().isEmpty()) {
      entry.put("remark", episode.remark());
    }
    return entry;
  }

  private static Map<String, Object> figures(Episode.Figures figures) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("udpGap", rounded(figures.udpGap()));
    entry.put("tcpGap", rounded(figures.tcpGap()));
    entry.put("bothAnswer", rounded(figures.twoAnswer()));
    entry.put("bothHold", rounded(figures.twoHold()));
    entry.put("noneHolds", rounded(figures.noneHold()));
    return entry;
  }

  private static double rounded(double millis) {
    return Math.round(millis * 100) / 100.0;
  }
}
