package dev.fairlead.benchmarks.apiserver;

import java.util.Locale;

/** What is counted for one client during one fault. Lower is better. */
enum Figure {
  REQUESTS("requests"),
  FAILED("failed"),
  /** Answered, but after more than a second. */
  SLOW("slower than 1 s"),
  /** Longest time to a good answer. */
  LONGEST_MILLIS("longest, ms"),
  /** Longest time until a request was refused while no server listened. */
  REFUSED_MILLIS("longest refusal, ms"),
  /** From the moment the first server was ready to the last request that failed or was slow. */
  NORMAL_AFTER_MILLIS("normal after, ms"),
  /** Of requests begun while one server was slow, those that it answered, %. */
  VICTIM_SHARE("share of the slow server, %"),
  /** Watches that ended although their server lived. */
  WATCHES_CUT("watches cut on living servers"),
  /** Longest delay of the client itself: the machine's, not the balancer's. */
  LATE_MILLIS("client late, ms");

  private final String label;

  Figure(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }

  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  static String format(double value) {
    return Math.rint(value) == value
        ? Long.toString((long) value)
        : String.format(Locale.ROOT, "%.1f", value);
  }
}
