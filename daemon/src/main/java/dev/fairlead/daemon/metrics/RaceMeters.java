package dev.fairlead.daemon.metrics;

import dev.fairlead.lb.LoadBalancerSnapshot;
import java.util.Map;

/** The meters of connections that were offered to several servers, and of spreading them again. */
final class RaceMeters {

  private static final double NANOS_PER_SECOND = 1e9;
  private static final double MILLIS_PER_SECOND = 1e3;

  private RaceMeters() {}

  static void backend(Meters meters, LoadBalancerSnapshot.Backend backend) {
    LoadBalancerSnapshot.Races races = backend.races();
    for (Map.Entry<String, Long> started :
        Map.of("connect", races.connects(), "client_hello", races.hellos()).entrySet()) {
      meters.counter(
          "fairlead.backend.races",
          "Connections offered to a second server because the first did not answer.",
          started.getValue(),
          "backend",
          backend.name(),
          "of",
          started.getKey());
    }
    meters.counter(
        "fairlead.backend.races.refused",
        "Connections offered to nobody else because too many races had been for nothing.",
        races.refused(),
        "backend",
        backend.name());
    meters.gauge(
        "fairlead.backend.rebalance.sessions",
        "Sessions to be closed so that servers that are back get their share.",
        races.toRebalance(),
        "backend",
        backend.name());
  }

  static void server(Meters meters, String backend, LoadBalancerSnapshot.Server server) {
    String[] labels = {"backend", backend, "server", server.name()};
    LoadBalancerSnapshot.Racing racing = server.racing();
    meters.counter(
        "fairlead.server.races.won",
        "Races won as the server that was asked later.",
        racing.won(),
        labels);
    meters.counter(
        "fairlead.server.races.lost",
        "Races lost to a server that was asked later.",
        racing.lost(),
        labels);
    meters.counter(
        "fairlead.server.hellos.retried",
        "TLS ClientHellos sent to it that another server had not answered.",
        racing.hellosRetried(),
        labels);
    meters.gauge(
        "fairlead.server.connect.delay.seconds",
        "How long a connect is waited for alone.",
        racing.connectDelayNanos() / NANOS_PER_SECOND,
        labels);
    meters.gauge(
        "fairlead.server.hello.delay.seconds",
        "How long the answer to a ClientHello is waited for alone.",
        racing.helloDelayNanos() / NANOS_PER_SECOND,
        labels);
    meters.gauge(
        "fairlead.server.answer.seconds",
        "Mean time of the slowest of a connection's first answers.",
        racing.answerMillis() / MILLIS_PER_SECOND,
        labels);
    meters.gauge(
        "fairlead.server.avoided",
        "1 while new connections go to others because it keeps clients waiting.",
        racing.avoided() ? 1 : 0,
        labels);
    meters.counter(
        "fairlead.server.rebalanced",
        "Sessions closed because it had more than its share.",
        racing.rebalanced(),
        labels);
  }
}
