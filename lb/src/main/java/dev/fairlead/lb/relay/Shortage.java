package dev.fairlead.lb.relay;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * When a lack of something begins and ends, for the log. At the limit each session that ends frees
 * two descriptors and the next one takes them: that is one shortage, not thousands.
 *
 * <p>One for all event loops of a process, which are short of the same; any of them tells.
 */
final class Shortage {

  /** Without a failure for so long it is over. */
  static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final AtomicBoolean lasts = new AtomicBoolean();
  private volatile long failedAt;

  /** Something could not be had; whether that is news. */
  boolean failed(long now) {
    failedAt = now;
    return lasts.compareAndSet(false, true);
  }

  /** Time has passed; whether it is over, which is said once. */
  boolean ends(long now) {
    return lasts.get() && now - failedAt >= QUIET_NANOS && lasts.compareAndSet(true, false);
  }
}
