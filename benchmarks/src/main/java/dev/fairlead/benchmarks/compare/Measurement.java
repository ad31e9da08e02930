package dev.fairlead.benchmarks.compare;

import java.util.Map;

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

  Measurement {
    figures = Map.copyOf(figures);
    remarks = Map.copyOf(remarks);
  }
}
