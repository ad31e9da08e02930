package dev.fairlead.benchmarks.compare;

import dev.fairlead.benchmarks.load.LoadPlan;
import java.util.List;

/** A kind of load and what one unit of it is. */
sealed interface Workload {
  String TWO_THREADS = "two-threads-";

  String name();

  /** One sentence for the report. */
  String title();

  /** The figures that the report shows first, most telling first. */
  List<Metric> headline();

  /** What the proxy's CPU is divided by. */
  enum Unit {
    GIGABYTE,
    REQUEST,
    CONNECTION,
    SECOND
  }

  /**
   * Load that runs steadily while a window is measured.
   *
   * @param plan without its target
   */
  record Steady(String name, String title, Unit unit, LoadPlan plan) implements Workload {
    @Override
    public List<Metric> headline() {
      return switch (unit) {
        case GIGABYTE -> List.of(Metric.CPU_PER_GB, Metric.BUSY_PER_GB, Metric.GBITS);
        case REQUEST ->
            List.of(
                Metric.CPU_PER_REQUEST,
                Metric.BUSY_PER_REQUEST,
                Metric.REQUESTS_PER_SECOND,
                Metric.P50_ADDED,
                Metric.P99_ADDED,
                Metric.P999_ADDED);
        case CONNECTION ->
            List.of(
                Metric.CPU_PER_CONNECTION,
                Metric.BUSY_PER_CONNECTION,
                Metric.CONNECTIONS_PER_SECOND,
                Metric.OPEN_P50,
                Metric.OPEN_P99);
        case SECOND ->
            List.of(
                Metric.CPU_SHARE,
                Metric.BUSY_SHARE,
                Metric.P50_ADDED,
                Metric.P99_ADDED,
                Metric.P999_ADDED,
                Metric.DELIVERED);
      };
    }
  }

  /** HTTP/2 inside TLS that the proxy passes on unread; h2load against nginx. */
  record Tls(String name, String title) implements Workload {
    @Override
    public List<Metric> headline() {
      return List.of(Metric.CPU_PER_REQUEST, Metric.BUSY_PER_REQUEST, Metric.REQUESTS_PER_SECOND);
    }
  }

  /** Memory at start and under connections that do nothing. A fresh process each time. */
  record Idle(String name, String title) implements Workload {
    @Override
    public List<Metric> headline() {
      return List.of(
          Metric.BYTES_PER_IDLE_CONNECTION,
          Metric.IDLE_CONNECTIONS,
          Metric.RSS_START,
          Metric.RSS_IDLE,
          Metric.ANONYMOUS_START,
          Metric.ANONYMOUS_IDLE);
    }
  }

  /** From exec to the first answer through the proxy. A fresh process each time. */
  record Start(String name, String title) implements Workload {
    @Override
    public List<Metric> headline() {
      return List.of(Metric.FIRST_ANSWER);
    }
  }

  /**
   * From exec to the first advertisement of the owner of an address, seen on the wire. Of Fairlead
   * only: keepalived waits to hear others first. A fresh process each time.
   */
  record FirstAdvertisement(String name, String title) implements Workload {
    @Override
    public List<Metric> headline() {
      return List.of(Metric.FIRST_ADVERTISEMENT);
    }
  }

  /**
   * System calls, counted by strace in a run of their own.
   *
   * @param plan whose limit is 1: the connections are made before the counting begins
   * @param counted requests or connections that are made while strace counts
   */
  record SystemCalls(String name, String title, Metric metric, LoadPlan plan, int counted)
      implements Workload {
    @Override
    public List<Metric> headline() {
      return List.of(metric);
    }
  }

  /** All there are, in the order they run. */
  static List<Workload> all() {
    LoadPlan none = LoadPlan.to("0.0.0.0:0");
    int streamRate = 100_000_000;
    return List.of(
        new Steady("bulk8-down", "bulk, 8 downloads", Unit.GIGABYTE, none.withStreams(8, 0, 0)),
        new Steady("bulk8-up", "bulk, 8 uploads", Unit.GIGABYTE, none.withStreams(0, 8, 0)),
        new Steady("bulk1-down", "bulk, 1 download", Unit.GIGABYTE, none.withStreams(1, 0, 0)),
        new Steady("bulk1-up", "bulk, 1 upload", Unit.GIGABYTE, none.withStreams(0, 1, 0)),
        new Steady(
            "bulk96-down",
            "bulk, 96 downloads (more than an unprivileged user's pipe quota)",
            Unit.GIGABYTE,
            none.withStreams(96, 0, 0)),
        new Steady(
            "small64",
            "request/response of 128 bytes on 64 connections",
            Unit.REQUEST,
            none.withConversations(64, 0)),
        new Steady(
            "small512",
            "request/response of 128 bytes on 512 connections",
            Unit.REQUEST,
            none.withConversations(512, 0)),
        new Steady(
            "new-client-closes",
            "new connections, 32 at once, one request each, the client closes first",
            Unit.CONNECTION,
            none.withOpeners(32, 0, false)),
        new Steady(
            "new-server-closes",
            "new connections, 32 at once, one request each, the server closes first",
            Unit.CONNECTION,
            none.withOpeners(32, 0, true)),
        new Steady(
            "paced",
            "one connection at 1,000 requests/s",
            Unit.SECOND,
            none.withConversations(1, 1000)),
        new Tls("tls", "TLS pass-through: HTTP/2, 16 connections, 10 streams each (h2load, nginx)"),
        new Steady(
            "mixed",
            "all at once: 2 + 2 streams of 100 MB/s, 10,000 requests/s on 64 connections,"
                + " 1,000 new connections/s",
            Unit.SECOND,
            none.withStreams(2, 2, streamRate)
                .withConversations(64, 10_000)
                .withOpeners(64, 1_000, false)),
        new Idle("idle", "idle connections"),
        new Start("start", "exec to first answer"),
        new FirstAdvertisement(
            "start-vrrp", "exec to first VRRP advertisement, as the address owner (priority 255)"),
        new SystemCalls(
            "calls-request",
            "system calls per request, 64 connections (strace)",
            Metric.CALLS_PER_REQUEST,
            none.withConversations(64, 0).withLimit(1),
            20_000),
        new SystemCalls(
            "calls-connection",
            "system calls per new connection, 16 at once (strace)",
            Metric.CALLS_PER_CONNECTION,
            none.withOpeners(16, 0, false).withLimit(1),
            3_000));
  }

  /** Those that are run once more with two threads, and two CPUs, for each proxy. */
  static List<Workload> withTwoThreads() {
    return all().stream()
        .filter(Steady.class::isInstance)
        .map(Steady.class::cast)
        .filter(steady ->
            List.of("bulk8-down", "bulk8-up", "small64", "small512", "new-client-closes", "mixed")
                .contains(steady.name()))
        .<Workload>map(steady ->
            new Steady(
                TWO_THREADS + steady.name(),
                "two threads: " + steady.title(),
                steady.unit(),
                steady.plan()))
        .toList();
  }

  default boolean isWithTwoThreads() {
    return name().startsWith(TWO_THREADS);
  }
}
