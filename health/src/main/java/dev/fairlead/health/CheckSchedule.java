package dev.fairlead.health;

import dev.fairlead.config.HealthCheckConfig.Timing;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * When the next check of one server is due. Immutable; points in time are {@code nanoTime}.
 *
 * <p>Intervals count from the start of a check, so a slow answer does not make checks rarer; a
 * check that took longer than its interval is followed by the next at once. Never two at a time.
 *
 * @param startedAt when the newest check started
 * @param underWay whether it still runs
 * @param hinted whether traffic failed while it ran: its result may be older than the failure
 * @param dueAt when the next one starts; means nothing while one is under way
 */
public record CheckSchedule(long startedAt, boolean underWay, boolean hinted, long dueAt) {

  /**
   * Between the starts of two checks, however many connections of real traffic fail: thousands of
   * them must not become thousands of handshakes.
   */
  public static final Duration MIN_SPACING = Duration.ofMillis(100);

  private static final long MIN_SPACING_NANOS = MIN_SPACING.toNanos();

  /** A server nobody has checked: due now. */
  public static CheckSchedule first(long now) {
    return new CheckSchedule(now - MIN_SPACING_NANOS, false, false, now);
  }

  /** Whether a check starts now. A tick that comes too early changes nothing. */
  public boolean isDue(long now) {
    return !underWay && dueAt - now <= 0;
  }

  public CheckSchedule started(long now) {
    return new CheckSchedule(now, true, false, dueAt);
  }

  /**
   * The check has ended.
   *
   * @param settled whether the server's state leaves nothing to wait for; else checks are faster
   */
  public CheckSchedule finished(boolean settled, Timing timing, RandomGenerator random, long now) {
    long interval = (settled ? timing.interval() : timing.fastInterval()).toNanos();
    double shift = timing.jitter() * (2 * random.nextDouble() - 1);
    long next = startedAt + interval + Math.round(interval * shift);
    if (hinted) {
      next = earlier(next, startedAt + MIN_SPACING_NANOS);
    }
    return new CheckSchedule(startedAt, false, false, later(next, now));
  }

  /** Something suggests that the last result is out of date: check as soon as spacing allows. */
  public CheckSchedule hint(long now) {
    if (underWay) {
      return new CheckSchedule(startedAt, true, true, dueAt);
    }
    long soon = later(startedAt + MIN_SPACING_NANOS, now);
    return new CheckSchedule(startedAt, false, false, earlier(dueAt, soon));
  }

  private static long earlier(long a, long b) {
    return a - b < 0 ? a : b;
  }

  private static long later(long a, long b) {
    return a - b < 0 ? b : a;
  }
}
