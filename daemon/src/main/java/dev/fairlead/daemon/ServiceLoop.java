package dev.fairlead.daemon;

import io.netty.channel.IoEventLoop;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.epoll.EpollIoHandler;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * One of the two event loops beside the data path: {@code control}, which owns all that changes
 * slowly, and {@code probes}, which asks servers and answers operators.
 *
 * <p>A timer on the loop measures how late it turns. A task that throws is a broken promise: what
 * it left half done is unknown, so it is handed to {@code broken}, which ends the process.
 */
final class ServiceLoop implements AutoCloseable {

  /** How often punctuality is measured, and therefore how soon a stall is noticed. */
  static final Duration TICK = Duration.ofMillis(200);

  private static final Duration CALL_LIMIT = Duration.ofSeconds(30);

  private final String name;
  private final IoEventLoop loop;
  private final Consumer<Throwable> broken;

  private volatile long lastTurnNanos = System.nanoTime();
  private volatile long lagNanos;

  /** Loop only. */
  private long expectedAtNanos;

  ServiceLoop(String name, Consumer<Throwable> broken) {
    this.name = name;
    this.broken = broken;
    this.loop = new SingleThreadIoEventLoop(null, thread(name), EpollIoHandler.newFactory());
  }

  private static ThreadFactory thread(String name) {
    // 512 KiB: a TLS handshake with a long certificate chain needs more than the least.
    return task -> new Thread(null, task, name, 512 * 1024);
  }

  IoEventLoop loop() {
    return loop;
  }

  String name() {
    return name;
  }

  /** {@code System.nanoTime()} when the timer last ran. */
  long lastTurnNanos() {
    return lastTurnNanos;
  }

  /** How late the timer was when it last ran. */
  long lagNanos() {
    return lagNanos;
  }

  /** Starts the timer; {@code onTick} runs on the loop with each. */
  void watch(Runnable onTick) {
    execute(() -> {
      expectedAtNanos = System.nanoTime() + TICK.toNanos();
      scheduleTick(onTick);
    });
  }

  private void scheduleTick(Runnable onTick) {
    loop.schedule(
        guarded(() -> {
          long now = System.nanoTime();
          lagNanos = Math.max(0, now - expectedAtNanos);
          lastTurnNanos = now;
          expectedAtNanos = now + TICK.toNanos();
          onTick.run();
          scheduleTick(onTick);
        }),
        TICK.toNanos(),
        TimeUnit.NANOSECONDS);
  }

  /** Runs the task on the loop, soon; what it throws ends the process. */
  void execute(Runnable task) {
    loop.execute(guarded(task));
  }

  /** Runs the task on the loop after a delay; what it throws ends the process. */
  void schedule(Runnable task, Duration delay) {
    loop.schedule(guarded(task), delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  private Runnable guarded(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (Throwable e) {
        broken.accept(e);
      }
    };
  }

  /** Runs the task on the loop; what it throws fails the future, and nothing else. */
  <T> CompletableFuture<T> submit(Callable<T> task) {
    CompletableFuture<T> result = new CompletableFuture<>();
    loop.execute(() -> {
      try {
        result.complete(task.call());
      } catch (Throwable e) {
        result.completeExceptionally(e);
      }
    });
    return result;
  }

  /**
   * Runs the task on the loop and waits for it; never called on an event loop.
   *
   * @throws Exception what the task threw, or a timeout if the loop does not turn
   */
  <T> T call(Callable<T> task) throws Exception {
    if (loop.inEventLoop()) {
      throw new IllegalStateException("waiting for " + name + " on itself");
    }
    try {
      return submit(task).get(CALL_LIMIT.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : new CompletionException(e.getCause());
    } catch (TimeoutException e) {
      throw new IllegalStateException(
          "the " + name + " loop has not answered for " + CALL_LIMIT.toSeconds() + " s", e);
    }
  }

  /** Ends the loop and its thread; does not wait. */
  @Override
  public void close() {
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
