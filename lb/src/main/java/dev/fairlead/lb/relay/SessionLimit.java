package dev.fairlead.lb.relay;

/** How many sessions a frontend may have at once. */
public final class SessionLimit {

  private SessionLimit() {}

  /**
   * The configured limit, or what the descriptor limit of this process allows.
   *
   * @param configured 0 = as many as the descriptor limit allows
   * @return at least 1
   */
  public static int of(int configured) {
    return configured > 0 ? configured : Descriptors.sessionsWithinLimit();
  }
}
