package dev.fairlead.health;

import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.health.probe.Probe;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What the health checker keeps about one server. Plain fields of the control loop. */
final class WatchedServer {

  final String backend;
  ServerConfig config;

  /** Null only until the first {@code apply} has configured it. */
  @Nullable HealthCheckConfig check;

  /** Null when it is not checked. */
  @Nullable Probe probe;

  ServerHealth.Rules rules = new ServerHealth.Rules(1, 1, Duration.ZERO);
  ServerHealth state;
  CheckSchedule schedule;
  @Nullable CheckResult lastResult;
  @Nullable ScheduledFuture<?> timer;

  /** Why the last check could not run; null when it ran. */
  @Nullable String notRun;

  /** Grows whenever a result that is under way becomes the answer to an old question. */
  int generation;

  WatchedServer(String backend, ServerConfig config, long now) {
    this.backend = backend;
    this.config = config;
    state = ServerHealth.unknown(now);
    schedule = CheckSchedule.first(now);
  }

  /** Whether it is already asked this at this address. */
  boolean asks(InetSocketAddress address, HealthCheckConfig other) {
    return other.equals(check) && config.effectiveCheckAddress().equals(address);
  }

  /** When it is to be checked; the default for one that is not. */
  HealthCheckConfig.Timing timing() {
    return switch (check) {
      case null -> HealthCheckConfig.Timing.DEFAULT;
      case HealthCheckConfig.Disabled() -> HealthCheckConfig.Timing.DEFAULT;
      case HealthCheckConfig.Tcp(var timing) -> timing;
      case HealthCheckConfig.Tls(var timing, var tls) -> timing;
      case HealthCheckConfig.Http http -> http.timing();
    };
  }

  /** Whether it takes new connections, as far as health and people have a say. */
  boolean isUsable() {
    return state.health() == Health.UP
        && config.administrative() == ServerConfig.Administrative.READY
        && config.weight() > 0;
  }

  void cancelTimer() {
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
  }

  HealthChecker.Status status(long now) {
    return new HealthChecker.Status(
        backend,
        config.name(),
        state.health(),
        lastResult,
        state.streak(),
        Duration.ofNanos(now - state.changedAt()));
  }

  @Override
  public String toString() {
    return backend + "/" + config.name();
  }
}
