package dev.fairlead.daemon.metrics;

import dev.fairlead.lb.LoadBalancerSnapshot;
import java.util.Map;

/** The meters of what decides where a connection goes: weights, limits, queues, stick tables. */
final class PlacementMeters {

  private PlacementMeters() {}

  static void backend(Meters meters, LoadBalancerSnapshot.Backend backend) {
    String[] labels = {"backend", backend.name()};
    LoadBalancerSnapshot.Queue queue = backend.queue();
    meters.gauge(
        "fairlead.backend.max.connections",
        "Most sessions on all servers together; 0 means no limit.",
        queue.maxConnections(),
        labels);
    meters.gauge(
        "fairlead.backend.queue.size", "Most connections that may wait.", queue.size(), labels);
    meters.gauge(
        "fairlead.backend.queue.waiting",
        "Connections that wait for a place on a server.",
        queue.waiting(),
        labels);
    meters.counter(
        "fairlead.backend.queued", "Connections that had to wait.", queue.queued(), labels);
    for (Map.Entry<String, Long> ends :
        Map.of("refused", queue.refused(), "timeout", queue.timedOut(), "left", queue.left())
            .entrySet()) {
      meters.counter(
          "fairlead.backend.queue.ends",
          "Connections that found no place in the queue, or no server in time.",
          ends.getValue(),
          "backend",
          backend.name(),
          "reason",
          ends.getKey());
    }
    backend.stick().ifPresent(stick -> stick(meters, backend.name(), stick));
  }

  private static void stick(Meters meters, String backend, LoadBalancerSnapshot.Stick stick) {
    meters.gauge(
        "fairlead.stick.table.size", "Most clients remembered.", stick.size(), "backend", backend);
    meters.gauge(
        "fairlead.stick.table.used", "Clients remembered.", stick.used(), "backend", backend);
    meters.gauge(
        "fairlead.stick.table.bytes", "Memory of the table.", stick.bytes(), "backend", backend);
    meters.gauge(
        "fairlead.stick.table.short.of.memory",
        "1 when the table cannot grow to its size.",
        stick.shortOfMemory() ? 1 : 0,
        "backend",
        backend);
    for (Map.Entry<String, Long> lookups :
        Map.of("hit", stick.hits(), "miss", stick.misses(), "redispatch", stick.redispatches())
            .entrySet()) {
      meters.counter(
          "fairlead.stick.table.lookups",
          "New connections: hit, sent to its own server; miss, not known; redispatch, its own"
              + " server could not be used.",
          lookups.getValue(),
          "backend",
          backend,
          "result",
          lookups.getKey());
    }
    for (Map.Entry<String, Long> forgotten :
        Map.of("evicted", stick.evicted(), "expired", stick.expired()).entrySet()) {
      meters.counter(
          "fairlead.stick.table.forgotten",
          "Clients forgotten: evicted for others, or expired.",
          forgotten.getValue(),
          "backend",
          backend,
          "reason",
          forgotten.getKey());
    }
  }

  static void server(Meters meters, String backend, LoadBalancerSnapshot.Server server) {
    String[] labels = {"backend", backend, "server", server.name()};
    meters.gauge(
        "fairlead.server.effective.weight",
        "Weight now: less than the configured one during a slow start.",
        server.placement().weight(),
        labels);
    meters.gauge(
        "fairlead.server.backup",
        "1 for a server that is used only while no other is usable.",
        server.config().backup() ? 1 : 0,
        labels);
    meters.gauge(
        "fairlead.server.max.connections",
        "Most sessions; 0 means no limit.",
        server.config().maxConnections(),
        labels);
    meters.gauge(
        "fairlead.server.queue.waiting",
        "Connections that wait for a place on this server and no other.",
        server.placement().waiting(),
        labels);
  }
}
