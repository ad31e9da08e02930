package dev.fairlead.benchmarks.soak;

import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a metrics page says.
 *
 * @param series values by name with labels, as they are written
 */
record Exposition(Map<String, Double> series) {

  static Exposition parse(String text) {
    return new Exposition(
        text.lines()
            .filter(line -> !line.startsWith("#") && line.lastIndexOf(' ') > 0)
            .collect(
                Collectors.toMap(
                    line -> line.substring(0, line.lastIndexOf(' ')),
                    line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)),
                    Double::sum)));
  }

  /** The sum of all series of that name, or whose name and labels begin so. */
  long sum(String beginning) {
    return (long)
        series.entrySet().stream()
            .filter(entry -> entry.getKey().startsWith(beginning))
            .mapToDouble(Map.Entry::getValue)
            .sum();
  }

  /** One series, named exactly. */
  long of(String name) {
    Double value = series.get(name);
    if (value == null) {
      throw new IllegalStateException("the metrics have no " + name);
    }
    return value.longValue();
  }
}
