package dev.fairlead.lb.backend;

/**
 * How many races may be for nothing: when every server is slow, offering each connection to two of
 * them makes all of them slower.
 *
 * <p>A race costs one when it begins and gives it back when it was worth it, so that with one
 * server frozen every connection can be raced. Each connection adds a share of one. One event loop
 * owns it.
 */
final class RaceBudget {

  /** As many can be under way, or be lost, at once. */
  static final double MOST = 100;

  private double left = MOST;

  /** A connection was established. */
  void connected(double share) {
    if (left < MOST) {
      left = Math.min(MOST, left + share);
    }
  }

  /** Whether there may be a race now. */
  boolean mayBegin(double share) {
    return left >= 1 && share != 0;
  }

  /** Begins one if there may be one; {@link #paidOff} or nothing follows. */
  boolean tryBegin(double share) {
    if (!mayBegin(share)) {
      return false;
    }
    left--;
    return true;
  }

  /** The server that was chosen first did not win. */
  void paidOff() {
    left = Math.min(MOST, left + 1);
  }
}
