package dev.fairlead.health;

import dev.fairlead.config.CheckWay;
import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.config.ObserveConfig;
import dev.fairlead.config.ServerConfig;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What the health checker keeps about one server. Plain fields of the control loop. */
final class WatchedServer {

  final String backend;
  ServerConfig config;

  /** How it is to be checked; null only until the first {@code apply} has configured it. */
  @Nullable HealthCheckConfig checkConfig;

  CheckWay way = CheckWay.PLAIN;

  ObserveConfig observe = ObserveConfig.OFF;

  /** Null when it is not checked. */
  @Nullable SharedCheck check;

  ServerHealth.Rules rules = new ServerHealth.Rules(1, 1, Duration.ZERO);

  /** From checks alone. */
  ServerHealth state;

  /** What its agent says. */
  AgentAdvice advice = AgentAdvice.NONE;

  /** What the observer has been told. */
  Health told = Health.UNKNOWN;

  /** Whether the observer has been told that it is gone. */
  boolean toldGone;

  long toldAt;
  @Nullable CheckResult lastResult;

  /** Why the last check could not run; null when it ran. */
  @Nullable String notRun;

  WatchedServer(String backend, ServerConfig config, long now) {
    this.backend = backend;
    this.config = config;
    state = ServerHealth.unknown(now);
    toldAt = now;
  }

  /** From checks and agent: the agent can only take away. */
  Health health() {
    return advice.down() && state.health() == Health.UP ? Health.UNREADY : state.health();
  }

  /** Whether its sessions wait for nobody. */
  boolean isGone() {
    return state.isGone(rules);
  }

  /** Whether it takes new connections, as far as health and people have a say. */
  boolean isUsable() {
    return health() == Health.UP
        && config.administrative() == ServerConfig.Administrative.READY
        && config.weight() > 0
        && !advice.isClosed();
  }

  HealthChecker.Status status(long now) {
    return new HealthChecker.Status(
        backend,
        config.name(),
        health(),
        lastResult,
        state.streak(),
        Duration.ofNanos(now - toldAt),
        advice);
  }

  @Override
  public String toString() {
    return backend + "/" + config.name();
  }
}
