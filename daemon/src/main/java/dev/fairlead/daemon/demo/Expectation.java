package dev.fairlead.daemon.demo;

import java.time.Duration;
import java.util.Locale;

/** What a phase of the story promises to the client. */
sealed interface Expectation {

  boolean isMet(ClientWindow window);

  /** For the last column of the table. */
  String text();

  /** A fault that clients may notice in so many requests. */
  record AtMostFailed(int failed) implements Expectation {
    @Override
    public boolean isMet(ClientWindow window) {
      return window.requests() > 0 && window.failed() <= failed;
    }

    @Override
    public String text() {
      return failed == 0 ? "no failure" : "failed ≤ " + failed;
    }
  }

  /** A move of the virtual address: so long without an answer, and none failed after it. */
  record GapAtMost(Duration gap) implements Expectation {
    @Override
    public boolean isMet(ClientWindow window) {
      return window.requests() > 0
          && window.longestGap().compareTo(gap) <= 0
          && window.failedAfterGap() == 0;
    }

    @Override
    public String text() {
      return "gap ≤ " + seconds(gap) + ", none after";
    }
  }

  /**
   * A move of the virtual address that was announced: short, and at most those fail that are under
   * way in the very moment, since their connections end where the address no longer is.
   */
  record GapAndFailedAtMost(Duration gap, int failed) implements Expectation {
    @Override
    public boolean isMet(ClientWindow window) {
      return window.requests() > 0
          && window.longestGap().compareTo(gap) <= 0
          && window.failed() <= failed;
    }

    @Override
    public String text() {
      return "gap ≤ " + seconds(gap) + ", failed ≤ " + failed;
    }
  }

  /** {@code 85 ms} below one second, else {@code 3.6 s}. */
  static String seconds(Duration duration) {
    long millis = Math.round(duration.toNanos() / 1e6);
    return millis < 1000
        ? millis + " ms"
        : String.format(Locale.ROOT, "%.1f s", duration.toNanos() / 1e9);
  }
}
