package dev.fairlead.daemon.hook;

import dev.fairlead.config.HookConfig;
import dev.fairlead.config.HookConfig.State;
import dev.fairlead.daemon.Post;
import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All hooks. Control loop only; attempts run on virtual threads. */
public final class Hooks {

  private static final Logger log = LoggerFactory.getLogger(Hooks.class);

  private final EventExecutor control;
  private final Consumer<Throwable> broken;

  /** Of a virtual router that was removed the old ones stay until it has stopped. */
  private final Map<String, List<HookConfig>> byRouter = new HashMap<>();

  private final Map<Key, Queue> queues = new LinkedHashMap<>();

  private Set<String> current = Set.of();
  private final List<Runnable> whenIdle = new ArrayList<>();

  /**
   * Knows no hook yet.
   *
   * @param broken called with what was thrown where nothing may
   */
  public Hooks(EventExecutor control, Consumer<Throwable> broken) {
    this.control = control;
    this.broken = broken;
  }

  private record Key(String hook, String router) {}

  /** One hook for one virtual router, and what was counted. */
  private final class Queue {
    final Key key;
    HookConfig config;
    HookLane lane = HookLane.IDLE;
    @Nullable HookResult last;
    final Map<HookStatus.Count, Long> counts = new EnumMap<>(HookStatus.Count.class);
    long attempts;
    long attemptNanos;

    Queue(Key key, HookConfig config) {
      this.key = key;
      this.config = config;
    }

    void follow(HookLane.Step step) {
      HookLane before = lane;
      lane = step.lane();
      count(step.note());
      switch (lane) {
        case HookLane.Idle _ -> {
          if (!isUsed(key)) {
            queues.remove(key, this);
          }
          tellIdle();
        }
        case HookLane.Running running -> {
          if (!(before instanceof HookLane.Running previous)
              || !previous.event().equals(running.event())
              || previous.attempt() != running.attempt()) {
            start(running);
          }
        }
        case HookLane.Waiting waiting -> {
          long delay = Math.max(0, waiting.retryAt() - System.nanoTime());
          control.schedule(
              guarded(() -> {
                // Only for this wait; a newer event has its own.
                if (lane.equals(waiting)) {
                  follow(HookLane.tick(lane, System.nanoTime()));
                }
              }),
              delay,
              TimeUnit.NANOSECONDS);
        }
      }
    }

    private void start(HookLane.Running running) {
      HookConfig with = config;
      Thread.ofVirtual()
          .name("hook " + key.hook())
          .start(() -> {
            long startedAt = System.nanoTime();
            Attempt.Outcome outcome = attempt(with, running.event());
            Post.to(control, guarded(() -> ended(running, outcome, startedAt)));
          });
    }

    private void ended(HookLane.Running running, Attempt.Outcome outcome, long startedAt) {
      long now = System.nanoTime();
      Duration took = Duration.ofNanos(now - startedAt);
      attempts++;
      attemptNanos += took.toNanos();
      State state = running.event().state();
      last =
          new HookResult(
              state, outcome.succeeded(), running.attempt(), outcome.detail(), took, now);
      if (!outcome.succeeded()) {
        log.warn(
            "hook {} for {} of virtual router {} failed (attempt {} of {}): {}",
            key.hook(),
            state,
            key.router(),
            running.attempt(),
            config.retries() + 1,
            outcome.detail());
      } else {
        log.info(
            "hook {} for {} of virtual router {}: {}, {} ms",
            key.hook(),
            state,
            key.router(),
            outcome.detail(),
            took.toMillis());
      }
      follow(HookLane.ended(lane, config, outcome.succeeded(), now));
    }

    private void count(HookLane.Note note) {
      switch (note) {
        case NONE -> {}
        case SUCCEEDED -> counts.merge(HookStatus.Count.SUCCEEDED, 1L, Long::sum);
        case RETRY -> counts.merge(HookStatus.Count.RETRIED, 1L, Long::sum);
        case FAILED -> counts.merge(HookStatus.Count.FAILED, 1L, Long::sum);
        case SUPERSEDED -> counts.merge(HookStatus.Count.SUPERSEDED, 1L, Long::sum);
      }
    }

    HookStatus status() {
      return new HookStatus(
          key.hook(),
          key.router(),
          switch (lane) {
            case HookLane.Idle _ -> HookStatus.Phase.IDLE;
            case HookLane.Running _ -> HookStatus.Phase.RUNNING;
            case HookLane.Waiting _ -> HookStatus.Phase.WAITING;
          },
          Optional.ofNullable(last),
          counts,
          attempts,
          attemptNanos);
    }
  }

  /** What nobody expected is a failed attempt, not the end of the process. */
  private static Attempt.Outcome attempt(HookConfig hook, HookEvent event) {
    try {
      return Attempt.make(hook, event);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Attempt.Outcome(false, "interrupted");
    } catch (RuntimeException | LinkageError e) {
      return new Attempt.Outcome(false, e.toString());
    }
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

  /**
   * Uses these from now on; attempts under way end as they were begun.
   *
   * @param routers names of the virtual routers that run from now on
   */
  public void apply(List<HookConfig> hooks, List<String> routers) {
    current = Set.copyOf(routers);
    for (String router : routers) {
      List<HookConfig> own =
          hooks.stream().filter(hook -> hook.routers().contains(router)).toList();
      byRouter.put(router, own);
      for (HookConfig hook : own) {
        Key key = new Key(hook.name(), router);
        queues.computeIfAbsent(key, added -> new Queue(added, hook)).config = hook;
      }
    }
    forget();
  }

  private void forget() {
    queues.values().removeIf(queue -> queue.lane instanceof HookLane.Idle && !isUsed(queue.key));
  }

  private boolean isUsed(Key key) {
    return byRouter.getOrDefault(key.router(), List.of()).stream()
        .anyMatch(hook -> hook.name().equals(key.hook()));
  }

  /** Tells everybody who wants to hear of it. */
  public void happened(HookEvent event) {
    for (HookConfig hook : byRouter.getOrDefault(event.router(), List.of())) {
      Queue queue = queues.get(new Key(hook.name(), event.router()));
      if (queue != null) {
        queue.follow(
            hook.states().contains(event.state())
                ? HookLane.happened(queue.lane, event)
                : HookLane.passed(queue.lane));
      }
    }
    if (event.state() == State.STOP && !current.contains(event.router())) {
      byRouter.remove(event.router());
      forget();
    }
  }

  /** Whether nobody is being told anything. */
  public boolean isIdle() {
    return queues.values().stream().allMatch(queue -> queue.lane instanceof HookLane.Idle);
  }

  /**
   * Calls back once, on the control loop, when everybody has been told, or when the limit is over.
   *
   * @param limit what was not told by then is given up
   */
  public void awaitIdle(Duration limit, Runnable done) {
    if (isIdle()) {
      done.run();
      return;
    }
    whenIdle.add(done);
    control.schedule(
        guarded(() -> {
          if (whenIdle.remove(done)) {
            log.warn(
                "given up after {} ms: {}",
                limit.toMillis(),
                queues.values().stream()
                    .filter(queue -> !(queue.lane instanceof HookLane.Idle))
                    .map(queue -> "hook " + queue.key.hook() + " of " + queue.key.router())
                    .toList());
            done.run();
          }
        }),
        limit.toNanos(),
        TimeUnit.NANOSECONDS);
  }

  private void tellIdle() {
    if (!whenIdle.isEmpty() && isIdle()) {
      List<Runnable> waiting = List.copyOf(whenIdle);
      whenIdle.clear();
      waiting.forEach(Runnable::run);
    }
  }

  public List<HookStatus> status() {
    return queues.values().stream().map(Queue::status).toList();
  }
}
