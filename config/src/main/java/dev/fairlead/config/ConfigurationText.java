package dev.fairlead.config;

import dev.fairlead.config.HealthCheckConfig.Timing;
import dev.fairlead.config.HealthCheckConfig.TlsSettings;
import dev.fairlead.config.ServerConfig.Administrative;
import dev.fairlead.config.VirtualRouterConfig.Transport;
import dev.fairlead.config.VirtualRouterConfig.VirtualAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A configuration in words: what this process would do on this node. For people, not for parsers.
 */
public final class ConfigurationText {

  private ConfigurationText() {}

  /** Several lines, each ending with a newline. */
  public static String of(Configuration configuration) {
    StringBuilder text = new StringBuilder();
    for (FrontendConfig frontend : configuration.frontends()) {
      frontend(text, frontend);
      configuration.backend(frontend.backend()).ifPresent(backend -> backend(text, backend));
    }
    for (VirtualRouterConfig router : configuration.virtualRouters()) {
      router(text, router);
      TracksText.of(router.track(), configuration.tracks()).forEach(item -> line(text, 1, item));
    }
    configuration.hooks().forEach(hook -> line(text, 0, TracksText.of(hook)));
    admin(text, configuration);
    return text.toString();
  }

  private static void frontend(StringBuilder text, FrontendConfig frontend) {
    line(
        text,
        0,
        "frontend %s listens on %s, leads to backend %s"
            .formatted(
                frontend.name(), EdgeText.listeners(frontend.listeners()), frontend.backend()));
    line(
        text,
        1,
        "connections: %s, backlog %d, client idle timeout %s, half-closed timeout %s"
            .formatted(
                frontend.maxConnections() == 0
                    ? "no limit"
                    : "at most " + frontend.maxConnections(),
                frontend.backlog(),
                orNone(frontend.clientIdleTimeout()),
                orNone(frontend.halfClosedTimeout())));
    line(text, 1, "TCP with clients: " + EdgeText.of(frontend.tcp()));
    EdgeText.lines(frontend).forEach(sentence -> line(text, 1, sentence));
    frontend.accessLog().ifPresent(log -> line(text, 1, AccessLogText.of(log)));
  }

  private static void backend(StringBuilder text, BackendConfig backend) {
    line(
        text,
        0,
        "backend %s: %s, connect timeout %s, retries %d%s, server idle timeout %s"
            .formatted(
                backend.name(),
                switch (backend.balance()) {
                  case ROUND_ROBIN -> "round robin";
                  case LEAST_CONNECTIONS -> "least connections";
                  case RANDOM -> "the better of two random servers";
                  case SOURCE -> "by the client's address";
                  case FIRST -> "the first server that is not full";
                },
                DurationText.of(backend.connectTimeout()),
                backend.retries(),
                backend.redispatchAfter() == 1
                    ? ""
                    : ", %d attempts on each server".formatted(backend.redispatchAfter()),
                orNone(backend.serverIdleTimeout())));
    for (ServerConfig server : backend.servers()) {
      String address = IpText.text(server.address());
      String check =
          server.checkAddress().map(other -> ", checked at " + IpText.text(other)).orElse("")
              + server.agentAddress().map(other -> ", agent at " + IpText.text(other)).orElse("");
      String state =
          server.administrative() == Administrative.READY
              ? ""
              : ", " + server.administrative().name().toLowerCase(Locale.ROOT);
      String limit =
          server.maxConnections() == 0
              ? ""
              : ", at most " + server.maxConnections() + " connections";
      line(
          text,
          1,
          "%s %s%s, weight %d%s%s%s"
              .formatted(
                  server.backup() ? "backup server" : "server",
                  server.name(),
                  isNamedByAddress(server)
                      ? ", port " + server.address().getPort()
                      : " at " + address,
                  server.weight(),
                  limit,
                  state,
                  check));
    }
    placement(text, backend);
    RaceText.lines(backend).forEach(sentence -> line(text, 1, sentence));
    line(text, 1, "check: %s".formatted(check(backend.check())));
    line(text, 1, "TCP with servers: " + EdgeText.of(backend.tcp()));
    EdgeText.lines(backend).forEach(sentence -> line(text, 1, sentence));
    SupervisionText.lines(backend).forEach(sentence -> line(text, 1, sentence));
    line(
        text,
        1,
        "while no server is usable: %s"
            .formatted(
                switch (backend.allDown()) {
                  case TRY_ANYWAY -> "try all of them anyway";
                  case REFUSE -> "refuse connections";
                }));
    line(
        text,
        1,
        "sessions of a dead server are closed "
            + (backend.closeRate() == 0
                ? "all at once"
                : "at %d per second".formatted(backend.closeRate())));
  }

  private static void placement(StringBuilder text, BackendConfig backend) {
    PlacementConfig placement = backend.placement();
    line(
        text,
        1,
        placement.slowStart().isZero()
            ? "a recovered server has its full weight at once"
            : "a recovered server reaches its full weight within "
                + DurationText.of(placement.slowStart()));
    if (backend.hasLimits()) {
      String most =
          placement.maxConnections() == 0
              ? "connections: as many as the servers may have"
              : "connections: at most " + placement.maxConnections() + " on all servers together";
      QueueConfig queue = placement.queue();
      line(
          text,
          1,
          queue.size() == 0
              ? most + "; those beyond are refused"
              : "%s; beyond, %d may wait for %s each%s"
                  .formatted(
                      most,
                      queue.size(),
                      DurationText.of(queue.timeout()),
                      queue.leaveOnEnd() ? "" : ", also when they have ended their side"));
    }
    placement
        .stickTable()
        .ifPresent(table ->
            line(
                text,
                1,
                "clients (IPv4 /%d, IPv6 /%d) stick to their server%s, %d at most; %s%s"
                    .formatted(
                        table.ipv4Prefix(),
                        table.ipv6Prefix(),
                        table.expire().isZero()
                            ? ""
                            : " for " + DurationText.of(table.expire()) + " after each use",
                        table.size(),
                        switch (table.serverDown()) {
                          case REDISPATCH -> "when it is down they stick to another";
                          case RETURN -> "when it is down they come back to it later";
                        },
                        switch (table.serverFull()) {
                          case WAIT -> "";
                          case REDISPATCH -> ", when it is full they stick to another";
                        })));
  }

  private static boolean isNamedByAddress(ServerConfig server) {
    InetSocketAddress address = server.address();
    return !address.isUnresolved() && server.name().equals(IpText.text(address.getAddress()));
  }

  private static String check(HealthCheckConfig check) {
    return switch (check) {
      case HealthCheckConfig.Command(Timing timing, List<String> command) ->
          "command " + String.join(" ", command) + ", " + timing(timing);
      case HealthCheckConfig.Disabled() -> "none, servers always count as usable";
      case HealthCheckConfig.Tcp(Timing timing) -> "TCP connect, " + timing(timing);
      case HealthCheckConfig.Tls(Timing timing, TlsSettings tls) ->
          "TLS handshake, " + tls(tls) + ", " + timing(timing);
      case HealthCheckConfig.Http http ->
          (http.tls().isPresent() ? "HTTPS" : "HTTP")
              + " GET "
              + http.path()
              + http.fallbackPath().map(path -> " (" + path + " where that is 404)").orElse("")
              + http.host().map(host -> " of host " + host).orElse("")
              + " expects "
              + http.expectedStatuses().stream()
                  .map(range ->
                      range.first() == range.last()
                          ? String.valueOf(range.first())
                          : range.first() + "-" + range.last())
                  .collect(Collectors.joining(", "))
              + (http.startupGrace().isZero()
                  ? ""
                  : " (403: not ready for %s after a start)"
                      .formatted(DurationText.of(http.startupGrace())))
              + http.tls().map(tls -> ", " + tls(tls)).orElse("")
              + http.bearerTokenFile().map(file -> ", token from " + file).orElse("")
              + ", "
              + (http.checksPerConnection() == 1
                  ? "a connection for each, "
                  : http.checksPerConnection() + " on one connection, ")
              + timing(http.timing());
    };
  }

  private static String tls(TlsSettings tls) {
    return tls.caFile().map(file -> "verified with " + file).orElse("not verified")
        + tls.serverName().map(name -> ", server name " + name).orElse("")
        + tls.certificateFile().map(file -> ", client certificate " + file).orElse("")
        + tls.keyFile().map(file -> " with key " + file).orElse("");
  }

  private static String timing(Timing timing) {
    return "every "
        + DurationText.of(timing.interval())
        + " ("
        + DurationText.of(timing.fastInterval())
        + " while changing), timeout "
        + DurationText.of(timing.timeout())
        + ", rise "
        + timing.rise()
        + ", fall "
        + timing.fall()
        + ", jitter "
        + Math.round(100 * timing.jitter())
        + "%";
  }

  private static void router(StringBuilder text, VirtualRouterConfig router) {
    line(
        text,
        0,
        "virtual router %s: %s on %s"
            .formatted(
                router.name(),
                router.addresses().stream()
                    .map(ConfigurationText::virtualAddress)
                    .collect(Collectors.joining(", ")),
                router.interfaceName()));
    line(
        text,
        1,
        "VRRPv%d, router-id %d, priority %d, an advertisement every %s"
            .formatted(
                router.wire().version(),
                router.routerId(),
                router.election().priority(),
                DurationText.of(router.wire().advertisementInterval())));
    line(
        text,
        1,
        "%s%s, %s"
                .formatted(
                    switch (router.wire().transport()) {
                      case Transport.Multicast() ->
                          "multicast to " + (router.ipv6() ? "ff02::12" : "224.0.0.18");
                      case Transport.Unicast(List<InetAddress> peers) ->
                          "unicast to "
                              + peers.stream().map(IpText::text).collect(Collectors.joining(", "))
                              + " (a keepalived on multicast does not hear it)";
                    },
                    router
                        .wire()
                        .sourceAddress()
                        .map(source -> " from " + IpText.text(source))
                        .orElse(""),
                    router.wire().password().isPresent() ? "with password" : "no password")
            + wire(router));
    line(
        text,
        1,
        (router.election().preempt()
                ? "preempts a lower priority after "
                    + DurationText.of(router.election().preemptDelay())
                : "does not preempt a sitting master")
            + start(router.election()));
    router
        .election()
        .syncGroup()
        .ifPresent(group -> line(text, 1, "moves together with the others of sync group " + group));
    line(
        text,
        1,
        "gratuitous ARP: %d on takeover, %s, %s, %s"
                .formatted(
                    router.announcements().count(),
                    router.announcements().secondDelay().isZero()
                        ? "no second burst"
                        : "again after " + DurationText.of(router.announcements().secondDelay()),
                    router.announcements().refresh().isZero()
                        ? "no refresh"
                        : "one every " + DurationText.of(router.announcements().refresh()),
                    router.announcements().repeatDelay().isZero()
                        ? "not repeated after a sign of another master"
                        : "repeated %s after a sign of another master"
                            .formatted(DurationText.of(router.announcements().repeatDelay())))
            + form(router));
    line(text, 1, deadMan(router));
    VirtualRouterConfig.Track track = router.track();
    line(
        text,
        1,
        "gives the address up without %s%s"
            .formatted(
                track.frontends().isEmpty()
                    ? "its interface"
                    : "its listeners and "
                        + track.minUsableServers()
                        + (track.minUsableServers() == 1
                            ? " usable server of "
                            : " usable servers of ")
                        + joined(track.frontends()),
                track.maxEventLoopStall().isZero()
                    ? ""
                    : ", or when an event loop stands still for "
                        + DurationText.of(track.maxEventLoopStall())));
  }

  /** How the addresses go when this process, or its machine, does not. */
  private static String deadMan(VirtualRouterConfig router) {
    VirtualRouterConfig.DeadMan deadMan = router.deadMan();
    return "dead-man switches: %s, lease filter %s, %s; connections on an address that goes are %s"
        .formatted(
            deadMan.addressLifetime() ? "address lifetimes" : "no address lifetimes",
            deadMan.leaseFilter().name().toLowerCase(Locale.ROOT),
            deadMan.clockJump() ? "a clock jump is a pause" : "a clock jump is no pause",
            router.resetSockets() ? "reset" : "left alone");
  }

  /** What differs from what everybody expects. */
  private static String wire(VirtualRouterConfig router) {
    VirtualRouterConfig.Wire wire = router.wire();
    boolean alone =
        wire.version() == 3
            && !router.ipv6()
            && wire.checksum() == VirtualRouterConfig.Checksum.RFC9568;
    return (alone ? ", checksums as in RFC 9568" : "")
        + (wire.minHopLimit() < VirtualRouterConfig.Wire.DIRECT
            ? ", accepted with a hop limit of %d and more".formatted(wire.minHopLimit())
            : "");
  }

  private static String start(VirtualRouterConfig.Election election) {
    return (election.startupDelay().isZero()
            ? ""
            : ", starts after " + DurationText.of(election.startupDelay()))
        + (election.initialState() == VirtualRouterConfig.InitialState.MASTER
            ? ", at its start takes over after one silent interval"
            : "");
  }

  private static String form(VirtualRouterConfig router) {
    String form =
        switch (router.announcements().form()) {
          case REQUEST -> "";
          case REPLY -> ", as replies";
          case BOTH -> ", as request and reply";
        };
    return (router.announcements().heartbeat().isZero()
            ? ""
            : ", one with an advertisement every %s at most"
                .formatted(DurationText.of(router.announcements().heartbeat())))
        + (router.ipv6() ? "" : form)
        + (router.ipv6() && router.announcements().routerFlag() ? ", with the router flag" : "")
        + (router.announcements().defend() ? "" : ", claims of others are not looked for");
  }

  private static String virtualAddress(VirtualAddress address) {
    return address
        + address.label().map(label -> " label " + label).orElse("")
        + address.interfaceName().map(name -> " on " + name).orElse("")
        + (address.scope() == VirtualRouterConfig.Scope.GLOBAL
            ? ""
            : " scope " + address.scope().name().toLowerCase(Locale.ROOT))
        + (address.advertised() ? "" : " (not advertised)");
  }

  private static void admin(StringBuilder text, Configuration configuration) {
    AdminConfig admin = configuration.admin();
    line(
        text,
        0,
        "metrics on %s, probes on %s, control socket %s"
            .formatted(listener(admin.metrics()), listener(admin.probes()), admin.controlSocket()));
    line(
        text,
        0,
        "log: %s, %s and above"
            .formatted(
                configuration.log().format().name().toLowerCase(Locale.ROOT),
                configuration.log().level().name().toLowerCase(Locale.ROOT)));
    ProcessConfig process = configuration.process();
    line(
        text,
        0,
        "event loops: %s, data path %s, drain on stop %s"
            .formatted(
                process.eventLoops() == 0 ? "one for each CPU" : process.eventLoops(),
                process.dataPath().name().toLowerCase(Locale.ROOT).replace('_', '-'),
                orNone(process.drain())));
    if (process.realtime() || process.lockMemory()) {
      line(
          text,
          0,
          "process: %s%s%s"
              .formatted(
                  process.realtime() ? "control thread in real time" : "",
                  process.realtime() && process.lockMemory() ? ", " : "",
                  process.lockMemory() ? "memory locked" : ""));
    }
  }

  private static String listener(Optional<ListenerConfig> listener) {
    return listener.map(ListenerConfig::toString).orElse("none");
  }

  private static String orNone(Duration duration) {
    return duration.isZero() ? "none" : DurationText.of(duration);
  }

  private static String joined(List<?> list) {
    return list.stream().map(Object::toString).collect(Collectors.joining(", "));
  }

  private static void line(StringBuilder text, int indent, String sentence) {
    text.append("  ".repeat(indent)).append(sentence).append('\n');
  }
}
