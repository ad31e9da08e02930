package dev.fairlead.lb.backend;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How long something that usually takes so and so long may take before it is late.
 *
 * <p>A smoothed mean and a smoothed deviation, as TCP keeps them for its retransmissions (RFC 6298,
 * section 2): four deviations above the mean almost nothing is late by accident, and what gets
 * slower moves the bound. One thread observes, any thread reads.
 */
final class AdaptiveDelay {

  private static final int MEAN = 0;
  private static final int DEVIATION = 1;

  /** Nanoseconds; a mean of 0 = nothing has been observed. */
  private final AtomicLongArray values = new AtomicLongArray(2);

  /** It took so long. Only by the owning thread. */
  void observe(long nanos) {
    long sample = Math.max(1, nanos);
    long mean = values.getPlain(MEAN);
    long deviation = values.getPlain(DEVIATION);
    if (mean == 0) {
      mean = sample;
      deviation = sample / 2;
    } else {
      deviation += (Math.abs(sample - mean) - deviation) / 4;
      mean += (sample - mean) / 8;
    }
    values.setRelease(DEVIATION, Math.max(0, deviation));
    values.setRelease(MEAN, Math.max(1, mean));
  }

  boolean isEmpty() {
    return values.getAcquire(MEAN) == 0;
  }

  /** Later than this is late; 0 when nothing has been observed. */
  long nanos() {
    return values.getAcquire(MEAN) + 4 * values.getAcquire(DEVIATION);
  }

  /** The same between two bounds; the lower one when nothing has been observed. */
  long nanos(long least, long most) {
    return Math.min(most, Math.max(least, nanos()));
  }
}
