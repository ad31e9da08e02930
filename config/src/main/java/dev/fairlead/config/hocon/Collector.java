package dev.fairlead.config.hocon;

import java.time.Duration;
import java.util.Map;

/**
 * The garbage collector of the daemon's JVM, as far as advertisements are concerned: while it
 * collects, the control thread stands still.
 *
 * <p>A backup takes over after three intervals without an advertisement, so one may be late by two.
 */
enum Collector {
  /**
   * The distribution's: 1 to 3 ms as a rule, 20 ms for a whole collection of 6 MiB (measured),
   * which only a heap near its limit needs. Twice 50 ms holds five of those.
   */
  SERIAL(Duration.ofMillis(50)),

  /** Chosen by the user: pauses of 0.15 ms. */
  ZGC(Duration.ZERO);

  static final String HINT =
      "FAIRLEAD_JAVA_OPTS=\"-XX:-UseSerialGC -XX:+UseZGC\" costs memory and has no such pauses";

  private final Duration shortestSafeInterval;

  Collector(Duration shortestSafeInterval) {
    this.shortestSafeInterval = shortestSafeInterval;
  }

  Duration shortestSafeInterval() {
    return shortestSafeInterval;
  }

  /**
   * @param environment the daemon's, or that of {@code fairlead check}: its launcher takes the
   *     JVM's options from there
   */
  static Collector chosenBy(Map<String, String> environment) {
    return environment.getOrDefault("FAIRLEAD_JAVA_OPTS", "").contains("-XX:+UseZGC")
        ? ZGC
        : SERIAL;
  }
}
