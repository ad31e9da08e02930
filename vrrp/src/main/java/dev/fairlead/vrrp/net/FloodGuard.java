package dev.fairlead.vrrp.net;

import java.util.concurrent.TimeUnit;

/**
 * Decides when an advertisement socket needs its {@link FloodFilter}. A few rejected datagrams are
 * looked at one by one, because each may name somebody's mistake; thousands are an attack, or many
 * other routers on the same network, and the kernel shall keep them away. Time is an argument.
 */
final class FloodGuard {

  /** Rejected in one second before the filter comes. */
  static final int LIMIT = 500;

  private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Without a sample for so long the flood is over: fewer than 26 a second were rejected. */
  static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(10);

  private boolean filtering;
  private long windowSince;
  private int inWindow;
  private long lastAt;

  /** Whether the filter should be there now. */
  boolean isFiltering() {
    return filtering;
  }

  /**
   * One more rejected datagram was read.
   *
   * @return how many it stands for: while the filter is there, those that it kept away, too
   */
  int rejected(long now) {
    lastAt = now;
    if (filtering) {
      return FloodFilter.SAMPLE;
    }
    if (inWindow == 0 || now - windowSince >= WINDOW_NANOS) {
      windowSince = now;
      inWindow = 0;
    }
    inWindow++;
    if (inWindow >= LIMIT) {
      filtering = true;
      inWindow = 0;
    }
    return 1;
  }

  /** To be called now and then while the filter is there; the filter may go. */
  void look(long now) {
    if (filtering && now - lastAt >= QUIET_NANOS) {
      filtering = false;
    }
  }
}
