package dev.fairlead.vrrp.net;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waiting for the real kernel, which has no virtual time. */
final class Await {

  private static final long POLL_NANOS = 2_000_000;

  private Await() {}

  /**
   * Until it holds.
   *
   * @return how long that took
   */
  static Duration until(String expectation, Duration limit, BooleanSupplier condition) {
    return until(() -> expectation, limit, condition);
  }

  /** As above, with words that are found when it fails. */
  static Duration until(Supplier<String> expectation, Duration limit, BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > limit.toNanos()) {
        throw new AssertionError("not within " + limit + ": " + expectation.get());
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    return Duration.ofNanos(System.nanoTime() - start);
  }

  /** As long as the duration lasts, it must hold. */
  static void whileTrue(String expectation, Duration duration, BooleanSupplier condition) {
    long start = System.nanoTime();
    while (System.nanoTime() - start < duration.toNanos()) {
      if (!condition.getAsBoolean()) {
        throw new AssertionError(
            "no longer after %d ms: %s"
                .formatted((System.nanoTime() - start) / 1_000_000, expectation));
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }
}
