package dev.fairlead.lb.balance;

/** The share of its weight that a server has while it is new again. */
public final class SlowStart {

  /** With nothing at all it would get no first connection, however idle it is. */
  private static final double LEAST = 1.0 / 32;

  private SlowStart() {}

  /**
   * Grows with time in a straight line.
   *
   * @param sinceNanos since it became usable; below 0 when the clock asked is a tick behind
   * @param rampNanos until it has its full weight; 0 = at once
   * @return above 0, at most 1
   */
  public static double share(long sinceNanos, long rampNanos) {
    if (rampNanos <= 0 || sinceNanos >= rampNanos) {
      return 1;
    }
    return Math.max(LEAST, (double) sinceNanos / rampNanos);
  }
}
