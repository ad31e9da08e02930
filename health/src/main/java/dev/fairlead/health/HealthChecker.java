package dev.fairlead.health;

import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.health.probe.Probe;
import dev.fairlead.health.probe.Probes;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks every server of every backend on schedule and tells what changed.
 *
 * <p>All methods, and the observer, run on the control loop; probes run on their own loop.
 */
public final class HealthChecker implements AutoCloseable {

  /**
   * Checks under way at once, over all backends; the others wait for a free place in order.
   * Hundreds of dead servers must not hold hundreds of descriptors.
   */
  public static final int MAX_CHECKS_UNDER_WAY = 64;

  private static final Logger LOG = LoggerFactory.getLogger(HealthChecker.class);

  /** Called on the control loop. */
  public interface Observer {
    /** Every check, for metrics. */
    void checked(String backend, String server, CheckResult result);

    /**
     * A server's health changed. The checker has logged it.
     *
     * @param reason the result that tipped it
     */
    void changed(String backend, String server, Health before, Health after, CheckResult reason);
  }

  /**
   * One server at this moment.
   *
   * @param lastResult null before the first check
   * @param consecutive results in a row of the last one's kind
   */
  public record Status(
      String backend,
      String server,
      Health health,
      @Nullable CheckResult lastResult,
      int consecutive,
      Duration sinceChange) {}

  /** A server's place; who is there is another one when its address changes. */
  private record Key(String backend, String server) {}

  private final EventLoop control;
  private final EventLoop probes;
  private final Observer observer;
  private final BiFunction<InetSocketAddress, HealthCheckConfig, Probe> probeMaker;
  private final RandomGenerator random;
  private final Queue<WatchedServer> waiting = new ArrayDeque<>();
  private final Set<String> exhaustedBackends = new HashSet<>();
  private Map<Key, WatchedServer> servers = new LinkedHashMap<>();
  private int underWay;
  private boolean closed;

  /**
   * @param control the loop that owns this object
   * @param probes an epoll loop that connects, encrypts and reads; never the control loop, since a
   *     TLS handshake takes milliseconds
   */
  public HealthChecker(EventLoop control, EventLoop probes, Observer observer) {
    this(control, probes, observer, new Probes(probes)::probe, new SplittableRandom());
  }

  HealthChecker(
      EventLoop control,
      EventLoop probes,
      Observer observer,
      BiFunction<InetSocketAddress, HealthCheckConfig, Probe> probeMaker,
      RandomGenerator random) {
    this.control = control;
    this.probes = probes;
    this.observer = observer;
    this.probeMaker = probeMaker;
    this.random = random;
  }

  /**
   * Checks these from now on. Servers whose address and check are unchanged keep their state and
   * schedule; with another check they keep their state and are asked at once; new ones are checked
   * at once; for removed ones the observer hears nothing more.
   */
  public void apply(List<BackendConfig> backends) {
    Map<Key, WatchedServer> before = servers;
    servers = new LinkedHashMap<>();
    for (BackendConfig backend : backends) {
      for (ServerConfig config : backend.servers()) {
        Key key = new Key(backend.name(), config.name());
        WatchedServer known = before.get(key);
        if (known == null || !known.config.address().equals(config.address())) {
          known = new WatchedServer(backend.name(), config, now());
        } else {
          before.remove(key);
        }
        servers.put(key, known);
      }
    }
    before.values().forEach(this::forget);
    for (BackendConfig backend : backends) {
      for (ServerConfig config : backend.servers()) {
        WatchedServer server = servers.get(new Key(backend.name(), config.name()));
        if (server != null) {
          configure(server, config, backend.check());
        }
      }
    }
    exhaustedBackends.retainAll(backends.stream().map(BackendConfig::name).toList());
    backends.forEach(backend -> tellIfExhausted(backend.name()));
  }

  /** Real traffic could not connect: check now, or as soon as the check under way has ended. */
  public void hint(String backend, String server) {
    WatchedServer hinted = servers.get(new Key(backend, server));
    if (hinted != null && hinted.probe != null) {
      hinted.schedule = hinted.schedule.hint(now());
      arm(hinted);
    }
  }

  /** Every server that is known at this moment, checked or not. */
  public List<Status> status() {
    long now = now();
    return servers.values().stream().map(server -> server.status(now)).toList();
  }

  /** Starts no more checks; what is under way ends by itself and is ignored. */
  @Override
  public void close() {
    closed = true;
    servers.values().forEach(this::forget);
    servers = new LinkedHashMap<>();
  }

  private void forget(WatchedServer server) {
    server.generation++;
    server.cancelTimer();
    waiting.remove(server);
  }

  private void configure(WatchedServer server, ServerConfig config, HealthCheckConfig check) {
    boolean sameQuestion = server.asks(config.effectiveCheckAddress(), check);
    server.config = config;
    if (sameQuestion) {
      return;
    }
    // A result that is under way answers the old question.
    server.generation++;
    server.check = check;
    server.rules = ServerHealth.Rules.of(check);
    if (check instanceof HealthCheckConfig.Disabled) {
      server.probe = null;
      server.cancelTimer();
      waiting.remove(server);
      become(server, ServerHealth.unchecked(now()), CheckResult.NOT_CHECKED);
      return;
    }
    server.probe = probeMaker.apply(config.effectiveCheckAddress(), check);
    server.schedule = server.schedule.hint(now());
    arm(server);
  }

  private void arm(WatchedServer server) {
    if (server.schedule.underWay() || waiting.contains(server)) {
      return;
    }
    server.cancelTimer();
    if (server.schedule.isDue(now())) {
      begin(server);
      return;
    }
    long delay = server.schedule.dueAt() - now();
    server.timer = control.schedule(() -> arm(server), delay, TimeUnit.NANOSECONDS);
  }

  private void begin(WatchedServer server) {
    Probe probe = server.probe;
    if (closed || probe == null) {
      return;
    }
    if (underWay >= MAX_CHECKS_UNDER_WAY) {
      waiting.add(server);
      return;
    }
    underWay++;
    server.schedule = server.schedule.started(now());
    int generation = server.generation;
    post(
        probes,
        () -> probe.run(result -> post(control, () -> finished(server, generation, result))));
  }

  private void finished(WatchedServer server, int generation, CheckResult result) {
    underWay--;
    if (closed) {
      return;
    }
    WatchedServer next = waiting.poll();
    if (next != null) {
      begin(next);
    }
    long now = now();
    if (generation == server.generation) {
      observe(server, result, now);
    }
    // Also when it is not checked any more: a later reload may want it checked again.
    server.schedule =
        server.schedule.finished(server.state.isSettled(), server.timing(), random, now);
    if (server.probe != null && isCurrent(server)) {
      arm(server);
    }
  }

  private boolean isCurrent(WatchedServer server) {
    return servers.get(new Key(server.backend, server.config.name())) == server;
  }

  private void observe(WatchedServer server, CheckResult result, long now) {
    server.lastResult = result;
    observer.checked(server.backend, server.config.name(), result);
    tellIfNotRun(server, result);
    ServerHealth before = server.state;
    ServerHealth after = before.observe(result, server.rules, now);
    if (after.health() == before.health() && after.failures() > before.failures()) {
      LOG.debug(
          "check of server {} failed: {}, {} in a row", server, result.detail(), after.failures());
    }
    become(server, after, result);
    if (after.forbiddenAlive() && !before.forbiddenAlive()) {
      LOG.warn(
          "server {} answers its check with HTTP 403 and counts as alive;"
              + " give the check a client certificate or a token",
          server);
    }
  }

  private void become(WatchedServer server, ServerHealth after, CheckResult reason) {
    Health before = server.state.health();
    server.state = after;
    if (after.health() == before) {
      return;
    }
    log(server, before, reason);
    tellIfExhausted(server.backend);
    observer.changed(server.backend, server.config.name(), before, after.health(), reason);
  }

  private void log(WatchedServer server, Health before, CheckResult reason) {
    ServerHealth state = server.state;
    int usable = usable(server.backend);
    String first = before == Health.UNKNOWN ? "first check" : "";
    switch (state.health()) {
      case UP ->
          LOG.info(
              "server {} is UP: {} in {} ms, {}; {} usable",
              server,
              reason.detail(),
              reason.duration().toMillis(),
              first.isEmpty()
                  ? state.successes() + " of " + server.rules.rise() + " passed"
                  : first,
              usable);
      case STARTING ->
          LOG.info(
              "server {} is STARTING (answers, but is not ready): {}; {} usable",
              server,
              reason.detail(),
              usable);
      case UNREADY, DEAD ->
          LOG.warn(
              "server {} is DOWN ({}): {}, {}; {} usable left",
              server,
              state.health() == Health.DEAD ? "dead" : "unready",
              reason.detail(),
              first.isEmpty() ? state.failures() + " failed in a row" : first,
              usable);
      case UNKNOWN -> {
        // Nothing leads back to it.
      }
    }
  }

  /** ERROR once when the last usable server is gone, INFO when there is one again. */
  private void tellIfExhausted(String backend) {
    int usable = usable(backend);
    if (usable > 0) {
      if (exhaustedBackends.remove(backend)) {
        LOG.info("backend {} has a usable server again", backend);
      }
      return;
    }
    boolean undecided =
        servers.values().stream()
            .anyMatch(server ->
                server.backend.equals(backend) && server.state.health() == Health.UNKNOWN);
    if (!undecided && exhaustedBackends.add(backend)) {
      LOG.error("backend {} has no usable server", backend);
    }
  }

  /** The servers of a backend share their check's files: one line tells it for all of them. */
  private void tellIfNotRun(WatchedServer server, CheckResult result) {
    if (result.outcome() != CheckResult.Outcome.NOT_RUN) {
      server.notRun = null;
      return;
    }
    boolean told =
        servers.values().stream()
            .anyMatch(other ->
                other.backend.equals(server.backend) && result.detail().equals(other.notRun));
    server.notRun = result.detail();
    if (!told) {
      LOG.warn("checks of backend {} cannot run: {}", server.backend, result.detail());
    }
  }

  private int usable(String backend) {
    return (int)
        servers.values().stream()
            .filter(server -> server.backend.equals(backend) && server.isUsable())
            .count();
  }

  private long now() {
    return control.ticker().nanoTime();
  }

  private static void post(EventLoop loop, Runnable task) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException e) {
      // The process is ending, and nobody waits for this check.
      return;
    }
  }
}
