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

  private final EventLoop loop;

  Offload(EventLoop loop) {
    this.loop = loop;
  }

  /** Reads on a virtual thread; {@code next} runs on the loop unless the attempt has ended. */
  <T> void run(Reading<T> reading, Attempt attempt, Consumer<T> next) {
    Thread.ofVirtual().name("check-files").start(() -> read(reading, attempt, next));
  }

  private <T> void read(Reading<T> reading, Attempt attempt, Consumer<T> next) {
    try {
      T value = reading.read();
      post(() -> resume(value, attempt, next));
    } catch (UnusableFileException e) {
      String message = String.valueOf(e.getMessage());
      post(() -> attempt.fail(new Failure(Outcome.NOT_RUN, message)));
    } catch (RuntimeException e) {
      post(() -> attempt.fail(notStarted(e)));
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

  private void post(Runnable task) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException e) {
      // The process is ending, and nobody waits for this result.
      return;
    }
  }
}
