package dev.fairlead.daemon;

import dev.fairlead.config.ConfigurationText;
import dev.fairlead.config.IpText;
import dev.fairlead.config.TrackConfig;
import dev.fairlead.config.TrackedItem;
import dev.fairlead.daemon.access.AccessLogStatus;
import dev.fairlead.daemon.hook.HookStatus;
import dev.fairlead.daemon.names.Names;
import dev.fairlead.daemon.track.ItemState;
import dev.fairlead.health.AgentAdvice;
import dev.fairlead.health.CheckResult;
import dev.fairlead.lb.LoadBalancerSnapshot;
import dev.fairlead.vrrp.net.VirtualRouterStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A {@link StatusReport} as plain maps, for {@code fairlead status --json}.
 *
 * <p>The keys are an interface: they may be added to, never renamed. Enum values are the names that
 * the log uses; times are seconds, with fractions.
 */
final class StatusJson {

  private StatusJson() {}

  static Map<String, Object> of(StatusReport report) {
    Map<String, Object> configuration = new TreeMap<>();
    configuration.put("files", report.files().stream().map(Object::toString).toList());
    configuration.put("in_force", ConfigurationText.of(report.configuration()).lines().toList());
    report
        .lastReload()
        .ifPresent(reload ->
            configuration.put(
                "last_reload",
                Map.of(
                    "succeeded",
                    reload.succeeded(),
                    "result",
                    reload.sentence(),
                    "seconds_ago",
                    seconds(report.takenAtNanos() - reload.atNanos()))));
    Map<String, Object> all = new TreeMap<>();
    all.put("version", report.version());
    all.put("pid", report.pid());
    all.put("phase", report.phase().name());
    all.put("uptime_seconds", seconds(report.uptime().toNanos()));
    all.put("configuration", configuration);
    all.put(
        "virtual_routers",
        report.virtualRouters().stream().map(router -> router(report, router)).toList());
    all.put("hooks", report.hooks().stream().map(hook -> hook(report, hook)).toList());
    all.put(
        "process",
        Map.of(
            "realtime",
            report.scheduling().realtime(),
            "memory_locked",
            report.scheduling().memoryLocked()));
    all.put(
        "frontends", report.loadBalancer().frontends().stream().map(StatusJson::frontend).toList());
    all.put(
        "backends",
        report.loadBalancer().backends().stream()
            .map(backend -> backend(report, backend))
            .toList());
    all.put("event_loops", report.loadBalancer().loops().stream().map(StatusJson::loop).toList());
    all.put("access_logs", report.accessLogs().stream().map(StatusJson::accessLog).toList());
    all.put("names", report.names().stream().map(StatusJson::name).toList());
    return all;
  }

  private static Map<String, Object> accessLog(AccessLogStatus log) {
    Map<String, Object> map = new TreeMap<>();
    map.put("frontend", log.frontend());
    map.put("target", log.target());
    map.put("lines", log.lines());
    map.put("lost_buffer_full", log.bufferFull());
    map.put("lost_target_failed", log.targetFailed());
    map.put("limited", log.rateLimited());
    return map;
  }

  private static Map<String, Object> name(Names.Status name) {
    Map<String, Object> map = new TreeMap<>();
    map.put("backend", name.backend());
    map.put("name", name.host());
    map.put("addresses", name.addresses());
    map.put("questions", name.questions());
    map.put("failures", name.failures());
    map.put("problem", name.problem());
    return map;
  }

  private static Map<String, Object> router(StatusReport report, VirtualRouterStatus router) {
    var config = router.config();
    Map<String, Object> map = new TreeMap<>();
    map.put("name", config.name());
    map.put("interface", config.interfaceName());
    map.put("family", config.ipv6() ? "ipv6" : "ipv4");
    map.put("version", config.wire().version());
    map.put("router_id", config.routerId());
    map.put("state", router.state().name());
    map.put("since_seconds", seconds(report.takenAtNanos() - router.sinceNanos()));
    map.put("reason", router.reason());
    map.put("priority", router.priority());
    map.put("configured_priority", config.election().priority());
    map.put("master", router.master());
    map.put("addresses", config.addresses().stream().map(Object::toString).toList());
    Tracking.Verdict verdict = report.verdicts().getOrDefault(config.name(), Tracking.STARTING);
    map.put("ability", verdict.ability().name());
    map.put("ability_reason", verdict.reason());
    Tracking.Points points = report.points().getOrDefault(config.name(), Tracking.Points.NONE);
    map.put("priority_points", points.points());
    map.put("priority_reason", points.reason());
    map.put(
        "tracked",
        report.tracked().stream()
            .filter(tracked -> tracked.router().equals(config.name()))
            .map(tracked -> tracked(tracked.state()))
            .toList());
    map.put("peer", router.peer());
    map.put("transitions", byName(router.transitions()));
    map.put("advertisements_sent", router.sent());
    map.put("advertisements_received", router.received());
    map.put("rejected", router.rejected());
    map.put("announcements", router.announcements());
    map.put("conflicts", router.conflicts());
    map.put("released", router.released());
    map.put("dead_man", router.deadMan());
    config.election().syncGroup().ifPresent(group -> map.put("sync_group", group));
    return map;
  }

  private static Map<String, Object> tracked(ItemState state) {
    Map<String, Object> map = new TreeMap<>();
    map.put("kind", state.item().key().kind().name().toLowerCase(Locale.ROOT));
    map.put("name", state.item().key().name());
    map.put("health", state.health().name());
    map.put("detail", state.detail());
    switch (state.item().effect()) {
      case TrackedItem.Effect.Resign() -> map.put("weight", "resign");
      case TrackedItem.Effect.Weight(int weight) -> map.put("weight", weight);
    }
    if (state.item().key().kind() != TrackConfig.Kind.INTERFACE) {
      map.put("since_seconds", seconds(state.since().toNanos()));
    }
    if (state.integer()) {
      map.put("number", state.number());
    }
    return map;
  }

  private static Map<String, Object> hook(StatusReport report, HookStatus hook) {
    Map<String, Object> map = new TreeMap<>();
    map.put("name", hook.hook());
    map.put("router", hook.router());
    map.put("phase", hook.phase().name());
    for (HookStatus.Count count : HookStatus.Count.values()) {
      map.put(count.name().toLowerCase(Locale.ROOT), hook.counts().getOrDefault(count, 0L));
    }
    hook.last()
        .ifPresent(last -> {
          Map<String, Object> result = new TreeMap<>();
          result.put("state", last.state().name());
          result.put("succeeded", last.succeeded());
          result.put("attempt", last.attempt());
          result.put("detail", last.detail());
          result.put("duration_seconds", seconds(last.took().toNanos()));
          result.put("seconds_ago", seconds(report.takenAtNanos() - last.endedAtNanos()));
          map.put("last", result);
        });
    return map;
  }

  private static Map<String, Object> frontend(LoadBalancerSnapshot.Frontend frontend) {
    Map<String, Object> map = new TreeMap<>();
    map.put("name", frontend.name());
    map.put("listeners", frontend.listeners().stream().map(Object::toString).toList());
    map.put("accepting", frontend.accepting());
    map.put("sessions", frontend.sessions());
    map.put("max_connections", frontend.maxConnections());
    map.put("connections", frontend.connections());
    map.put("bytes_in", frontend.bytesIn());
    map.put("bytes_out", frontend.bytesOut());
    map.put("accept_errors", frontend.acceptErrors());
    map.put("ended", byName(frontend.ended()));
    map.put("rejected", byName(frontend.rejected()));
    frontend
        .sources()
        .ifPresent(sources -> {
          Map<String, Object> table = new TreeMap<>();
          table.put("size", sources.size());
          table.put("used", sources.used());
          table.put("evicted", sources.evicted());
          table.put("untracked", sources.untracked());
          map.put("sources", table);
        });
    return map;
  }

  private static Map<String, Object> backend(
      StatusReport report, LoadBalancerSnapshot.Backend backend) {
    List<Map<String, Object>> servers = new ArrayList<>();
    for (LoadBalancerSnapshot.Server server : backend.servers()) {
      servers.add(server(report, backend.name(), server));
    }
    Map<String, Object> map = new TreeMap<>();
    map.put("name", backend.name());
    map.put("usable_servers", backend.usableServers());
    map.put("retries", backend.retries());
    map.put("redispatches", backend.redispatches());
    map.put("servers", servers);
    PlacementStatus.backend(map, backend);
    RaceStatus.backend(map, backend);
    return map;
  }

  private static Map<String, Object> server(
      StatusReport report, String backend, LoadBalancerSnapshot.Server server) {
    Map<String, Object> map = new TreeMap<>();
    map.put("name", server.name());
    map.put("address", address(server));
    map.put("weight", server.config().weight());
    map.put("administrative", server.config().administrative().name());
    map.put("availability", server.availability().name());
    map.put("sessions", server.sessions());
    map.put("connections", server.connections());
    map.put("connect_failures", server.connectFailures());
    map.put("connect_timeouts", server.connectTimeouts());
    map.put("local_failures", server.localFailures());
    map.put("early_resets", server.earlyResets());
    map.put("bytes_to_server", server.bytesToServer());
    map.put("bytes_from_server", server.bytesFromServer());
    PlacementStatus.server(map, server);
    RaceStatus.server(map, server);
    // A server without checks has no health of its own: it is used whatever happens.
    map.put("health", "UNCHECKED");
    report
        .health(backend, server.name())
        .ifPresent(status -> {
          map.put("health", status.health().name());
          map.put("since_seconds", seconds(status.sinceChange().toNanos()));
          map.put("consecutive", status.consecutive());
          if (status.lastResult() != null) {
            map.put("last_check", check(status.lastResult()));
          }
          if (!status.advice().lastAnswer().isEmpty()) {
            map.put("agent", agent(status.advice()));
          }
        });
    return map;
  }

  static String address(LoadBalancerSnapshot.Server server) {
    return IpText.text(server.config().address());
  }

  private static Map<String, Object> check(CheckResult result) {
    Map<String, Object> map = new TreeMap<>();
    map.put("outcome", result.outcome().name());
    map.put("detail", result.detail());
    map.put("status", result.status());
    map.put("duration_seconds", seconds(result.duration().toNanos()));
    return map;
  }

  private static Map<String, Object> agent(AgentAdvice advice) {
    Map<String, Object> map = new TreeMap<>();
    map.put("answers", advice.answers());
    map.put("last_answer", advice.lastAnswer());
    map.put("down", advice.down());
    advice.administrative().ifPresent(state -> map.put("administrative", state.name()));
    advice.weightPercent().ifPresent(percent -> map.put("weight_percent", percent));
    advice.maxConnections().ifPresent(limit -> map.put("max_connections", limit));
    return map;
  }

  private static Map<String, Object> loop(LoadBalancerSnapshot.Loop loop) {
    return Map.of(
        "name",
        loop.name(),
        "sessions",
        loop.sessions(),
        "lag_seconds",
        seconds(loop.lagNanos()),
        "data_path",
        loop.dataPath().name().toLowerCase(Locale.ROOT).replace('_', '-'));
  }

  private static Map<String, Long> byName(Map<? extends Enum<?>, Long> counts) {
    Map<String, Long> named = new TreeMap<>();
    counts.forEach((key, count) -> named.put(key.name().toLowerCase(Locale.ROOT), count));
    return named;
  }

  /** Whole milliseconds are enough for people and scripts alike. */
  private static double seconds(long nanos) {
    return Math.round(nanos / 1e6) / 1e3;
  }
}
