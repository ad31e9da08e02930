package dev.fairlead.health;

import dev.fairlead.health.CheckResult.Outcome;
import dev.fairlead.health.probe.Probe;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One check under way. It ends exactly once, whatever happens: with the probe's result, or, when
 * the probe throws or never ends, with {@link Outcome#NOT_RUN}. A check that ended in nothing would
 * be the last one of its server, and nobody would notice.
 */
final class Turn {

  private static final Logger LOG = LoggerFactory.getLogger(Turn.class);

  /** Beyond a check's own timeout, which counts anew after files have been read. */
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final EventLoop control;
  private final EventLoop probes;
  private final Consumer<Throwable> broken;
  private final Consumer<CheckResult> done;
  private @Nullable ScheduledFuture<?> overdue;
  private boolean over;

  /**
   * @param done called on the control loop
   * @param broken called with what {@code done} threw
   */
  Turn(
      EventLoop control, EventLoop probes, Consumer<Throwable> broken, Consumer<CheckResult> done) {
    this.control = control;
    this.probes = probes;
    this.broken = broken;
    this.done = done;
  }

  /** On the control loop. */
  void start(Probe probe, boolean fresh, Duration timeout) {
    Duration limit = timeout.multipliedBy(2).plus(GRACE);
    overdue =
        control.schedule(
            guarded(() -> end(notRun("the check has not ended", limit)), broken),
            limit.toNanos(),
            TimeUnit.NANOSECONDS);
    post(probes, () -> run(probe, fresh));
  }

  private void run(Probe probe, boolean fresh) {
    try {
      probe.run(fresh, this::answered);
    } catch (RuntimeException | Error e) {
      LOG.debug("a check threw", e);
      answered(notRun("internal error: " + e, Duration.ZERO));
    }
  }

  private void answered(CheckResult result) {
    post(control, guarded(() -> end(result), broken));
  }

  private void end(CheckResult result) {
    if (over) {
      return;
    }
    over = true;
    if (overdue != null) {
      overdue.cancel(false);
    }
    done.accept(result);
  }

  private static CheckResult notRun(String detail, Duration duration) {
    return new CheckResult(Outcome.NOT_RUN, detail, 0, duration);
  }

  /** Netty would keep what a timer throws in a future that nobody looks at. */
  static Runnable guarded(Runnable task, Consumer<Throwable> broken) {
    return () -> {
      try {
        task.run();
      } catch (Throwable e) {
        broken.accept(e);
      }
    };
  }

  static void post(EventLoop loop, Runnable task) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException e) {
      // The process is ending, and nobody waits for this check.
      return;
    }
  }
}
