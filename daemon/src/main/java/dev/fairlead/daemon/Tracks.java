package dev.fairlead.daemon;

import dev.fairlead.config.Configuration;
import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.daemon.Tracking.Stall;
import dev.fairlead.daemon.Tracking.Verdict;
import dev.fairlead.health.HealthChecker;
import dev.fairlead.lb.LoadBalancer;
import dev.fairlead.lb.LoadBalancerSnapshot;
import dev.fairlead.vrrp.net.VirtualRouters;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Keeps the election informed of what {@link Tracking} decides. Control loop only. */
final class Tracks {

  private final LoadBalancer loadBalancer;
  private final HealthChecker healthChecker;
  private final VirtualRouters virtualRouters;
  private Map<String, Verdict> verdicts = Map.of();

  Tracks(LoadBalancer loadBalancer, HealthChecker healthChecker, VirtualRouters virtualRouters) {
    this.loadBalancer = loadBalancer;
    this.healthChecker = healthChecker;
    this.virtualRouters = virtualRouters;
  }

  /** Decides anew for every virtual router; cheap enough for every tick. */
  void follow(Configuration running) {
    if (running.virtualRouters().isEmpty()) {
      verdicts = Map.of();
      return;
    }
    LoadBalancerSnapshot snapshot = loadBalancer.snapshot();
    List<HealthChecker.Status> health = healthChecker.status();
    Optional<Stall> stall = worstStall(snapshot);
    Map<String, Verdict> next = new HashMap<>();
    for (VirtualRouterConfig router : running.virtualRouters()) {
      Verdict verdict =
          Tracking.decide(
              router.track(),
              TrackedState.frontends(router.track(), running, snapshot, health),
              stall,
              verdicts.getOrDefault(router.name(), Tracking.STARTING));
      next.put(router.name(), verdict);
      virtualRouters.ability(router.name(), verdict.ability(), verdict.reason());
    }
    verdicts = Map.copyOf(next);
  }

  /** What was decided last, by the router's name. */
  Map<String, Verdict> verdicts() {
    return verdicts;
  }

  private static Optional<Stall> worstStall(LoadBalancerSnapshot snapshot) {
    long now = System.nanoTime();
    Optional<Stall> worst = Optional.empty();
    for (LoadBalancerSnapshot.Loop loop : snapshot.loops()) {
      Duration since = Duration.ofNanos(Math.max(0, now - loop.lastTurnNanos()));
      if (worst.isEmpty() || since.compareTo(worst.get().since()) > 0) {
        worst = Optional.of(new Stall(loop.name(), since));
      }
    }
    return worst;
  }
}
