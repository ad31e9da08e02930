package dev.fairlead.lab;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waits for conditions, never for times. */
public final class Await {

  private static final long POLL_NANOS = 5_000_000;

  private Await() {}

  /**
   * Returns as soon as the condition holds.
   *
   * @param what a sentence that is wrong when this fails, e.g. "node 2 becomes master"
   */
  public static void until(String what, Duration limit, Callable<Boolean> condition)
      throws Exception {
    until(() -> what, limit, condition);
  }

  /** As {@link #until(String, Duration, Callable)}, with a sentence made when it is needed. */
  public static void until(Supplier<String> what, Duration limit, Callable<Boolean> condition)
      throws Exception {
    long start = System.nanoTime();
    while (!condition.call()) {
      if (System.nanoTime() - start >= limit.toNanos()) {
        throw new AssertionError("not within " + limit.toMillis() + " ms: " + what.get());
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  /**
   * The condition holds all the time.
   *
   * @param what a sentence that is wrong when this fails
   */
  public static void throughout(String what, Duration time, Callable<Boolean> condition)
      throws Exception {
    long start = System.nanoTime();
    while (System.nanoTime() - start < time.toNanos()) {
      if (!condition.call()) {
        throw new AssertionError(
            "after " + (System.nanoTime() - start) / 1_000_000 + " ms no longer true: " + what);
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }
}
