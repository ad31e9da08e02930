package dev.fairlead.benchmarks.compare;

import java.util.List;
import java.util.Optional;

/**
 * What Fairlead wants to reach.
 *
 * @param against the contender the figure is divided by; empty for an absolute figure
 * @param limit the most it may be, or the least
 * @param atLeast whether more is better
 */
record Goal(
    String workload, Metric metric, Optional<String> against, double limit, boolean atLeast) {

  boolean isMet(double value) {
    return atLeast ? value >= limit : value <= limit;
  }

  String text() {
    String value = against.isPresent() ? Double.toString(limit) : metric.format(limit);
    return (atLeast ? "≥ " : "≤ ") + value + against.map(name -> " × " + name).orElse("");
  }

  static List<Goal> all() {
    return List.of(
        atMost("bulk8-down", Metric.CPU_PER_GB, "haproxy", 0.25),
        atMost("bulk8-down", Metric.CPU_PER_GB, "haproxy-splice", 0.95),
        atMost("bulk8-up", Metric.CPU_PER_GB, "haproxy", 0.25),
        atMost("bulk8-up", Metric.CPU_PER_GB, "haproxy-splice", 0.95),
        atMost("bulk1-down", Metric.CPU_PER_GB, "haproxy", 0.25),
        atMost("bulk1-down", Metric.CPU_PER_GB, "haproxy-splice", 1.0),
        atMost("bulk1-up", Metric.CPU_PER_GB, "haproxy", 0.25),
        atMost("bulk1-up", Metric.CPU_PER_GB, "haproxy-splice", 1.0),
        new Goal("bulk8-down", Metric.GBITS, Optional.of("haproxy"), 2.2, true),
        new Goal("bulk8-up", Metric.GBITS, Optional.of("haproxy"), 2.2, true),
        atMost("small64", Metric.CPU_PER_REQUEST, "haproxy", 0.80),
        atMost("small512", Metric.CPU_PER_REQUEST, "haproxy", 0.75),
        atMost("new-client-closes", Metric.CPU_PER_CONNECTION, "haproxy", 0.75),
        atMost("new-server-closes", Metric.CPU_PER_CONNECTION, "haproxy", 0.75),
        atMost("paced", Metric.P50_ADDED, "haproxy", 0.80),
        atMost("paced", Metric.P99_ADDED, "haproxy", 1.0),
        atMost("paced", Metric.CPU_SHARE, "haproxy", 0.80),
        atMost("tls", Metric.CPU_PER_REQUEST, "haproxy", 0.95),
        absolute("idle", Metric.BYTES_PER_IDLE_CONNECTION, 700),
        absolute("idle", Metric.RSS_START, 60),
        absolute("idle", Metric.RSS_IDLE, 68),
        absolute("idle", Metric.ANONYMOUS_START, 36),
        absolute("start", Metric.FIRST_ANSWER, 200),
        absolute("start-vrrp", Metric.FIRST_ADVERTISEMENT, 300),
        atMost("calls-request", Metric.CALLS_PER_REQUEST, "haproxy", 1.0),
        atMost("calls-connection", Metric.CALLS_PER_CONNECTION, "haproxy", 1.0));
  }

  private static Goal atMost(String workload, Metric metric, String against, double limit) {
    return new Goal(workload, metric, Optional.of(against), limit, false);
  }

  private static Goal absolute(String workload, Metric metric, double limit) {
    return new Goal(workload, metric, Optional.empty(), limit, false);
  }
}
