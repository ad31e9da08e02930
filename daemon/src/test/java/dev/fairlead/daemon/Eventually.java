package dev.fairlead.daemon;

import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Waits for what real sockets and threads bring about, and says so when they do not. */
public final class Eventually {

  private static final long LIMIT_NANOS = 15_000_000_000L;

  private Eventually() {}

  /** Asks again and again until the answer is yes; what the question throws counts as no. */
  public static void that(String what, Callable<Boolean> question) {
    long deadline = System.nanoTime() + LIMIT_NANOS;
    Exception last = new IllegalStateException("the answer was always no");
    while (System.nanoTime() - deadline < 0) {
      try {
        if (question.call()) {
          return;
        }
      } catch (Exception e) {
        last = e;
      }
      LockSupport.parkNanos(2_000_000);
    }
    throw new AssertionError("not within 15 s: " + what, last);
  }
}
