package dev.fairlead.daemon.track;

import dev.fairlead.config.TrackConfig;
import dev.fairlead.daemon.Post;
import dev.fairlead.program.Program;
import dev.fairlead.program.Program.Leftovers;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at everything that is tracked, again and again. Control loop only; the looks themselves run
 * on virtual threads, one at a time for each thing.
 */
public final class NodeTracks implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(NodeTracks.class);

  private final EventExecutor control;
  private final Consumer<Throwable> broken;
  private final Runnable onChange;
  private final Map<TrackConfig.Key, Watch> watches = new LinkedHashMap<>();

  /**
   * Looks at nothing yet.
   *
   * @param onChange called when the health or the number of something is different
   * @param broken called with what was thrown where nothing may
   */
  public NodeTracks(EventExecutor control, Runnable onChange, Consumer<Throwable> broken) {
    this.control = control;
    this.onChange = onChange;
    this.broken = broken;
  }

  /** One thing that is looked at. */
  private final class Watch {
    final TrackConfig config;
    final Supplier<Look> eye;
    Standing standing = Standing.unknown(System.nanoTime());
    @Nullable Look last;
    final Map<Look.Outcome, Long> looks = new EnumMap<>(Look.Outcome.class);
    long lookNanos;
    @Nullable ScheduledFuture<?> timer;
    @Nullable Thread looking;
    boolean closed;

    Watch(TrackConfig config) {
      this.config = config;
      this.eye = eye(config);
    }

    void look() {
      timer = null;
      long startedAt = System.nanoTime();
      looking =
          Thread.ofVirtual()
              .name("look at " + config.key())
              .start(() -> {
                Look look = guardedLook();
                Post.to(control, guarded(() -> looked(look, startedAt)));
              });
    }

    /** A broken eye is a failure of what it looks at, not of the process. */
    private Look guardedLook() {
      long startedAt = System.nanoTime();
      try {
        return eye.get();
      } catch (RuntimeException e) {
        Duration took = Duration.ofNanos(System.nanoTime() - startedAt);
        return new Look(Look.Outcome.IMPOSSIBLE, 0, e.toString(), took);
      }
    }

    private void looked(Look look, long startedAt) {
      looking = null;
      if (closed) {
        return;
      }
      Standing before = standing;
      long now = System.nanoTime();
      standing = before.after(look, config.rise(), config.fall(), now);
      last = look;
      looks.merge(look.outcome(), 1L, Long::sum);
      lookNanos += look.took().toNanos();
      if (before.health() != standing.health()) {
        say(before);
      }
      long delay = Math.max(0, config.interval().toNanos() - (now - startedAt));
      timer = control.schedule(guarded(this::look), delay, TimeUnit.NANOSECONDS);
      if (before.health() != standing.health() || before.number() != standing.number()) {
        onChange.run();
      }
    }

    private void say(Standing before) {
      String detail = last == null ? "" : last.detail();
      if (standing.health() == Standing.Health.FAILED) {
        log.warn("{}: {} -> FAILED, {}", config.key(), before.health(), detail);
      } else {
        log.info("{}: {} -> {}, {}", config.key(), before.health(), standing.health(), detail);
      }
    }

    /** A script that runs is killed: it would outlive us, and the next one would run beside it. */
    void close() {
      closed = true;
      if (timer != null) {
        timer.cancel(false);
      }
      if (looking != null) {
        looking.interrupt();
      }
    }

    TrackStatus status() {
      return new TrackStatus(config.key(), standing, last, looks, lookNanos);
    }
  }

  private static Supplier<Look> eye(TrackConfig config) {
    return switch (config) {
      case TrackConfig.Script script -> () -> run(script);
      case TrackConfig.WatchedFile file -> () -> WatchedFiles.look(file);
      case TrackConfig.Processes processes -> new ProcessCount(Path.of("/proc"), processes)::look;
    };
  }

  /** How a script is run. */
  public static Program program(TrackConfig.Script script) {
    return new Program(script.command(), script.user(), script.timeout(), Leftovers.ARE_KILLED);
  }

  private static Look run(TrackConfig.Script script) {
    long startedAt = System.nanoTime();
    try {
      Program.Outcome outcome = program(script).run(Map.of("FAIRLEAD_TRACK", script.name()));
      Look.Outcome kind =
          switch (outcome) {
            case Program.Outcome.Ended ended when ended.status() == 0 -> Look.Outcome.GOOD;
            case Program.Outcome.Ended _ -> Look.Outcome.BAD;
            case Program.Outcome.TimedOut _ -> Look.Outcome.TIMED_OUT;
            case Program.Outcome.NotStarted _ -> Look.Outcome.IMPOSSIBLE;
          };
      Duration took = Duration.ofNanos(System.nanoTime() - startedAt);
      return new Look(kind, 0, outcome.detail(), took);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Look(Look.Outcome.IMPOSSIBLE, 0, "interrupted", Duration.ZERO);
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
   * Looks at these from now on. What is equal stays as it is known; the rest begins unknown, and is
   * looked at at once.
   */
  public void apply(List<TrackConfig> wanted) {
    Map<TrackConfig.Key, TrackConfig> next = new HashMap<>();
    wanted.forEach(config -> next.put(config.key(), config));
    watches
        .values()
        .removeIf(watch -> {
          boolean goes = !watch.config.equals(next.get(watch.config.key()));
          if (goes) {
            watch.close();
          }
          return goes;
        });
    for (TrackConfig config : wanted) {
      if (!watches.containsKey(config.key())) {
        Watch watch = new Watch(config);
        watches.put(config.key(), watch);
        watch.look();
      }
    }
  }

  /** What is known of one; empty = it is not looked at. */
  public Optional<TrackStatus> status(TrackConfig.Key key) {
    return Optional.ofNullable(watches.get(key)).map(Watch::status);
  }

  /** What is known of all. */
  public List<TrackStatus> status() {
    return watches.values().stream().map(Watch::status).toList();
  }

  @Override
  public void close() {
    watches.values().forEach(Watch::close);
    watches.clear();
  }
}
