package dev.fairlead.vrrp;

import java.util.concurrent.TimeUnit;

/** Every timer of the protocol, in nanoseconds. The only place with this arithmetic. */
public final class Intervals {

  /** How late the kernel was seen to remove an address whose lifetime had ended, and some. */
  private static final long LIFETIME_LATENESS = TimeUnit.MILLISECONDS.toNanos(350);

  private Intervals() {}

  /**
   * The kernel lifetime of an address that is refreshed with each advertisement: as long as
   * possible, so that a late refresh does not lose the address, but gone before the first backup
   * could take over.
   *
   * @return whole seconds, the kernel's unit; 0 = the interval is too short for any
   */
  public static int addressLifetimeSeconds(long intervalNanos) {
    long room = 3 * intervalNanos - LIFETIME_LATENESS;
    return room <= 0 ? 0 : Math.toIntExact((room - 1) / TimeUnit.SECONDS.toNanos(1));
  }
}
