package dev.fairlead.daemon;

import dev.fairlead.config.ServerConfig;
import dev.fairlead.lb.Adjustment;
import dev.fairlead.lb.LoadBalancerSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What decides where connections go, in status: limits, queues, weights, stick tables. */
final class PlacementStatus {

  private PlacementStatus() {}

  /** Adds a backend's to its JSON. */
  static void backend(Map<String, Object> map, LoadBalancerSnapshot.Backend backend) {
    LoadBalancerSnapshot.Queue queue = backend.queue();
    Map<String, Object> waiting = new TreeMap<>();
    waiting.put("size", queue.size());
    waiting.put("waiting", queue.waiting());
    waiting.put("queued", queue.queued());
    waiting.put("refused", queue.refused());
    waiting.put("timed_out", queue.timedOut());
    waiting.put("left", queue.left());
    map.put("queue", waiting);
    map.put("max_connections", queue.maxConnections());
    backend
        .stick()
        .ifPresent(stick -> {
          Map<String, Object> table = new TreeMap<>();
          table.put("size", stick.size());
          table.put("used", stick.used());
          table.put("bytes", stick.bytes());
          table.put("hits", stick.hits());
          table.put("misses", stick.misses());
          table.put("redispatches", stick.redispatches());
          table.put("evicted", stick.evicted());
          table.put("expired", stick.expired());
          table.put("short_of_memory", stick.shortOfMemory());
          map.put("stick_table", table);
        });
  }

  /** Adds a server's to its JSON. */
  static void server(Map<String, Object> map, LoadBalancerSnapshot.Server server) {
    Adjustment adjustment = server.placement().adjustment();
    map.put("backup", server.config().backup());
    map.put("max_connections", server.config().maxConnections());
    map.put("waiting", server.placement().waiting());
    map.put("effective_weight", Math.round(server.placement().weight() * 100) / 100.0);
    map.put("configured_weight", adjustment.written().weight());
    map.put("configured_administrative", adjustment.written().administrative().name());
  }

  /** What is worth a line of its own below a backend's table. */
  static List<String> lines(LoadBalancerSnapshot.Backend backend) {
    List<String> lines = new ArrayList<>();
    for (LoadBalancerSnapshot.Server server : backend.servers()) {
      ServerConfig config = server.config();
      Adjustment adjustment = server.placement().adjustment();
      if (adjustment.weight().isPresent()) {
        lines.add(
            "%s: weight %d set at run time, the file says %d"
                .formatted(server.name(), config.weight(), adjustment.written().weight()));
      }
      adjustment
          .administrative()
          .ifPresent(state ->
              lines.add(
                  "%s: %s set at run time, the file says %s"
                      .formatted(
                          server.name(),
                          word(state),
                          word(adjustment.written().administrative()))));
      if (config.weight() > 0 && server.placement().weight() < config.weight()) {
        lines.add(
            "%s: slow start, %d%% of its weight"
                .formatted(
                    server.name(),
                    Math.round(100 * server.placement().weight() / config.weight())));
      }
      if (config.maxConnections() > 0 && server.sessions() >= config.maxConnections()) {
        lines.add("%s: full, %d sessions".formatted(server.name(), server.sessions()));
      }
    }
    LoadBalancerSnapshot.Queue queue = backend.queue();
    if (queue.waiting() > 0) {
      lines.add("queue: %d of %d wait".formatted(queue.waiting(), queue.size()));
    }
    backend
        .stick()
        .ifPresent(stick ->
            lines.add(
                "stick table: %d of %d clients%s"
                    .formatted(
                        stick.used(),
                        stick.size(),
                        stick.shortOfMemory() ? ", short of memory" : "")));
    return lines;
  }

  private static String word(ServerConfig.Administrative state) {
    return state.name().toLowerCase(Locale.ROOT);
  }
}
