package dev.fairlead.benchmarks.compare;

/** What is measured, its unit, and how many digits mean something. */
enum Metric {
  CPU_PER_GB("CPU s/GB", 3),
  BUSY_PER_GB("busy s/GB", 3),
  GBITS("Gbit/s", 2),
  CPU_PER_REQUEST("CPU µs/request", 2),
  BUSY_PER_REQUEST("busy µs/request", 2),
  REQUESTS_PER_SECOND("requests/s", 0),
  CPU_PER_CONNECTION("CPU µs/connection", 1),
  BUSY_PER_CONNECTION("busy µs/connection", 1),
  CONNECTIONS_PER_SECOND("connections/s", 0),
  CPU_SHARE("CPU % of a core", 2),
  BUSY_SHARE("busy % of a core", 2),
  DELIVERED("delivered %", 1),
  P50("p50 µs", 1),
  P99("p99 µs", 1),
  P999("p99.9 µs", 1),
  P50_ADDED("p50 less direct µs", 1),
  P99_ADDED("p99 less direct µs", 1),
  P999_ADDED("p99.9 less direct µs", 1),
  OPEN_P50("new connection p50 µs", 1),
  OPEN_P99("new connection p99 µs", 1),
  BYTES_PER_IDLE_CONNECTION("PSS bytes/idle connection", 0),
  IDLE_CONNECTIONS("idle connections", 0),
  RSS_START("RSS at start MiB", 1),
  RSS_IDLE("RSS with them MiB", 1),
  ANONYMOUS_START("anonymous at start MiB", 1),
  ANONYMOUS_IDLE("anonymous with them MiB", 1),
  FIRST_ANSWER("exec to first answer ms", 0),
  FIRST_ADVERTISEMENT("exec to first advertisement ms", 0),
  CALLS_PER_REQUEST("system calls/request", 2),
  CALLS_PER_CONNECTION("system calls/connection", 2),
  FAILED("failed", 0);

  private final String label;
  private final int decimals;

  Metric(String label, int decimals) {
    this.label = label;
    this.decimals = decimals;
  }

  String label() {
    return label;
  }

  String format(double value) {
    return String.format(java.util.Locale.ROOT, "%." + decimals + "f", value);
  }
}
