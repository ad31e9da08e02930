package dev.fairlead.benchmarks.soak;

import dev.fairlead.benchmarks.compare.Answer;
import dev.fairlead.benchmarks.compare.Command;
import dev.fairlead.benchmarks.compare.Generator;
import dev.fairlead.benchmarks.compare.Lab;
import dev.fairlead.benchmarks.compare.SafepointLog;
import dev.fairlead.benchmarks.load.LoadClient;
import dev.fairlead.benchmarks.load.LoadPlan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * One soak: a mixed load all the time, one fault after the other, then silence, in which nothing
 * may be left.
 *
 * <p>Two clients. The steady one asks, streams, opens and keeps connections, and shows whether
 * there is service at all. The restless one is stopped in the middle of everything again and again
 * (a socket closed with bytes unread is a reset), and frozen, which makes it a slow reader.
 *
 * <p>What there is after one round of all faults and a rest is the measure for the end: pools are
 * filled, classes loaded, code compiled.
 */
public final class SoakRun implements AutoCloseable {
  private static final int SERVERS = 3;
  private static final int DESCRIPTORS = 8192;
  private static final long STREAM_BYTES_PER_SECOND = 20_000_000;
  private static final int REQUESTS_PER_SECOND = 2000;
  private static final int OPENED_PER_SECOND = 400;

  /**
   * Share of the requests, or of the new connections, that must come through in each step, whatever
   * fault there is. Of either: after two kills every old connection may be on the server that
   * freezes, and only new ones can avoid it.
   */
  private static final double LEAST_SERVICE = 0.33;

  private static final Duration SAMPLE = Duration.ofMillis(500);
  private static final Duration REST = Duration.ofSeconds(20);

  /** How often the restless client begins anew within a step that is its own. */
  private static final int RESTARTS = 4;

  private final Lab lab;
  private final Servers servers;
  private final Generator steady;
  private final Generator restless;
  private final Balancer balancer;
  private final Consumer<String> progress;
  private final List<String> problems = new ArrayList<>();
  private final List<Long> residentBytes = new ArrayList<>();
  private int faults;
  private int reloads;
  private boolean other;

  /** A fault, and its end. */
  private record Step(String name, Runnable begin, Runnable end) {}

  /**
   * Builds the lab and starts everything; {@link #close} takes it down.
   *
   * @param launcher bin/fairlead of a distribution
   * @param prefix of the namespaces' names, unique on this host
   * @param directory for files of the run
   * @param progress told what is going on
   */
  public SoakRun(Path launcher, String prefix, Path directory, Consumer<String> progress) {
    this.progress = progress;
    lab = new Lab(prefix, "reno");
    Runtime.getRuntime().addShutdownHook(new Thread(lab::close, "remove-lab"));
    try {
      lab.build();
      servers = new Servers(SERVERS, in(lab.server()));
      steady = new Generator(in(lab.client()), LoadClient.class);
      restless = new Generator(in(lab.client()), LoadClient.class);
      balancer = Balancer.start(launcher, lab, directory, servers.ports());
    } catch (RuntimeException broken) {
      lab.close();
      throw broken;
    }
  }

  private static List<String> in(String namespace) {
    return List.of(
        "ip", "netns", "exec", namespace, "prlimit", "--nofile=" + DESCRIPTORS + ":" + DESCRIPTORS);
  }

  /**
   * Runs it.
   *
   * @param time of load and faults after the warm-up
   * @param step how long each fault lasts
   */
  public Verdict run(Duration time, Duration step) {
    List<Step> steps = steps();
    progress.accept("warm-up: every fault once");
    begin();
    steps.forEach(each -> perform(each, step));
    silence();
    reloadToTheFirst();
    Level before = rest(Level.ANY);
    residentBytes.clear();
    SafepointLog pausesBefore = balancer.pauses();
    long ended = balancer.metrics().sum("fairlead_session_ends_total");

    progress.accept("load and faults for " + time.toSeconds() + " s");
    begin();
    long until = System.nanoTime() + time.toNanos();
    for (int i = 0; System.nanoTime() - until < 0 && balancer.isAlive(); i++) {
      perform(steps.get(i % steps.size()), step);
    }
    Answer counters = steady.ask("read");
    silence();
    reloadToTheFirst();
    Level after = rest(before);
    awaitServers();
    Exposition metrics = balancer.metrics();
    SafepointLog pauses = balancer.pauses().without(pausesBefore);
    judge(before, after, metrics);
    Flatness flatness = Flatness.of(residentBytes);
    if (!flatness.isFlat()) {
      problems.add("memory grows: " + flatness.text());
    }
    List<String> facts =
        List.of(
            "%d s of load, %d faults, %d reloads".formatted(time.toSeconds(), faults, reloads),
            "%d sessions; steady client: %d requests, %d new connections, %d failed by faults"
                .formatted(
                    metrics.sum("fairlead_session_ends_total") - ended,
                    counters.of("requests"),
                    counters.of("opened"),
                    counters.of("failed")),
            "before: " + before.text(),
            "after:  " + after.text(),
            flatness.text(),
            "longest pause of the JVM %.1f ms (%d), of the collector %.1f ms (%d)"
                .formatted(
                    pauses.longestMillis(),
                    pauses.nanos().size(),
                    pauses.longestCollectionMillis(),
                    pauses.collectionNanos().size()));
    return new Verdict(facts, problems);
  }

  private List<Step> steps() {
    return List.of(
        new Step("server m1 dies", () -> servers.kill(0), () -> servers.restart(0)),
        new Step("a reload adds a frontend", this::reload, () -> {}),
        new Step("server m2 freezes", () -> servers.freeze(1), () -> servers.thaw(1)),
        new Step("clients reset", () -> {}, this::restartRestless),
        new Step(
            "clients stop reading",
            () -> restless.signal("STOP"),
            () -> {
              restless.signal("CONT");
              restartRestless();
            }),
        new Step(
            "server m3 dies and a reload comes", this::killAndReload, () -> servers.restart(2)));
  }

  /** The other configuration has a frontend more, and so more listening sockets. */
  private void reloadToTheFirst() {
    if (other) {
      reload();
    }
  }

  private void reload() {
    other = !other;
    reloads++;
    balancer.reload(other);
  }

  private void killAndReload() {
    servers.kill(2);
    reload();
  }

  private void restartRestless() {
    for (int i = 0; i < RESTARTS; i++) {
      restless.ask("start " + restlessPlan().line());
      Command.pause(Duration.ofMillis(100));
    }
  }

  private static LoadPlan plan() {
    return LoadPlan.to(Lab.PROXY_ADDRESS + ":" + Balancer.PORT);
  }

  private static LoadPlan restlessPlan() {
    return plan()
        .withStreams(4, 4, STREAM_BYTES_PER_SECOND)
        .withConversations(50, 500)
        .withOpeners(20, 100, true)
        .withIdle(50);
  }

  private void begin() {
    steady.ask(
        "start "
            + plan()
                .withStreams(2, 2, STREAM_BYTES_PER_SECOND)
                .withConversations(64, REQUESTS_PER_SECOND)
                .withOpeners(64, OPENED_PER_SECOND, false)
                .withIdle(200)
                .line());
    restless.ask("start " + restlessPlan().line());
  }

  private void silence() {
    steady.ask("stop");
    restless.ask("stop");
  }

  private void perform(Step step, Duration length) {
    Answer before = steady.ask("read");
    long from = System.nanoTime();
    faults++;
    step.begin().run();
    sample(length);
    step.end().run();
    Answer after = steady.ask("read");
    double seconds = (System.nanoTime() - from) / 1e9;
    double requests = (after.of("requests") - before.of("requests")) / seconds;
    double opened = (after.of("opened") - before.of("opened")) / seconds;
    String served =
        "%-34s %6.0f requests/s, %4.0f new connections/s".formatted(step.name(), requests, opened);
    progress.accept(
        served + ", resident %.1f MiB".formatted(balancer.residentBytes() / (double) (1 << 20)));
    if (Math.max(requests / REQUESTS_PER_SECOND, opened / OPENED_PER_SECOND) < LEAST_SERVICE) {
      problems.add("too little service: " + served);
    }
  }

  private void sample(Duration length) {
    long until = System.nanoTime() + length.toNanos();
    while (System.nanoTime() - until < 0) {
      residentBytes.add(balancer.residentBytes());
      Command.pause(SAMPLE);
    }
  }

  /** Waits until there is no session, and no descriptor more than that many. */
  private Level rest(Level allowed) {
    long until = System.nanoTime() + REST.toNanos();
    Level level = Level.of(balancer.metrics(), balancer.openJars());
    // Checks come and go, so the smallest number of descriptors counts.
    for (int calm = 0; calm < 5 && System.nanoTime() - until < 0; ) {
      Command.pause(Duration.ofMillis(100));
      Level now = Level.of(balancer.metrics(), balancer.openJars());
      level = now.inUse() > 0 ? now : level.inUse() > 0 ? now : level.least(now);
      calm = level.inUse() == 0 && level.descriptors() <= allowed.descriptors() ? calm + 1 : 0;
    }
    return level;
  }

  /** The last fault may have been a kill, and a check has to find the server again. */
  private void awaitServers() {
    long until = System.nanoTime() + REST.toNanos();
    while (usableServers(balancer.metrics()) != SERVERS && System.nanoTime() - until < 0) {
      Command.pause(Duration.ofMillis(100));
    }
  }

  private static long usableServers(Exposition metrics) {
    return metrics.of("fairlead_backend_usable_servers{backend=\"api\"}");
  }

  private void judge(Level before, Level after, Exposition metrics) {
    if (!balancer.isAlive()) {
      problems.add("Fairlead has ended: " + balancer.log());
    }
    if (after.inUse() > 0) {
      problems.add("still in use: " + after.text());
    }
    if (after.descriptors() > before.descriptors()) {
      problems.add(
          "%d descriptors more than before".formatted(after.descriptors() - before.descriptors()));
    }
    for (String reason : List.of("internal", "resources")) {
      long ends =
          metrics.series().entrySet().stream()
              .filter(series ->
                  series.getKey().startsWith("fairlead_session_ends_total")
                      && series.getKey().contains("\"" + reason + "\""))
              .mapToLong(series -> series.getValue().longValue())
              .sum();
      if (ends > 0) {
        problems.add(ends + " sessions ended by " + reason);
      }
    }
    long failed = metrics.of("fairlead_reloads_total{result=\"failed\"}");
    long succeeded = metrics.of("fairlead_reloads_total{result=\"succeeded\"}");
    if (failed > 0 || succeeded != reloads) {
      problems.add(
          "%d reloads, of which %d succeeded and %d failed".formatted(reloads, succeeded, failed));
    }
    if (usableServers(metrics) != SERVERS) {
      problems.add("not all servers are usable again");
    }
    balancer.errors().forEach(line -> problems.add("it logged: " + line));
  }

  @Override
  public void close() {
    steady.close();
    restless.close();
    balancer.close();
    servers.close();
    lab.close();
  }
}
