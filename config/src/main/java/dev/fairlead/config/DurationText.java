package dev.fairlead.config;

import java.time.Duration;

/** Durations as a configuration writes them: {@code 2s}, {@code 500ms}, {@code 90m}. */
public final class DurationText {

  private static final long[] NANOS = {
    86_400_000_000_000L, 3_600_000_000_000L, 60_000_000_000L, 1_000_000_000L, 1_000_000L, 1_000L
  };
  private static final String[] UNITS = {"d", "h", "m", "s", "ms", "us"};

  private DurationText() {}

  /** The shortest exact text with one unit; below a microsecond is cut off. */
  public static String of(Duration duration) {
    long nanos = duration.toNanos();
    if (nanos == 0) {
      return "0s";
    }
    for (int i = 0; i < NANOS.length; i++) {
      // One minute reads better as 60s: those who configure balancers think in seconds.
      boolean oneMinute = nanos == NANOS[2] && i == 2;
      if (nanos % NANOS[i] == 0 && !oneMinute) {
        return nanos / NANOS[i] + UNITS[i];
      }
    }
    return nanos / 1_000L + "us";
  }
}
