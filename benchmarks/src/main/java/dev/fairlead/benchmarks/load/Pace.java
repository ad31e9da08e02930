package dev.fairlead.benchmarks.load;

/**
 * When the next of a steady sequence of events is due.
 *
 * <p>An event that could not take place on time because all were busy keeps its own due time as its
 * start, so that a slow answer cannot hide the wait of those behind it (coordinated omission). One
 * that is merely late because this thread woke late starts when it starts: that delay is ours, not
 * the proxy's.
 */
final class Pace {
  private static final long FORGIVEN_NANOS = 100_000_000L;

  private final long intervalNanos;
  private long dueAt;
  private boolean starved;

  /**
   * @param perSecond 0 = never due
   */
  Pace(int perSecond, long now) {
    this.intervalNanos = perSecond == 0 ? 0 : 1_000_000_000L / perSecond;
    this.dueAt = now;
  }

  boolean isSteady() {
    return intervalNanos > 0;
  }

  boolean isDue(long now) {
    if (!isSteady() || dueAt - now > 0) {
      starved = false;
      return false;
    }
    return true;
  }

  long untilDue(long now) {
    return isSteady() && !starved ? dueAt - now : Long.MAX_VALUE;
  }

  /** Nobody is free to do it now. */
  void starve(long now) {
    starved = true;
    if (now - dueAt > FORGIVEN_NANOS) {
      // What the proxy cannot deliver is lost, not saved up for a burst later.
      dueAt = now - FORGIVEN_NANOS;
    }
  }

  /**
   * Takes the due event.
   *
   * @return the moment from which its latency counts
   */
  long take(long now) {
    long startedAt = starved ? dueAt : now;
    dueAt += intervalNanos;
    return startedAt;
  }
}
