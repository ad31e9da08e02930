package dev.fairlead.daemon;

import dev.fairlead.config.Configuration;
import dev.fairlead.config.TrackConfig;
import dev.fairlead.config.TrackedItem;
import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.config.VirtualRouterConfig.Track;
import dev.fairlead.daemon.Tracking.Points;
import dev.fairlead.daemon.Tracking.Stall;
import dev.fairlead.daemon.Tracking.Verdict;
import dev.fairlead.daemon.track.ItemState;
import dev.fairlead.daemon.track.NodeTracks;
import dev.fairlead.daemon.track.TrackStatus;
import dev.fairlead.health.HealthChecker;
import dev.fairlead.lb.LoadBalancer;
import dev.fairlead.lb.LoadBalancerSnapshot;
import dev.fairlead.vrrp.net.VirtualRouters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Keeps the election informed of what {@link Tracking} decides. Control loop only. */
final class Tracks {

  private final LoadBalancer loadBalancer;
  private final HealthChecker healthChecker;
  private final VirtualRouters virtualRouters;
  private final NodeTracks nodeTracks;
  private Map<String, Verdict> verdicts = Map.of();
  private Map<String, Points> points = Map.of();

  Tracks(
      LoadBalancer loadBalancer,
      HealthChecker healthChecker,
      VirtualRouters virtualRouters,
      NodeTracks nodeTracks) {
    this.nodeTracks = nodeTracks;
    this.loadBalancer = loadBalancer;
    this.healthChecker = healthChecker;
    this.virtualRouters = virtualRouters;
  }

  /** Decides anew for every virtual router; cheap enough for every tick. */
  void follow(Configuration running) {
    if (running.virtualRouters().isEmpty()) {
      verdicts = Map.of();
      points = Map.of();
      return;
    }
    LoadBalancerSnapshot snapshot = loadBalancer.snapshot();
    List<HealthChecker.Status> health = healthChecker.status();
    Optional<Stall> stall = worstStall(snapshot);
    Map<String, Verdict> next = new HashMap<>();
    Map<String, Points> nextPoints = new HashMap<>();
    for (VirtualRouterConfig router : running.virtualRouters()) {
      List<ItemState> items = items(router.track(), running);
      Verdict verdict =
          Tracking.decide(
              router.track(),
              TrackedState.frontends(router.track(), running, snapshot, health),
              stall,
              items,
              verdicts.getOrDefault(router.name(), Tracking.STARTING));
      next.put(router.name(), verdict);
      Points added = Tracking.points(items);
      nextPoints.put(router.name(), added);
      // The priority first: one that resigns does not change it twice.
      virtualRouters.adjustPriority(
          router.name(),
          added.points(),
          added.reason().isEmpty() ? "nothing weighs on it" : added.reason());
      virtualRouters.ability(router.name(), verdict.ability(), verdict.reason());
    }
    verdicts = Map.copyOf(next);
    points = Map.copyOf(nextPoints);
  }

  private List<ItemState> items(Track track, Configuration running) {
    if (track.items().isEmpty()) {
      return List.of();
    }
    long now = System.nanoTime();
    List<ItemState> items = new ArrayList<>();
    for (TrackedItem item : track.items()) {
      if (item.key().kind() == TrackConfig.Kind.INTERFACE) {
        items.add(ItemState.link(item, virtualRouters.isUp(item.key().name())));
        continue;
      }
      for (TrackConfig config : running.tracks()) {
        if (config.key().equals(item.key())) {
          nodeTracks
              .status(item.key())
              .ifPresent(status -> items.add(ItemState.of(item, config, status, now)));
        }
      }
    }
    return items;
  }

  /** What is tracked, and by whom; interfaces included. */
  List<TrackedBy> tracked(Configuration running) {
    List<TrackedBy> tracked = new ArrayList<>();
    for (VirtualRouterConfig router : running.virtualRouters()) {
      items(router.track(), running)
          .forEach(item -> tracked.add(new TrackedBy(router.name(), item)));
    }
    return tracked;
  }

  /** Everything that is tracked, once, whoever tracks it. */
  List<TrackStatus> statuses(Configuration running) {
    List<TrackStatus> statuses = new ArrayList<>(nodeTracks.status());
    running.virtualRouters().stream()
        .flatMap(router -> router.track().items().stream())
        .map(TrackedItem::key)
        .filter(key -> key.kind() == TrackConfig.Kind.INTERFACE)
        .distinct()
        .forEach(key -> statuses.add(TrackStatus.link(key, virtualRouters.isUp(key.name()))));
    return statuses;
  }

  /** One item of one virtual router. */
  record TrackedBy(String router, ItemState state) {}

  /** What was added to the priorities last, by the router's name. */
  Map<String, Points> points() {
    return points;
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
