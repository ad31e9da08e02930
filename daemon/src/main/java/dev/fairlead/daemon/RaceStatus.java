package dev.fairlead.daemon;

import dev.fairlead.lb.LoadBalancerSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Races between servers, and spreading sessions again, in status. */
final class RaceStatus {

  private RaceStatus() {}

  /** Adds a backend's to its JSON. */
  static void backend(Map<String, Object> map, LoadBalancerSnapshot.Backend backend) {
    LoadBalancerSnapshot.Races races = backend.races();
    Map<String, Object> raced = new TreeMap<>();
    raced.put("connects", races.connects());
    raced.put("client_hellos", races.hellos());
    raced.put("refused", races.refused());
    map.put("races", raced);
    map.put("to_rebalance", races.toRebalance());
  }

  /** Adds a server's to its JSON. */
  static void server(Map<String, Object> map, LoadBalancerSnapshot.Server server) {
    LoadBalancerSnapshot.Racing racing = server.racing();
    map.put("races_won", racing.won());
    map.put("races_lost", racing.lost());
    map.put("hellos_retried", racing.hellosRetried());
    map.put("connect_delay_seconds", racing.connectDelayNanos() / 1e9);
    map.put("hello_delay_seconds", racing.helloDelayNanos() / 1e9);
    map.put("answer_seconds", racing.answerMillis() / 1e3);
    map.put("avoided", racing.avoided());
    map.put("rebalanced", racing.rebalanced());
  }

  /** What is worth a line of its own below a backend's table. */
  static List<String> lines(LoadBalancerSnapshot.Backend backend) {
    List<String> lines = new ArrayList<>();
    for (LoadBalancerSnapshot.Server server : backend.servers()) {
      if (server.racing().avoided()) {
        lines.add(
            "%s: avoided, it keeps clients waiting (%d races lost, answers take %.1f s)"
                .formatted(
                    server.name(), server.racing().lost(), server.racing().answerMillis() / 1e3));
      }
    }
    if (backend.races().toRebalance() > 0) {
      lines.add("rebalancing: %d sessions too many".formatted(backend.races().toRebalance()));
    }
    return lines;
  }
}
