package dev.fairlead.daemon.metrics;

import dev.fairlead.config.Configuration;
import dev.fairlead.config.ConfigurationText;
import dev.fairlead.config.DataPath;
import dev.fairlead.config.ServerConfig.Administrative;
import dev.fairlead.daemon.access.AccessLogStatus;
import dev.fairlead.daemon.hook.HookStatus;
import dev.fairlead.daemon.names.Names;
import dev.fairlead.daemon.track.TrackStatus;
import dev.fairlead.health.CheckResult;
import dev.fairlead.health.Health;
import dev.fairlead.health.HealthChecker;
import dev.fairlead.lb.LoadBalancerSnapshot;
import dev.fairlead.lb.SessionEnd;
import dev.fairlead.vrrp.net.VirtualRouterStatus;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The names, help texts and labels of every meter, in one place.
 *
 * <p>Nothing exists before the first scrape: the registry and the collector beans cost time and
 * memory that a start has no use for. A scrape runs on a thread of its own, never on a loop.
 */
public final class Metrics {

  /** What Prometheus has always understood. */
  public static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";

  private static final String OPEN_METRICS =
      "application/openmetrics-text; version=1.0.0; charset=utf-8";

  private static final double NANOS_PER_SECOND = 1e9;

  private final String version;
  private final ReentrantLock oneScrape = new ReentrantLock();

  /** Guarded by {@link #oneScrape}; null before the first scrape. */
  private @Nullable Meters meters;

  /** Guarded by {@link #oneScrape}: the configuration of the last scrape, and its checksum. */
  private @Nullable Configuration known;

  private long checksum;

  public Metrics(String version) {
    this.version = version;
  }

  /** How punctual a loop beside the data path is. */
  public record LoopLag(String name, long lagNanos) {}

  /**
   * Everything that is measured, at one moment.
   *
   * @param uptimeSeconds of the process
   * @param configuration what is in force
   * @param configurationReloads by whether they succeeded
   * @param logLinesDropped because standard error did not take them
   * @param tracks what is looked at for virtual routers
   * @param hooks who is told of their changes
   * @param realtime whether the control thread is scheduled so
   * @param memoryLocked whether memory is locked
   * @param accessLogs of frontends that have one
   */
  public record View(
      LoadBalancerSnapshot loadBalancer,
      List<HealthChecker.Status> health,
      List<CheckCounters.Totals> checks,
      List<VirtualRouterStatus> virtualRouters,
      List<LoopLag> loops,
      double uptimeSeconds,
      Configuration configuration,
      Map<Boolean, Long> configurationReloads,
      long logLinesDropped,
      List<TrackStatus> tracks,
      List<HookStatus> hooks,
      boolean realtime,
      boolean memoryLocked,
      List<Names.Status> names,
      List<AccessLogStatus> accessLogs) {}

  /**
   * What a scrape is answered with.
   *
   * @param contentType to be sent with it
   */
  public record Exposition(String contentType, String text) {}

  /**
   * All series in the format that {@code accept} prefers; may take milliseconds.
   *
   * @param accept the Accept header; empty = the classic text format
   */
  public Exposition scrape(View view, String accept) {
    String type = accept.contains("application/openmetrics-text") ? OPEN_METRICS : TEXT;
    oneScrape.lock();
    try {
      Meters all = meters == null ? new Meters() : meters;
      meters = all;
      all.begin();
      frontends(all, view.loadBalancer());
      AccessLogMeters.all(all, view.accessLogs());
      backends(all, view);
      checks(all, view.checks());
      names(all, view.names());
      virtualRouters(all, view.virtualRouters());
      TrackMeters.tracks(all, view.tracks());
      TrackMeters.hooks(all, view.hooks());
      loops(all, view);
      process(all, view);
      all.end();
      return new Exposition(type, all.text(type));
    } finally {
      oneScrape.unlock();
    }
  }

  private static void frontends(Meters meters, LoadBalancerSnapshot snapshot) {
    for (LoadBalancerSnapshot.Frontend frontend : snapshot.frontends()) {
      String name = frontend.name();
      meters.gauge(
          "fairlead.frontend.accepting",
          "1 while the listeners of this frontend accept.",
          frontend.accepting() ? 1 : 0,
          "frontend",
          name);
      meters.gauge(
          "fairlead.frontend.sessions", "Sessions now.", frontend.sessions(), "frontend", name);
      meters.gauge(
          "fairlead.frontend.max.connections",
          "Most sessions at once; 0 means no limit of its own.",
          frontend.maxConnections(),
          "frontend",
          name);
      meters.counter(
          "fairlead.frontend.connections",
          "Connections accepted.",
          frontend.connections(),
          "frontend",
          name);
      meters.counter(
          "fairlead.frontend.max.connections.reached",
          "Times the listeners paused at the session limit.",
          frontend.maxConnectionsReached(),
          "frontend",
          name);
      meters.counter(
          "fairlead.frontend.accept.errors",
          "Accepts that failed, e.g. out of descriptors.",
          frontend.acceptErrors(),
          "frontend",
          name);
      meters.counter(
          "fairlead.frontend.bytes.in",
          "Bytes received from clients.",
          frontend.bytesIn(),
          "frontend",
          name);
      meters.counter(
          "fairlead.frontend.bytes.out",
          "Bytes sent to clients.",
          frontend.bytesOut(),
          "frontend",
          name);
      EntranceMeters.frontend(meters, frontend);
      for (SessionEnd end : SessionEnd.values()) {
        meters.counter(
            "fairlead.session.ends",
            "Sessions ended, by reason.",
            frontend.ended().getOrDefault(end, 0L),
            "frontend",
            name,
            "reason",
            label(end));
      }
    }
    LoadBalancerSnapshot.Resources resources = snapshot.resources();
    meters.gauge("fairlead.sessions", "Sessions now, all frontends.", resources.sessions());
    meters.gauge(
        "fairlead.relay.open.sockets", "Client and server sockets open.", resources.openSockets());
    for (Map.Entry<String, Integer> pipes :
        Map.of("in_use", resources.pipesInUse(), "pooled", resources.pipesPooled()).entrySet()) {
      meters.gauge(
          "fairlead.relay.pipes", "Splice pipes.", pipes.getValue(), "state", pipes.getKey());
    }
    meters.counter(
        "fairlead.relay.pipes.refused",
        "Times a direction was copied for want of a pipe.",
        resources.pipesRefused());
    meters.counter(
        "fairlead.relay.buffer.shortages",
        "Times a read waited because there was no buffer for what the other side might not take.",
        resources.bufferShortages());
    for (Map.Entry<String, Integer> buffers :
        Map.of("in_use", resources.buffersInUse(), "pooled", resources.buffersPooled())
            .entrySet()) {
      meters.gauge(
          "fairlead.relay.buffers",
          "Relay buffers.",
          buffers.getValue(),
          "state",
          buffers.getKey());
    }
  }

  private static void backends(Meters meters, View view) {
    for (LoadBalancerSnapshot.Backend backend : view.loadBalancer().backends()) {
      String name = backend.name();
      meters.gauge(
          "fairlead.backend.usable.servers",
          "Servers that take new connections.",
          backend.usableServers(),
          "backend",
          name);
      meters.counter(
          "fairlead.backend.retries",
          "Connection attempts after a failed one.",
          backend.retries(),
          "backend",
          name);
      meters.counter(
          "fairlead.backend.redispatches",
          "Retries that went to another server.",
          backend.redispatches(),
          "backend",
          name);
      PlacementMeters.backend(meters, backend);
      RaceMeters.backend(meters, backend);
      for (LoadBalancerSnapshot.Server server : backend.servers()) {
        server(meters, name, server);
        PlacementMeters.server(meters, name, server);
        RaceMeters.server(meters, name, server);
      }
    }
    for (HealthChecker.Status status : view.health()) {
      for (Health health : Health.values()) {
        meters.gauge(
            "fairlead.server.state",
            "1 for the state that checks have found the server in.",
            status.health() == health ? 1 : 0,
            "backend",
            status.backend(),
            "server",
            status.server(),
            "state",
            label(health));
      }
      if (status.advice().answers() > 0) {
        agent(meters, status);
      }
    }
  }

  private static void agent(Meters meters, HealthChecker.Status status) {
    String[] labels = {"backend", status.backend(), "server", status.server()};
    meters.counter(
        "fairlead.agent.answers",
        "Lines that the agent has said.",
        status.advice().answers(),
        labels);
    meters.gauge(
        "fairlead.agent.down",
        "1 while the agent says that the server is down.",
        status.advice().down() ? 1 : 0,
        labels);
    meters.gauge(
        "fairlead.agent.weight.percent",
        "Share of the configured weight that the agent wants.",
        status.advice().weightPercent().orElse(100),
        labels);
  }

  private static void server(Meters meters, String backend, LoadBalancerSnapshot.Server server) {
    String[] labels = {"backend", backend, "server", server.name()};
    for (Administrative administrative : Administrative.values()) {
      meters.gauge(
          "fairlead.server.administrative.state",
          "1 for what people have decided about the server.",
          server.config().administrative() == administrative ? 1 : 0,
          "backend",
          backend,
          "server",
          server.name(),
          "state",
          label(administrative));
    }
    meters.gauge("fairlead.server.weight", "Weight in force.", server.config().weight(), labels);
    meters.gauge("fairlead.server.sessions", "Sessions now.", server.sessions(), labels);
    meters.counter(
        "fairlead.server.connections", "Connections established.", server.connections(), labels);
    meters.counter(
        "fairlead.server.connect.failures",
        "Connection attempts that failed.",
        server.connectFailures(),
        labels);
    meters.counter(
        "fairlead.server.connect.timeouts",
        "Connection attempts that were not answered in time.",
        server.connectTimeouts(),
        labels);
    meters.counter(
        "fairlead.server.local.failures",
        "Connection attempts that did not leave this node, as for want of a source port.",
        server.localFailures(),
        labels);
    meters.counter(
        "fairlead.server.early.resets",
        "Connections that the server reset before it had sent a byte.",
        server.earlyResets(),
        labels);
    meters.counter(
        "fairlead.server.connect.duration.seconds",
        "Sum of the times that established connections took.",
        server.connectNanos() / NANOS_PER_SECOND,
        labels);
    meters.counter(
        "fairlead.server.bytes.out", "Bytes sent to the server.", server.bytesToServer(), labels);
    meters.counter(
        "fairlead.server.bytes.in",
        "Bytes received from the server.",
        server.bytesFromServer(),
        labels);
  }

  private static void names(Meters meters, List<Names.Status> names) {
    for (Names.Status name : names) {
      String[] labels = {"backend", name.backend(), "name", name.host()};
      meters.gauge(
          "fairlead.server.name.addresses",
          "Addresses that the name of a server stands for.",
          name.addresses().size(),
          labels);
      meters.counter(
          "fairlead.server.name.questions",
          "Questions for the addresses of a name.",
          name.questions(),
          labels);
      meters.counter(
          "fairlead.server.name.failures",
          "Questions that nobody could answer.",
          name.failures(),
          labels);
    }
  }

  private static void checks(Meters meters, List<CheckCounters.Totals> checks) {
    for (CheckCounters.Totals totals : checks) {
      String backend = totals.key().backend();
      String server = totals.key().server();
      for (CheckResult.Outcome outcome : CheckResult.Outcome.values()) {
        meters.counter(
            "fairlead.check.results",
            "Health checks, by how they ended.",
            totals.outcomes().getOrDefault(outcome, 0L),
            "backend",
            backend,
            "server",
            server,
            "outcome",
            label(outcome));
      }
      meters.summary(
          "fairlead.check.duration.seconds",
          "Time that health checks took.",
          totals.count(),
          totals.durationNanos(),
          "backend",
          backend,
          "server",
          server);
    }
  }

  private static void virtualRouters(Meters meters, List<VirtualRouterStatus> routers) {
    for (VirtualRouterStatus router : routers) {
      String name = router.config().name();
      for (VirtualRouterStatus.State state : VirtualRouterStatus.State.values()) {
        meters.gauge(
            "fairlead.vrrp.state",
            "1 for the state the virtual router is in.",
            router.state() == state ? 1 : 0,
            "router",
            name,
            "state",
            label(state));
        meters.counter(
            "fairlead.vrrp.transitions",
            "Changes into a state.",
            router.transitions().getOrDefault(state, 0L),
            "router",
            name,
            "state",
            label(state));
      }
      meters.gauge(
          "fairlead.vrrp.priority", "Priority in force.", router.priority(), "router", name);
      meters.gauge(
          "fairlead.vrrp.released",
          "1 while `fairlead vip release` keeps the router out of mastership.",
          router.released() ? 1 : 0,
          "router",
          name);
      meters.counter(
          "fairlead.vrrp.conflicts",
          "Claims of other hosts to an address that this node held; some are not counted.",
          router.conflicts(),
          "router",
          name);
      meters.counter(
          "fairlead.vrrp.announcements",
          "Gratuitous ARP and neighbour advertisement frames sent.",
          router.announcements(),
          "router",
          name);
      router
          .sent()
          .forEach((kind, count) ->
              meters.counter(
                  "fairlead.vrrp.advertisements.sent",
                  "Advertisements sent.",
                  count,
                  "router",
                  name,
                  "kind",
                  kind));
      router
          .received()
          .forEach((kind, count) ->
              meters.counter(
                  "fairlead.vrrp.advertisements.received",
                  "Advertisements accepted.",
                  count,
                  "router",
                  name,
                  "kind",
                  kind));
      router
          .rejected()
          .forEach((reason, count) ->
              meters.counter(
                  "fairlead.vrrp.rejected",
                  "Datagrams that were no advertisement for us, by reason.",
                  count,
                  "router",
                  name,
                  "reason",
                  reason));
    }
  }

  private static void loops(Meters meters, View view) {
    for (LoadBalancerSnapshot.Loop loop : view.loadBalancer().loops()) {
      lag(meters, loop.name(), loop.lagNanos());
      meters.gauge(
          "fairlead.event.loop.sessions",
          "Sessions that this event loop relays.",
          loop.sessions(),
          "loop",
          loop.name());
      meters.gauge(
          "fairlead.event.loop.io.uring",
          "1 while this event loop reads and writes with io_uring, 0 while with epoll alone.",
          loop.dataPath() == DataPath.IO_URING ? 1 : 0,
          "loop",
          loop.name());
    }
    view.loops().forEach(loop -> lag(meters, loop.name(), loop.lagNanos()));
  }

  private static void lag(Meters meters, String loop, long nanos) {
    meters.gauge(
        "fairlead.event.loop.lag.seconds",
        "How late the loop's last timer was.",
        nanos / NANOS_PER_SECOND,
        "loop",
        loop);
  }

  private void process(Meters meters, View view) {
    meters.gauge("fairlead.build.info", "Always 1.", 1, "version", version);
    meters.gauge("fairlead.uptime.seconds", "Time since start.", view.uptimeSeconds());
    meters.gauge(
        "fairlead.realtime",
        "1 while the control thread is scheduled in real time.",
        view.realtime() ? 1 : 0);
    meters.gauge(
        "fairlead.memory.locked", "1 while memory is locked.", view.memoryLocked() ? 1 : 0);
    meters.gauge(
        "fairlead.configuration.checksum",
        "CRC-32 of what `fairlead status --configuration` prints.",
        checksum(view.configuration()));
    for (boolean succeeded : new boolean[] {true, false}) {
      meters.counter(
          "fairlead.reloads",
          "Reloads of the configuration.",
          view.configurationReloads().getOrDefault(succeeded, 0L),
          "result",
          succeeded ? "succeeded" : "failed");
    }
    meters.counter(
        "fairlead.log.dropped.lines",
        "Log lines that standard error did not take.",
        view.logLinesDropped());
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      meters.summary(
          "fairlead.gc.pause.seconds",
          "Garbage collection pauses.",
          collector.getCollectionCount(),
          collector.getCollectionTime() * 1_000_000,
          "collector",
          collector.getName());
    }
    Runtime runtime = Runtime.getRuntime();
    meters.gauge(
        "fairlead.heap.used.bytes",
        "Heap in use, garbage included.",
        runtime.totalMemory() - runtime.freeMemory());
    meters.gauge("fairlead.heap.max.bytes", "Most heap there can be.", runtime.maxMemory());
    ProcessFacts facts = ProcessFacts.read();
    meters.counter("process.cpu.seconds", "User and system CPU time spent.", facts.cpuSeconds());
    meters.gauge("process.resident.memory.bytes", "Resident memory.", facts.residentBytes());
    meters.gauge("process.open.fds", "Open file descriptors.", facts.openDescriptors());
    meters.gauge("process.max.fds", "Most file descriptors there can be.", facts.maxDescriptors());
    meters.gauge("process.threads", "Threads, as the kernel counts them.", facts.threads());
  }

  /** Of words rather than of bits: the same on every node and after every restart. */
  private long checksum(Configuration configuration) {
    if (!configuration.equals(known)) {
      CRC32 crc = new CRC32();
      crc.update(ConfigurationText.of(configuration).getBytes(StandardCharsets.UTF_8));
      checksum = crc.getValue();
      known = configuration;
    }
    return checksum;
  }

  private static String label(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
