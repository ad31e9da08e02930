package dev.fairlead.daemon.metrics;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A strict reader of Prometheus' text format 0.0.4: what promtool complains about is an error here.
 * HELP and TYPE once per family and before its samples, families in one piece, no series twice,
 * counters end with _total, label names and values well formed.
 */
final class ExpositionFormat {

  private static final Pattern HELP = Pattern.compile("# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)");
  private static final Pattern TYPE =
      Pattern.compile("# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|summary|histogram)");
  private static final Pattern SAMPLE =
      Pattern.compile(
          "([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{(?:[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\n]|\\\\[\\\\\"n])*\",?)*})?"
              + " (NaN|[+-]Inf|[+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)");

  /** Value of each series, by its text as written: {@code name{label="value"}}. */
  final Map<String, Double> series = new HashMap<>();

  /** What is wrong; empty = nothing. */
  final List<String> errors = new ArrayList<>();

  ExpositionFormat(String text) {
    Set<String> helped = new HashSet<>();
    Map<String, String> types = new HashMap<>();
    Set<String> finished = new HashSet<>();
    String family = "";
    if (!text.endsWith("\n")) {
      errors.add("the last line does not end");
    }
    for (String line : text.lines().toList()) {
      Matcher help = HELP.matcher(line);
      Matcher type = TYPE.matcher(line);
      Matcher sample = SAMPLE.matcher(line);
      if (help.matches()) {
        if (!helped.add(help.group(1))) {
          errors.add("HELP twice: " + line);
        }
      } else if (type.matches()) {
        finished.add(family);
        family = type.group(1);
        if (types.put(family, type.group(2)) != null || finished.contains(family)) {
          errors.add("TYPE twice: " + line);
        }
        if (!helped.contains(family)) {
          errors.add("no HELP before " + line);
        }
        if (type.group(2).equals("counter") != family.endsWith("_total")) {
          errors.add("counters, and only they, end with _total: " + line);
        }
      } else if (sample.matches()) {
        sample(family, types, sample, line);
      } else {
        errors.add("not understood: " + line);
      }
    }
  }

  private void sample(String family, Map<String, String> types, Matcher sample, String line) {
    String name = sample.group(1);
    boolean summary = "summary".equals(types.get(family));
    boolean belongs =
        summary
            ? name.equals(family + "_count") || name.equals(family + "_sum")
            : name.equals(family);
    if (!belongs) {
      errors.add("outside its family " + family + ": " + line);
    }
    String key = line.substring(0, line.lastIndexOf(' '));
    double value = Double.parseDouble(sample.group(3).replace("Inf", "Infinity"));
    if (series.put(key, value) != null) {
      errors.add("series twice: " + line);
    }
  }
}
