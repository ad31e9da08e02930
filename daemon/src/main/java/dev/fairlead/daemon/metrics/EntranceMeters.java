package dev.fairlead.daemon.metrics;

import dev.fairlead.lb.LoadBalancerSnapshot;
import dev.fairlead.lb.Rejection;
import java.util.Locale;

/** The meters of who is let in: rejections, and what is remembered of clients. */
final class EntranceMeters {

  private EntranceMeters() {}

  static void frontend(Meters meters, LoadBalancerSnapshot.Frontend frontend) {
    String name = frontend.name();
    for (Rejection why : Rejection.values()) {
      meters.counter(
          "fairlead.frontend.rejected",
          "Connections reset before they became sessions, by reason.",
          frontend.rejected().getOrDefault(why, 0L),
          "frontend",
          name,
          "reason",
          why.name().toLowerCase(Locale.ROOT));
    }
    frontend.sources().ifPresent(sources -> sources(meters, name, sources));
  }

  private static void sources(
      Meters meters, String frontend, LoadBalancerSnapshot.Sources sources) {
    meters.gauge(
        "fairlead.source.table.size",
        "Most client addresses whose connections are counted.",
        sources.size(),
        "frontend",
        frontend);
    meters.gauge(
        "fairlead.source.table.used",
        "Client addresses whose connections are counted.",
        sources.used(),
        "frontend",
        frontend);
    meters.counter(
        "fairlead.source.table.evicted",
        "Client addresses forgotten for others.",
        sources.evicted(),
        "frontend",
        frontend);
    meters.counter(
        "fairlead.source.table.untracked",
        "Connections of client addresses that found no room.",
        sources.untracked(),
        "frontend",
        frontend);
  }
}
