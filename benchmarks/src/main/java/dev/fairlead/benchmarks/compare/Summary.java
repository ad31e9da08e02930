package dev.fairlead.benchmarks.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Medians and ratios over the rounds.
 *
 * <p>The machine's mood changes from minute to minute, so a ratio is taken within each round, and
 * the median of those ratios is what counts; the ratio of two medians would mix moods.
 */
record Summary(List<Measurement> measurements) {

  Summary {
    measurements = List.copyOf(measurements);
  }

  /**
   * The middle of some figures, and their extremes.
   *
   * @param count how many figures there were
   */
  record Spread(double median, double lowest, double highest, int count) {
    static Optional<Spread> of(List<Double> values) {
      if (values.isEmpty()) {
        return Optional.empty();
      }
      double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
      int middle = sorted.length / 2;
      double median =
          sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
      return Optional.of(new Spread(median, sorted[0], sorted[sorted.length - 1], sorted.length));
    }
  }

  Optional<Spread> figure(String workload, String contender, Metric metric) {
    return Spread.of(new ArrayList<>(rounds(workload, contender, metric).values()));
  }

  /** The contender's figure divided by another's of the same round. */
  Optional<Spread> ratio(String workload, String contender, String against, Metric metric) {
    Map<Integer, Double> ours = rounds(workload, contender, metric);
    Map<Integer, Double> theirs = rounds(workload, against, metric);
    List<Double> ratios = new ArrayList<>();
    ours.forEach((round, value) -> {
      Double other = theirs.get(round);
      // A latency less direct may be nothing or less: no ratio can be taken with it.
      if (other != null && other > 0) {
        ratios.add(value / other);
      }
    });
    return Spread.of(ratios);
  }

  /** What a goal speaks of, as measured. */
  Optional<Spread> achieved(Goal goal) {
    return goal.against().isPresent()
        ? ratio(goal.workload(), "fairlead", goal.against().get(), goal.metric())
        : figure(goal.workload(), "fairlead", goal.metric());
  }

  List<String> contenders() {
    return measurements.stream().map(Measurement::contender).distinct().toList();
  }

  /** The remark of the first round that has one. */
  Optional<String> remark(String workload, String contender, String key) {
    return measurements.stream()
        .filter(m -> m.workload().equals(workload) && m.contender().equals(contender))
        .map(m -> Optional.ofNullable(m.remarks().get(key)))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private Map<Integer, Double> rounds(String workload, String contender, Metric metric) {
    Map<Integer, Double> rounds = new TreeMap<>();
    for (Measurement m : measurements) {
      if (m.workload().equals(workload) && m.contender().equals(contender)) {
        Double value = m.figures().get(metric);
        if (value != null) {
          rounds.put(m.round(), value);
        }
      }
    }
    return rounds;
  }
}
