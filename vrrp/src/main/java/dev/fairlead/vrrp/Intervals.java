package dev.fairlead.vrrp;

import java.util.concurrent.TimeUnit;

/**
 * Every timer of the protocol, in nanoseconds. The only place with this arithmetic.
 *
 * <p>Where a method takes the master's interval it is the one the master advertises: in VRRPv3 a
 * backup adopts it, in VRRPv2 it is always our own, since others are refused.
 */
public final class Intervals {

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  /** How late the kernel was seen to remove an address whose lifetime had ended, and some. */
  private static final long LIFETIME_LATENESS = TimeUnit.MILLISECONDS.toNanos(350);

  /** For a successor to be scheduled, to send, and for its advertisement to be read here. */
  private static final long SUCCESSOR_MARGIN = TimeUnit.MILLISECONDS.toNanos(250);

  private Intervals() {}

  /**
   * How long a backup waits beyond three intervals, and after a priority 0, before it takes over:
   * less for higher priorities, so that the best backup wins (RFC 3768 §6.1: parts of a second,
   * whatever the interval; RFC 9568 §6.1: parts of the master's interval).
   *
   * @param priority 1..255
   */
  public static long skew(int version, int priority, long masterInterval) {
    return (256 - priority) * skewUnit(version, masterInterval) / 256;
  }

  /** The skew of this router as it is now. */
  static long skew(Settings settings, Condition condition, long masterInterval) {
    long skew =
        skew(
            settings.version(),
            VirtualRouter.effectivePriority(settings, condition),
            masterInterval);
    return condition.ability() == Ability.ABLE
        ? skew
        : skew + lastResortStagger(settings, masterInterval);
  }

  /** The silence after which a backup takes over (RFC 3768 §6.1, RFC 9568 §6.1). */
  static long masterDown(Settings settings, Condition condition, long masterInterval) {
    return 3 * masterInterval + skew(settings, condition, masterInterval);
  }

  /**
   * After a priority 0, when a successor has been heard or there is none. The slowest of our own,
   * one of the last resort, needs not quite 1.25 units of skew.
   */
  static long resign(Settings settings) {
    return skewUnit(settings.version(), settings.intervalNanos()) * 5 / 4 + SUCCESSOR_MARGIN;
  }

  /**
   * How long a resigning master serves on. At 100 ms a keepalived 2.2.7 was seen to take over 0.53
   * and 0.56 s after a priority 0, and with nobody else there serving on harms nobody. Shorter than
   * the shortest lifetime of an address, a second.
   */
  static long serveOn(Settings settings) {
    return Math.max(SECOND * 9 / 10, resign(settings));
  }

  /**
   * How long after its last advertisement a master no longer knows whether it is one: the time
   * after which the first backup could have taken over.
   */
  static long mastershipLost(Settings settings) {
    return 3 * settings.intervalNanos();
  }

  /**
   * How long a router listens when there is reason to believe that either somebody advertises now
   * or nobody does: one interval, in which a master must be heard, and the skew, by which the best
   * of several such routers is first.
   */
  static long oneAdvertisement(Settings settings, Condition condition) {
    long interval = settings.intervalNanos();
    return interval + skew(settings, condition, interval);
  }

  /** In which the answers to other masters are counted. */
  static long answerWindow(Settings settings) {
    return Math.max(settings.intervalNanos(), SECOND);
  }

  /**
   * The kernel lifetime of an address that is refreshed with each advertisement: as long as
   * possible, so that a late refresh does not lose the address, but gone before the first backup
   * could take over. Below half a second no whole second is short enough: then two nodes hold it
   * for that second, but it does not stay for ever on a node whose process was killed.
   *
   * @return whole seconds, the kernel's unit, at least 1
   */
  public static int addressLifetimeSeconds(long intervalNanos) {
    long room = 3 * intervalNanos - LIFETIME_LATENESS;
    return Math.max(1, Math.toIntExact((room - 1) / SECOND));
  }

  /**
   * How long the kernel answers for an address after the last advertisement, where a filter guards
   * it: two and a half intervals, as the others take over after three.
   *
   * @param resigning serves on until the successor is heard
   * @return milliseconds, the kernel's unit, at least 1
   */
  public static long leaseMillis(Settings settings, boolean resigning) {
    long lease = settings.intervalNanos() * 5 / 2;
    long nanos = resigning ? Math.max(lease, serveOn(settings)) : lease;
    return Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos));
  }

  /**
   * Routers of the last resort all have priority 1 and so the same skew: when every node has failed
   * they would all take over in the same millisecond. Their configured priorities keep them apart,
   * 10 ms for a difference of 10 at one second.
   */
  private static long lastResortStagger(Settings settings, long masterInterval) {
    return (256 - settings.priority()) * skewUnit(settings.version(), masterInterval) / 4 / 256;
  }

  private static long skewUnit(int version, long masterInterval) {
    return version == 2 ? SECOND : masterInterval;
  }
}
