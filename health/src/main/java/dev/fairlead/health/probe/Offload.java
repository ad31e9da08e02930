package dev.fairlead.health.probe;

import dev.fairlead.health.CheckResult.Outcome;
import io.netty.channel.EventLoop;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/** Takes work that blocks off the probes loop and brings its outcome back. */
final class Offload {

  /** Reads files, and may say that they are of no use. */
  @FunctionalInterface
  interface Reading<T> {
    T read() throws UnusableFileException;
  }

  /**
   * A file on a file server that hangs would otherwise cost one more thread with every check. As
   * many as there are checks under way, twice, so that only hanging ones reach it.
   */
  private static final int MAX_READINGS = 128;

  private final EventLoop loop;

  /** Owned by the loop. */
  private int readings;

  Offload(EventLoop loop) {
    this.loop = loop;
  }

  /** Reads on a virtual thread; {@code next} runs on the loop unless the attempt has ended. */
  <T> void run(Reading<T> reading, Attempt attempt, Consumer<T> next) {
    if (readings >= MAX_READINGS) {
      attempt.fail(
          new Failure(Outcome.NOT_RUN, "the files of earlier checks are still being read"));
      return;
    }
    readings++;
    Thread.ofVirtual().name("check-files").start(() -> read(reading, attempt, next));
  }

  private <T> void read(Reading<T> reading, Attempt attempt, Consumer<T> next) {
    try {
      T value = reading.read();
      ended(() -> resume(value, attempt, next));
    } catch (UnusableFileException e) {
      String message = String.valueOf(e.getMessage());
      ended(() -> attempt.fail(new Failure(Outcome.NOT_RUN, message)));
    } catch (RuntimeException e) {
      ended(() -> attempt.fail(notStarted(e)));
    }
  }

  private static <T> void resume(T value, Attempt attempt, Consumer<T> next) {
    if (attempt.isFinished()) {
      return;
    }
    try {
      next.accept(value);
    } catch (RuntimeException e) {
      attempt.fail(notStarted(e));
    }
  }

  /** A setting TLS does not accept, or our own bug; a check must end, or it is never repeated. */
  private static Failure notStarted(RuntimeException cause) {
    return new Failure(Outcome.NOT_RUN, "the check cannot start: " + cause.getMessage());
  }

  private void ended(Runnable task) {
    try {
      loop.execute(() -> {
        readings--;
        task.run();
      });
    } catch (RejectedExecutionException e) {
      // The process is ending, and nobody waits for this result.
      return;
    }
  }
}
