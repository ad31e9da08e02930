package dev.fairlead.lb.relay;

/** How many sessions a frontend may have at once. */
public final class SessionLimit {

  private SessionLimit() {}

  /**
   * The configured limit, or what the descriptor limit and the heap of this process allow.
   *
   * @param configured 0 = as many as there is room for
   * @return at least 1
   */
  public static int of(int configured) {
    return configured > 0
        ? configured
        : Math.min(Descriptors.sessionsWithinLimit(), PoolLimits.DEFAULT.sessions());
  }
}
