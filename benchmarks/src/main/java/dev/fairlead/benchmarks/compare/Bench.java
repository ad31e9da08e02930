package dev.fairlead.benchmarks.compare;

import dev.fairlead.benchmarks.load.LoadClient;
import dev.fairlead.benchmarks.load.LoadPlan;
import dev.fairlead.benchmarks.load.LoadServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The bench: lab, load client, load server, TLS server, and one running instance of each contender.
 *
 * <p>Instances live as long as the bench, so that the JVM among them is as warm as it is in
 * production, and take turns; the workloads about starting and memory use fresh ones.
 */
final class Bench implements AutoCloseable {
  private static final Duration SETTLE = Duration.ofMillis(150);

  /** Idle connections have been idle for a while: what opening them took has been given back. */
  private static final Duration IDLE_SETTLE = Duration.ofSeconds(12);

  /** Until "at start": checks have been made, and what only starting takes is given back. */
  private static final Duration START_SETTLE = Duration.ofSeconds(10);

  private static final Duration IDLE_PATIENCE = Duration.ofSeconds(20);
  private static final Duration STRACE_PATIENCE = Duration.ofSeconds(60);
  private static final int FIRST_PORT = 7000;
  private static final int FRESH_PORT = 8000;
  private static final int PORTS_EACH = 10;
  private static final double NANOS = 1e9;
  private static final double MIB = 1 << 20;
  private static final Pattern H2LOAD_REQUESTS =
      Pattern.compile("requests: (\\d+) total, \\d+ started, (\\d+) done, (\\d+) succeeded");
  private static final Pattern H2LOAD_RATE = Pattern.compile("finished in [^,]+, ([0-9.]+) req/s");

  private final Settings settings;
  private final Lab lab;
  private final Path directory;
  private final String certificate;
  private final Generator server;
  private final Generator client;
  private final Process tlsServer;
  private final Map<String, Instance> instances = new HashMap<>();
  private int nextPort = FIRST_PORT;
  private int nextFreshPort = FRESH_PORT;

  /** Of the bare server, in the same workload and round. */
  private Map<Metric, Double> direct = Map.of();

  private double directBusyShare;

  Bench(Settings settings, Lab lab, Path directory) {
    this.settings = settings;
    this.lab = lab;
    this.directory = directory;
    this.certificate = directory.resolve("tls.crt").toString();
    server =
        new Generator(
            inNamespace(lab.server(), List.of(settings.serverCpu())),
            LoadServer.class,
            Integer.toString(Compare.SERVER_PORT));
    client =
        new Generator(inNamespace(lab.client(), List.of(settings.clientCpu())), LoadClient.class);
    tlsServer = startTlsServer();
  }

  private List<String> inNamespace(String namespace, List<Integer> cpus) {
    String limit = settings.descriptors() + ":" + settings.descriptors();
    return List.of(
        "ip",
        "netns",
        "exec",
        namespace,
        "taskset",
        "-c",
        cpus.stream().map(String::valueOf).collect(Collectors.joining(",")),
        "prlimit",
        "--nofile=" + limit);
  }

  private Process startTlsServer() {
    String key = directory.resolve("tls.key").toString();
    Command.run(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=fairlead-benchmark",
        "-addext",
        "subjectAltName=DNS:fairlead-benchmark",
        "-keyout",
        key,
        "-out",
        certificate);
    String configuration =
        """
        daemon off;
        master_process off;
        pid %1$s/tls.pid;
        error_log %1$s/tls.log crit;
        events { worker_connections 1024; }
        http {
          access_log off;
          keepalive_requests 100000000;
          server {
            listen %2$d ssl http2;
            ssl_certificate %3$s;
            ssl_certificate_key %4$s;
            location / { return 200 "ok"; }
          }
        }
        """
            .formatted(directory, Compare.TLS_SERVER_PORT, certificate, key);
    try {
      Path file = directory.resolve("tls.conf");
      Files.writeString(file, configuration);
      List<String> words =
          new ArrayList<>(inNamespace(lab.server(), List.of(settings.serverCpu())));
      words.addAll(List.of("nginx", "-p", directory.toString(), "-c", file.toString()));
      return new ProcessBuilder(words)
          .redirectErrorStream(true)
          .redirectOutput(directory.resolve("tls.output").toFile())
          .start();
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  /** The machine's own work while nothing is loaded, as shares of the proxies' CPUs. */
  double idleBusyShare() {
    long before = CpuClock.idleNanos(settings.proxyCpus());
    long from = System.nanoTime();
    Command.pause(Duration.ofSeconds(1));
    return busyShare(before, CpuClock.idleNanos(settings.proxyCpus()), System.nanoTime() - from);
  }

  private double busyShare(long idleBefore, long idleAfter, long wallNanos) {
    double cpus = settings.proxyCpus().size();
    return Math.max(0, cpus - (idleAfter - idleBefore) / (double) wallNanos);
  }

  /** Starts what takes turns in the steady workloads. */
  void start(List<Contender> contenders) {
    for (Contender contender : contenders) {
      instances.put(contender.name(), start(contender, false));
    }
  }

  private Instance start(Contender contender, boolean fresh) {
    return start(contender, fresh, settings.proxyCpus());
  }

  /** As the service manager starts it: on every CPU there is. */
  private Instance startUnpinned(Contender contender) {
    return start(contender, true, Settings.allCpus());
  }

  private Instance start(Contender contender, boolean fresh, List<Integer> cpus) {
    int port = fresh ? nextFreshPort : nextPort;
    if (fresh) {
      nextFreshPort += PORTS_EACH;
    } else {
      nextPort += PORTS_EACH;
    }
    Contender.Place place =
        new Contender.Place(
            directory.resolve(contender.name() + "-" + port),
            port,
            settings.threads(),
            settings.descriptors(),
            certificate);
    List<String> before = new ArrayList<>(inNamespace(lab.proxy(), cpus));
    String owner = settings.user().orElse("root");
    if (settings.user().isPresent()) {
      before.addAll(
          List.of(
              "setpriv",
              "--reuid",
              owner,
              "--regid",
              group(owner),
              "--clear-groups",
              // As in fairlead.service; none of them lifts the quota of pipes.
              "--inh-caps",
              "+net_raw,+net_admin,+net_bind_service",
              "--ambient-caps",
              "+net_raw,+net_admin,+net_bind_service"));
    }
    return Instance.start(contender, place, before, owner, client);
  }

  private static String group(String user) {
    return Command.run("id", "-gn", user).strip();
  }

  /** Whether the figure makes sense for this contender at all. */
  static boolean applies(Workload workload, Contender contender) {
    boolean direct = contender instanceof Contender.Direct;
    return switch (workload) {
      case Workload.Steady s -> true;
      case Workload.Tls t -> true;
      case Workload.SystemCalls s -> !direct;
      case Workload.Idle i -> !direct && !contender.equals(new Contender.Haproxy(true));
      case Workload.Start s -> !direct && !contender.equals(new Contender.Haproxy(true));
      case Workload.FirstAdvertisement f -> contender instanceof Contender.Fairlead;
    };
  }

  Measurement measure(Workload workload, Contender contender, int round) {
    Figures figures = new Figures(new EnumMap<>(Metric.class), new HashMap<>());
    if (contender instanceof Contender.Direct) {
      direct = Map.of();
      directBusyShare = 0;
    }
    switch (workload) {
      case Workload.Steady steady -> steady(steady, instance(contender), figures);
      case Workload.Tls tls -> tls(instance(contender), figures);
      case Workload.SystemCalls calls -> systemCalls(calls, instance(contender), figures);
      case Workload.Idle idle -> {
        try (Instance fresh = start(contender, true)) {
          idle(fresh, figures);
        }
      }
      case Workload.Start start -> {
        try (Instance fresh = startUnpinned(contender)) {
          figures.values().put(Metric.FIRST_ANSWER, fresh.millisToFirstAnswer());
        }
      }
      case Workload.FirstAdvertisement first ->
          firstAdvertisement(((Contender.Fairlead) contender).owning(), figures);
    }
    if (contender instanceof Contender.Direct) {
      direct = Map.copyOf(figures.values());
    }
    if (settings.isShared()) {
      figures
          .values()
          .keySet()
          .removeAll(
              List.of(
                  Metric.BUSY_PER_GB,
                  Metric.BUSY_PER_REQUEST,
                  Metric.BUSY_PER_CONNECTION,
                  Metric.BUSY_SHARE));
    }
    if (figures.values().values().stream().anyMatch(value -> !Double.isFinite(value))) {
      figures.remarks().put("error", "nothing came through in round " + round);
    }
    return new Measurement(
        workload.name(), contender.name(), round, figures.values(), figures.remarks());
  }

  private record Figures(Map<Metric, Double> values, Map<String, String> remarks) {}

  /** One that has died is a result worth telling, but must not end the comparison. */
  private Instance instance(Contender contender) {
    @Nullable Instance instance = instances.get(contender.name());
    if (instance == null || !instance.isAlive()) {
      instance = start(contender, false);
      instances.put(contender.name(), instance);
    }
    return instance;
  }

  private record Sample(long atNanos, long cpuNanos, long idleNanos, Answer client, Answer server) {

    long sent(String counter, Sample before) {
      return client.of(counter) - before.client.of(counter);
    }

    long served(String counter, Sample before) {
      return server.of(counter) - before.server.of(counter);
    }
  }

  private Sample sample(Instance instance) {
    Answer clientCounters = client.ask("read");
    Answer serverCounters = server.ask("read");
    return new Sample(
        System.nanoTime(),
        CpuClock.usedNanos(instance.pids()),
        CpuClock.idleNanos(settings.proxyCpus()),
        clientCounters,
        serverCounters);
  }

  private void steady(Workload.Steady workload, Instance instance, Figures figures) {
    LoadPlan plan = workload.plan().withTarget(instance.target());
    Sample before;
    Sample after;
    client.ask("start " + plan.line());
    try {
      Command.pause(settings.warmUp());
      client.ask("mark");
      before = sample(instance);
      Command.pause(settings.window());
      after = sample(instance);
    } finally {
      client.ask("stop");
    }
    Command.pause(SETTLE);
    if (plan.openers() > 0) {
      lab.forgetClosedConnections();
    }
    double seconds = (after.atNanos() - before.atNanos()) / NANOS;
    double cpu = (after.cpuNanos() - before.cpuNanos()) / NANOS;
    double busyShare =
        busyShare(before.idleNanos(), after.idleNanos(), after.atNanos() - before.atNanos());
    boolean proxied = !instance.pids().isEmpty();
    if (!proxied) {
      directBusyShare = busyShare;
    }
    double busy = Math.max(0, busyShare - directBusyShare) * seconds;
    long requests = after.sent("requests", before);
    long opened = after.sent("opened", before);
    long messages = (requests + opened) * plan.messageBytes();
    long down = after.sent("received", before) - messages;
    long up = after.served("received", before) - messages;
    Map<Metric, Double> values = figures.values();
    values.put(Metric.FAILED, (double) after.client().of("failed"));
    switch (workload.unit()) {
      case GIGABYTE -> {
        double gigabytes = (plan.uploads() > 0 ? up : down) / 1e9;
        values.put(Metric.GBITS, gigabytes * 8 / seconds);
        if (proxied) {
          values.put(Metric.CPU_PER_GB, cpu / gigabytes);
          values.put(Metric.BUSY_PER_GB, busy / gigabytes);
        }
      }
      case REQUEST -> {
        values.put(Metric.REQUESTS_PER_SECOND, requests / seconds);
        latency(after, values);
        if (proxied) {
          latencyAdded(values);
          values.put(Metric.CPU_PER_REQUEST, cpu * 1e6 / requests);
          values.put(Metric.BUSY_PER_REQUEST, busy * 1e6 / requests);
        }
      }
      case CONNECTION -> {
        values.put(Metric.CONNECTIONS_PER_SECOND, opened / seconds);
        openLatency(after, values);
        if (proxied) {
          values.put(Metric.CPU_PER_CONNECTION, cpu * 1e6 / opened);
          values.put(Metric.BUSY_PER_CONNECTION, busy * 1e6 / opened);
        }
      }
      case SECOND -> {
        latency(after, values);
        double delivered = share(requests, plan.requestRate(), seconds);
        if (plan.openers() > 0) {
          openLatency(after, values);
          delivered = Math.min(delivered, share(opened, plan.openRate(), seconds));
        }
        delivered = Math.min(delivered, share(down, plan.downloads() * plan.streamRate(), seconds));
        delivered = Math.min(delivered, share(up, plan.uploads() * plan.streamRate(), seconds));
        values.put(Metric.DELIVERED, 100 * delivered);
        if (proxied) {
          values.put(Metric.CPU_SHARE, 100 * cpu / seconds);
          values.put(Metric.BUSY_SHARE, 100 * busy / seconds);
          latencyAdded(values);
        }
      }
    }
  }

  private static double share(long done, long perSecond, double seconds) {
    return perSecond == 0 ? 1 : Math.min(1, done / (perSecond * seconds));
  }

  private static void latency(Sample after, Map<Metric, Double> values) {
    values.put(Metric.P50, after.client().of("requestP50") / 1e3);
    values.put(Metric.P99, after.client().of("requestP99") / 1e3);
    values.put(Metric.P999, after.client().of("requestP999") / 1e3);
  }

  private static void openLatency(Sample after, Map<Metric, Double> values) {
    values.put(Metric.OPEN_P50, after.client().of("openP50") / 1e3);
    values.put(Metric.OPEN_P99, after.client().of("openP99") / 1e3);
  }

  private void latencyAdded(Map<Metric, Double> values) {
    added(values, Metric.P50, Metric.P50_ADDED);
    added(values, Metric.P99, Metric.P99_ADDED);
    added(values, Metric.P999, Metric.P999_ADDED);
  }

  private void added(Map<Metric, Double> values, Metric whole, Metric added) {
    Double ours = values.get(whole);
    Double bare = direct.get(whole);
    if (ours != null && bare != null) {
      values.put(added, ours - bare);
    }
  }

  private void tls(Instance instance, Figures figures) {
    long seconds = Math.max(1, settings.window().toSeconds());
    List<String> words = new ArrayList<>(inNamespace(lab.client(), List.of(settings.clientCpu())));
    words.addAll(
        List.of(
            "h2load",
            "-D",
            Long.toString(seconds),
            "-c",
            "16",
            "-m",
            "10",
            "-t",
            "1",
            "https://" + instance.tlsTarget() + "/"));
    long cpuBefore = CpuClock.usedNanos(instance.pids());
    long idleBefore = CpuClock.idleNanos(settings.proxyCpus());
    long from = System.nanoTime();
    String output = Command.run(words, Duration.ofSeconds(seconds + 20));
    long wall = System.nanoTime() - from;
    long idleAfter = CpuClock.idleNanos(settings.proxyCpus());
    double cpu = (CpuClock.usedNanos(instance.pids()) - cpuBefore) / NANOS;
    double busyShare = busyShare(idleBefore, idleAfter, wall);
    Matcher requests = H2LOAD_REQUESTS.matcher(output);
    Matcher rate = H2LOAD_RATE.matcher(output);
    if (!requests.find() || !rate.find()) {
      throw new IllegalStateException("h2load said: " + output);
    }
    double done = Double.parseDouble(requests.group(3));
    Map<Metric, Double> values = figures.values();
    values.put(Metric.REQUESTS_PER_SECOND, Double.parseDouble(rate.group(1)));
    values.put(Metric.FAILED, Double.parseDouble(requests.group(2)) - done);
    if (instance.pids().isEmpty()) {
      directBusyShare = busyShare;
    } else {
      values.put(Metric.CPU_PER_REQUEST, cpu * 1e6 / done);
      values.put(
          Metric.BUSY_PER_REQUEST,
          Math.max(0, busyShare - directBusyShare) * wall / NANOS * 1e6 / done);
    }
  }

  /** tcpdump and the shell that becomes the proxy read the same clock. */
  private void firstAdvertisement(Contender contender, Figures figures) {
    List<String> words = new ArrayList<>(inNamespace(lab.client(), List.of(settings.clientCpu())));
    words.addAll(List.of("tcpdump", "-n", "-tt", "-l", "-c", "1", "-i", "toproxy", "ip proto 112"));
    Path seen = directory.resolve("advertisement");
    Path messages = directory.resolve("tcpdump.output");
    try {
      Process tcpdump =
          new ProcessBuilder(words)
              .redirectOutput(seen.toFile())
              .redirectError(messages.toFile())
              .start();
      try {
        await(messages, "listening on");
        try (Instance fresh = startUnpinned(contender)) {
          if (!tcpdump.waitFor(5, TimeUnit.SECONDS)) {
            throw new IllegalStateException("no advertisement within 5 s");
          }
          double seenAtMicros =
              Double.parseDouble(Files.readString(seen).strip().split(" ")[0]) * 1e6;
          figures
              .values()
              .put(Metric.FIRST_ADVERTISEMENT, (seenAtMicros - fresh.startedAtMicros()) / 1000);
        }
      } finally {
        tcpdump.destroy();
      }
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", interrupted);
    }
  }

  private static void await(Path file, String word) throws IOException {
    long until = System.nanoTime() + 5_000_000_000L;
    while (!Files.readString(file).contains(word) && System.nanoTime() - until < 0) {
      Command.pause(Duration.ofMillis(20));
    }
  }

  private void idle(Instance instance, Figures figures) {
    Command.pause(START_SETTLE);
    Memory before = Memory.of(instance.pids());
    int wanted = settings.idleConnections();
    client.ask("start " + LoadPlan.to(instance.target()).withIdle(wanted).line());
    long open = 0;
    long failed = 0;
    try {
      long until = System.nanoTime() + IDLE_PATIENCE.toNanos();
      while (open < wanted && System.nanoTime() - until < 0) {
        Command.pause(Duration.ofMillis(100));
        Answer counters = client.ask("read");
        open = counters.of("idle");
        failed = counters.of("failed");
      }
      Command.pause(IDLE_SETTLE);
      Memory after = Memory.of(instance.pids());
      Map<Metric, Double> values = figures.values();
      values.put(Metric.FAILED, (double) failed);
      values.put(Metric.IDLE_CONNECTIONS, (double) open);
      values.put(Metric.RSS_START, before.rss() / MIB);
      values.put(Metric.RSS_IDLE, after.rss() / MIB);
      values.put(Metric.ANONYMOUS_START, before.anonymous() / MIB);
      values.put(Metric.ANONYMOUS_IDLE, after.anonymous() / MIB);
      if (open > 0) {
        values.put(Metric.BYTES_PER_IDLE_CONNECTION, (after.pss() - before.pss()) / (double) open);
      }
    } finally {
      client.ask("stop");
    }
    lab.forgetClosedConnections();
  }

  private void systemCalls(Workload.SystemCalls workload, Instance instance, Figures figures) {
    String counter = workload.metric() == Metric.CALLS_PER_REQUEST ? "requests" : "opened";
    Path table = directory.resolve("strace.txt");
    Path messages = directory.resolve("strace.output");
    client.ask("start " + workload.plan().withTarget(instance.target()).line());
    try {
      Command.pause(Duration.ofMillis(500));
      Process strace =
          new ProcessBuilder(
                  "strace",
                  "-f",
                  "-c",
                  "-o",
                  table.toString(),
                  "-p",
                  instance.pids().stream().map(String::valueOf).collect(Collectors.joining(",")))
              .redirectErrorStream(true)
              .redirectOutput(messages.toFile())
              .start();
      long done;
      try {
        awaitAttached(messages);
        long before = client.ask("read").of(counter);
        client.ask("more " + workload.counted());
        long until = System.nanoTime() + STRACE_PATIENCE.toNanos();
        do {
          Command.pause(Duration.ofMillis(100));
          done = client.ask("read").of(counter) - before;
        } while (done < workload.counted() && System.nanoTime() - until < 0);
      } finally {
        // SIGTERM makes strace detach and print its table.
        strace.destroy();
        if (!strace.waitFor(5, TimeUnit.SECONDS)) {
          strace.destroyForcibly();
        }
      }
      StraceSummary summary = StraceSummary.parse(Files.readString(table));
      figures.values().put(workload.metric(), summary.total() / (double) done);
      figures.remarks().put("calls", summary.perUnit(done));
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", interrupted);
    } finally {
      client.ask("stop");
    }
    lab.forgetClosedConnections();
  }

  private static void awaitAttached(Path messages) throws IOException {
    await(messages, "attached");
    // A process with many threads is attached thread by thread.
    Command.pause(Duration.ofMillis(300));
  }

  /** What a contender's program says of itself. */
  static Optional<String> version(Contender contender) {
    return switch (contender) {
      case Contender.Direct d -> Optional.empty();
      case Contender.Haproxy h -> Command.tryRun("haproxy", "-v").map(Bench::firstLine);
      case Contender.NginxStream n -> Command.tryRun("nginx", "-v").map(Bench::firstLine);
      case Contender.Fairlead f ->
          Command.tryRun(f.launcher().toString(), "version").map(Bench::firstLine);
      case Contender.Variant v ->
          Command.tryRun(v.launcher().toString(), "version").map(Bench::firstLine);
    };
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("").strip();
  }

  @Override
  public void close() {
    instances.values().forEach(Instance::close);
    tlsServer.destroy();
    client.close();
    server.close();
  }
}
