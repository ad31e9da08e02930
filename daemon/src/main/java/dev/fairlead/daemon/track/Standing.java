package dev.fairlead.daemon.track;

/**
 * What is known of one tracked thing: the pure part, fed with one look after the other.
 *
 * @param streak looks in a row that contradict {@code health}
 * @param number of the last look
 * @param since nanoTime of the last change of {@code health}
 */
public record Standing(Health health, int streak, int number, long since) {

  /** The name in lower case is a metric label. */
  public enum Health {
    /** Nobody has looked yet. */
    UNKNOWN,
    WELL,
    FAILED
  }

  static Standing unknown(long now) {
    return new Standing(Health.UNKNOWN, 0, 0, now);
  }

  /**
   * After one more look. The first decides alone: a start must not wait for several.
   *
   * @param rise good looks in a row that end a failure
   * @param fall bad looks in a row that are one
   * @param now nanoTime
   */
  Standing after(Look look, int rise, int fall, long now) {
    Health seen = look.isGood() ? Health.WELL : Health.FAILED;
    if (seen == health) {
      return new Standing(health, 0, look.number(), since);
    }
    int needed =
        switch (health) {
          case UNKNOWN -> 1;
          case WELL -> fall;
          case FAILED -> rise;
        };
    return streak + 1 >= needed
        ? new Standing(seen, 0, look.number(), now)
        : new Standing(health, streak + 1, look.number(), since);
  }
}
