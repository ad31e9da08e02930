package dev.fairlead.lb.relay;

import java.util.concurrent.TimeUnit;

/**
 * When a lack of descriptors begins and ends, for the log. At the limit each session that ends
 * frees two and the next one takes them: that is one shortage, not thousands.
 */
final class Shortage {

  /** Without a failure for so long it is over. */
  static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(10);

  private boolean lasts;
  private long failedAt;

  /** Something could not be had; whether that is news. */
  boolean failed(long now) {
    boolean begins = !lasts;
    lasts = true;
    failedAt = now;
    return begins;
  }

  /** Time has passed; whether it is over, which is said once. */
  boolean ends(long now) {
    if (!lasts || now - failedAt < QUIET_NANOS) {
      return false;
    }
    lasts = false;
    return true;
  }
}
