package dev.fairlead.benchmarks.compare;

import java.util.Map;
import java.util.stream.Collectors;

/**
 * One contender's figures in one round of one workload.
 *
 * @param remarks words that explain a figure, e.g. which system calls there were
 */
record Measurement(
    String workload,
    String contender,
    int round,
    Map<Metric, Double> figures,
    Map<String, String> remarks) {

  /** Per unit of which none came through there is no figure: 0/0 would spoil every median. */
  Measurement {
    figures =
        figures.entrySet().stream()
            .filter(figure -> Double.isFinite(figure.getValue()))
            .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
    remarks = Map.copyOf(remarks);
  }
}
