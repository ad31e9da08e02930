package dev.fairlead.daemon.track;

import java.time.Duration;

/**
 * What one look at a tracked thing has found.
 *
 * @param number what a file with an integer holds; 0 for everything else
 * @param detail for people: {@code exit status 1}, {@code 2 of at least 3 processes}
 * @param took how long the look took
 */
public record Look(Outcome outcome, int number, String detail, Duration took) {

  /** How it ended; the name in lower case is a metric label. */
  public enum Outcome {
    GOOD,
    BAD,
    /** A script was killed. */
    TIMED_OUT,
    /** A script could not be started, or a file could not be read. */
    IMPOSSIBLE
  }

  boolean isGood() {
    return outcome == Outcome.GOOD;
  }
}
