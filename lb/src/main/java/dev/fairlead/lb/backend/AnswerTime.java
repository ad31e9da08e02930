package dev.fairlead.lb.backend;

/**
 * How long a server's answers take on average. One event loop owns it.
 *
 * <p>It forgets faster than it learns: a few slow answers in a row make a server slow, and as few
 * quick ones make it quick again, while nearly nobody asks it.
 */
final class AnswerTime {

  private volatile long mean;

  /** Milliseconds; 0 and less count as 1, so that one that was observed can be told from none. */
  void observe(long millis) {
    long now = mean;
    long sample = Math.max(1, millis) << SCALE;
    mean = now == 0 ? sample : now + (sample - now) / (sample < now ? 4 : 8);
  }

  /** Fractions of a millisecond matter, or a mean never comes down to 0. */
  private static final int SCALE = 10;

  /** 0 = nothing has been observed. */
  long millis() {
    return mean == 0 ? 0 : Math.max(1, mean >> SCALE);
  }

  void forget() {
    mean = 0;
  }
}
