package dev.fairlead.benchmarks.failover;

import java.time.Duration;

/** Protocol version and advertisement interval, and what follows from them. */
enum Profile {
  V2_1S("v2-1s", 2, Duration.ofSeconds(1)),
  V3_100MS("v3-100ms", 3, Duration.ofMillis(100)),
  V3_20MS("v3-20ms", 3, Duration.ofMillis(20));

  private final String label;
  private final int version;
  private final Duration interval;

  Profile(String label, int version, Duration interval) {
    this.label = label;
    this.version = version;
    this.interval = interval;
  }

  String label() {
    return label;
  }

  int version() {
    return version;
  }

  Duration interval() {
    return interval;
  }

  /** keepalived's unit, seconds. */
  String keepalivedInterval() {
    return version == 2
        ? Long.toString(interval.toSeconds())
        : Double.toString(interval.toMillis() / 1e3);
  }

  /** The longest wait of a backup with priority 80: three intervals and its skew. */
  Duration masterDown() {
    Duration skewUnit = version == 2 ? Duration.ofSeconds(1) : interval;
    return interval.multipliedBy(3).plus(skewUnit.multipliedBy(256 - 80).dividedBy(256));
  }

  /** For which all must be well before the next fault: an advertisement and some. */
  Duration calm() {
    return interval.plus(Duration.ofMillis(200));
  }
}
