package dev.fairlead.benchmarks.compare;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * What a unit of work costs in the small and in the large.
 *
 * @param title what grows
 * @param unit of the figures
 * @param small one figure per round
 * @param large those of the same rounds
 * @param goal the most that the median of large / small may be
 */
record Growth(String title, Metric unit, List<Double> small, List<Double> large, double goal) {

  Growth {
    if (small.isEmpty() || small.size() != large.size()) {
      throw new IllegalArgumentException("rounds do not match: " + small + ", " + large);
    }
    small = List.copyOf(small);
    large = List.copyOf(large);
  }

  /** Of each round, ascending. */
  private List<Double> ratios() {
    return IntStream.range(0, small.size())
        .mapToObj(i -> large.get(i) / small.get(i))
        .sorted()
        .toList();
  }

  double ratio() {
    return median(ratios());
  }

  boolean isReached() {
    return ratio() <= goal;
  }

  static final String HEADER =
      """
      | what grows | unit | small | large | large / small | spread | goal | |
      |---|---|---:|---:|---:|---:|---:|---|
      """;

  /** A row of a Markdown table. */
  String row() {
    List<Double> ratios = ratios();
    return String.format(
        Locale.ROOT,
        "| %s | %s | %s | %s | %.3f | %.3f–%.3f | ≤ %.2f | %s |",
        title,
        unit.label(),
        unit.format(median(small)),
        unit.format(median(large)),
        ratio(),
        ratios.getFirst(),
        ratios.getLast(),
        goal,
        isReached() ? "reached" : "missed");
  }

  private static double median(List<Double> figures) {
    return Summary.Spread.of(figures).orElseThrow().median();
  }
}
