package dev.fairlead.health;

import dev.fairlead.config.AgentConfig;
import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.CheckWay;
import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.health.CheckResult.Outcome;
import dev.fairlead.health.SharedCheck.Question;
import dev.fairlead.health.probe.Probe;
import dev.fairlead.health.probe.Probes;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks every server of every backend on schedule and tells what changed.
 *
 * <p>Servers whose checks ask the same of the same address share them: one probe, several servers
 * that hear its answer, each with a state of its own.
 *
 * <p>All methods, and the observer, run on the control loop; probes run on their own loop. What a
 * probe throws ends that check, which then counts as not run; what a decision throws is handed to
 * {@code broken}, since the state of this object is unknown after it.
 */
public final class HealthChecker implements AutoCloseable {

  /** Checks under way at once, over all backends; the others wait for a free place in order. */
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

    /**
     * A dead server's host has not given a sign either for long enough: its sessions wait for
     * nobody. Comes after {@link #changed}, once, until it is something else than dead.
     */
    void gone(String backend, String server);

    /** The agent of a server wants something else than before. The checker has logged it. */
    void advised(String backend, String server, AgentAdvice advice);
  }

  /**
   * One server at this moment.
   *
   * @param lastResult null before the first check
   * @param consecutive results in a row of the last one's kind
   * @param advice what its agent says
   */
  public record Status(
      String backend,
      String server,
      Health health,
      @Nullable CheckResult lastResult,
      int consecutive,
      Duration sinceChange,
      AgentAdvice advice) {}

  /** A server's place; who is there is another one when its address changes. */
  private record Key(String backend, String server) {

    // By hand: the generated ones take milliseconds of the start.

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Key key && backend.equals(key.backend) && server.equals(key.server);
    }

    @Override
    public int hashCode() {
      return 31 * backend.hashCode() + server.hashCode();
    }
  }

  private final EventLoop control;
  private final EventLoop probes;
  private final Observer observer;
  private final Probe.Maker probeMaker;
  private final RandomGenerator random;
  private final Consumer<Throwable> broken;
  private final Slots slots = new Slots(MAX_CHECKS_UNDER_WAY);
  private final AgentChecks agents;
  private final Set<String> exhaustedBackends = new HashSet<>();
  private final Map<Question, SharedCheck> checks = new LinkedHashMap<>();
  private Map<Key, WatchedServer> servers = new LinkedHashMap<>();
  private boolean closed;

  /**
   * Checks nothing yet.
   *
   * @param control the loop that owns this object
   * @param probes an epoll loop that connects, encrypts and reads; never the control loop, since a
   *     TLS handshake takes milliseconds
   * @param broken called with what a decision threw: nothing is known any more, and all that is
   *     left to do is {@link #close}
   */
  public HealthChecker(
      EventLoop control, EventLoop probes, Observer observer, Consumer<Throwable> broken) {
    this(control, probes, observer, broken, new Probes(probes), new SplittableRandom());
  }

  private HealthChecker(
      EventLoop control,
      EventLoop probes,
      Observer observer,
      Consumer<Throwable> broken,
      Probes maker,
      RandomGenerator random) {
    this(control, probes, observer, broken, maker, maker::agent, random);
  }

  HealthChecker(
      EventLoop control,
      EventLoop probes,
      Observer observer,
      Consumer<Throwable> broken,
      Probe.Maker probeMaker,
      BiFunction<InetSocketAddress, AgentConfig, Probe> agentMaker,
      RandomGenerator random) {
    this.control = control;
    this.probes = probes;
    this.observer = observer;
    this.broken = broken;
    this.probeMaker = probeMaker;
    this.random = random;
    this.agents =
        new AgentChecks(control, probes, slots, agentMaker, random, this::advised, broken);
  }

  /**
   * Checks these from now on. Servers whose address and check are unchanged keep their state and
   * schedule; with another check they keep their state and are asked at once; new ones are checked
   * at once, or know what is known where somebody asks the same already; for removed ones the
   * observer hears nothing more.
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
    before.values().forEach(HealthChecker::leave);
    Map<WatchedServer, AgentChecks.Question> agentsOf = new LinkedHashMap<>();
    for (BackendConfig backend : backends) {
      for (ServerConfig config : backend.servers()) {
        WatchedServer server = servers.get(new Key(backend.name(), config.name()));
        if (server == null) {
          continue;
        }
        configure(server, config, backend);
        backend
            .supervision()
            .agent()
            .ifPresent(agent ->
                agentsOf.put(
                    server,
                    new AgentChecks.Question(config.effectiveAgentAddress(agent.port()), agent)));
      }
    }
    checks.values().removeIf(check -> check.watchers.isEmpty() && drop(check));
    agents.apply(agentsOf);
    for (WatchedServer server : servers.values()) {
      if (!agentsOf.containsKey(server)) {
        advised(server, AgentAdvice.NONE);
      }
    }
    exhaustedBackends.retainAll(backends.stream().map(BackendConfig::name).toList());
    backends.forEach(backend -> tellIfExhausted(backend.name()));
  }

  /**
   * Real traffic could not connect: check now, or as soon as the check under way has ended, on a
   * new connection. A no to that check means that the server has restarted.
   */
  public void hint(String backend, String server) {
    WatchedServer hinted = servers.get(new Key(backend, server));
    if (hinted != null) {
      hinted.state = hinted.state.suspected();
      hint(hinted.check);
    }
  }

  /**
   * Connections of clients to this server have failed, so many in a row.
   *
   * @return whether the limit of {@code observe} has been reached, and its consequence has been
   *     drawn: the counting starts anew
   */
  public boolean trafficFailed(String backend, String server, int inARow) {
    WatchedServer failing = servers.get(new Key(backend, server));
    if (failing == null
        || failing.check == null
        || failing.observe.errors() == 0
        || inARow < failing.observe.errors()) {
      return false;
    }
    CheckResult reason =
        new CheckResult(
            Outcome.TRAFFIC_FAILED,
            inARow + " connections of clients failed in a row",
            0,
            Duration.ZERO);
    if (failing.state.health() == Health.UP) {
      LOG.info("server {}: {}", failing, reason.detail());
      long now = now();
      switch (failing.observe.onError()) {
        case CHECK -> {}
        case FAIL_CHECK ->
            become(failing, failing.state.observe(reason, failing.rules, now), reason);
        case SUDDEN_DEATH -> failing.state = failing.state.onProbation(failing.rules);
        case MARK_DOWN -> become(failing, failing.state.markedDown(failing.rules, now), reason);
      }
    }
    hint(failing.check);
    return true;
  }

  private void hint(@Nullable SharedCheck check) {
    if (check != null && !check.dropped) {
      check.fresh = true;
      check.schedule = check.schedule.hint(now());
      arm(check);
    }
  }

  /** A connection that was kept for the next check is gone: so may be the server. */
  private void connectionBroke(Question question) {
    SharedCheck check = checks.get(question);
    if (check != null && !closed) {
      check.watchers.forEach(server -> server.state = server.state.suspected());
      hint(check);
    }
  }

  /** Whether that server is dead, and its host gives no sign either. */
  public boolean isGone(String backend, String server) {
    WatchedServer known = servers.get(new Key(backend, server));
    return known != null && known.toldGone;
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
    checks.values().forEach(this::drop);
    checks.clear();
    agents.close();
    servers = new LinkedHashMap<>();
  }

  private static void leave(WatchedServer server) {
    if (server.check != null) {
      server.check.watchers.remove(server);
      server.check = null;
    }
  }

  private boolean drop(SharedCheck check) {
    check.dropped = true;
    check.cancelTimer();
    Turn.post(probes, check.probe::close);
    return true;
  }

  private void configure(WatchedServer server, ServerConfig config, BackendConfig backend) {
    HealthCheckConfig wanted = backend.check();
    CheckWay way = CheckWay.of(backend.outgoing(), config);
    server.observe = backend.supervision().observe();
    boolean sameQuestion =
        server.checkConfig != null
            && wanted.equals(server.checkConfig)
            && server.way.equals(way)
            && server.config.effectiveCheckAddress().equals(config.effectiveCheckAddress());
    server.config = config;
    server.way = way;
    if (sameQuestion) {
      return;
    }
    leave(server);
    server.checkConfig = wanted;
    server.rules = ServerHealth.Rules.of(wanted);
    if (wanted instanceof HealthCheckConfig.Disabled) {
      become(server, ServerHealth.unchecked(now()), CheckResult.NOT_CHECKED);
      return;
    }
    join(server, new Question(config.effectiveCheckAddress(), wanted, way));
  }

  private void join(WatchedServer server, Question question) {
    SharedCheck check = checks.get(question);
    if (check == null) {
      Runnable lost =
          () -> Turn.post(control, Turn.guarded(() -> connectionBroke(question), broken));
      Probe probe = probeMaker.probe(question.address(), question.check(), question.way(), lost);
      check = new SharedCheck(question, probe, now());
      checks.put(question, check);
    }
    server.check = check;
    check.watchers.add(server);
    WatchedServer peer = check.watchers.getFirst();
    CheckResult known = peer.lastResult;
    if (server.state.health() == Health.UNKNOWN && known != null) {
      server.lastResult = known;
      become(server, peer.state, known);
    } else {
      hint(check);
    }
  }

  private void arm(SharedCheck check) {
    if (check.dropped || check.schedule.underWay()) {
      return;
    }
    check.cancelTimer();
    if (check.schedule.isDue(now())) {
      // From here on it counts as under way, also while it waits for a place.
      check.schedule = check.schedule.started(now());
      slots.take(() -> begin(check));
      return;
    }
    long delay = check.schedule.dueAt() - now();
    check.timer =
        control.schedule(Turn.guarded(() -> arm(check), broken), delay, TimeUnit.NANOSECONDS);
  }

  private void begin(SharedCheck check) {
    if (check.dropped) {
      slots.give();
      return;
    }
    boolean fresh = check.fresh || !check.isSettled();
    check.fresh = false;
    check.schedule = check.schedule.started(now());
    new Turn(control, probes, broken, result -> finished(check, result))
        .start(check.probe, fresh, check.timing().timeout());
  }

  private void finished(SharedCheck check, CheckResult result) {
    slots.give();
    if (check.dropped) {
      return;
    }
    long now = now();
    List.copyOf(check.watchers).forEach(server -> observe(server, result, now));
    check.schedule = check.schedule.finished(check.isSettled(), check.timing(), random, now);
    arm(check);
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
    server.state = after;
    tell(server, reason, first(server) ? "first check" : counts(server));
    tellIfGone(server, reason);
  }

  private void tellIfGone(WatchedServer server, CheckResult reason) {
    boolean gone = server.isGone();
    if (gone && !server.toldGone) {
      LOG.info("sessions of server {} are closed: {}", server, reason.detail());
      observer.gone(server.backend, server.config.name());
    }
    // A refusal between two silences does not bring its sessions back.
    server.toldGone = gone || (server.toldGone && server.state.health() == Health.DEAD);
  }

  private static boolean first(WatchedServer server) {
    return server.told == Health.UNKNOWN;
  }

  private static String counts(WatchedServer server) {
    ServerHealth state = server.state;
    return state.health() == Health.UP
        ? state.successes() + " of " + server.rules.rise() + " passed"
        : state.failures() + " failed in a row";
  }

  private void advised(WatchedServer server, AgentAdvice next) {
    AgentAdvice before = server.advice;
    server.advice = next;
    if (next.isLike(before)) {
      return;
    }
    if (!next.equals(AgentAdvice.NONE)) {
      LOG.info("the agent of server {} says: {}", server, next.lastAnswer());
    }
    tell(
        server,
        new CheckResult(
            next.down() ? Outcome.UNEXPECTED_STATUS : Outcome.OK,
            "the agent says " + next.lastAnswer(),
            0,
            Duration.ZERO),
        "agent");
    observer.advised(server.backend, server.config.name(), next);
    tellIfExhausted(server.backend);
  }

  /** Tells what health has become, if that is news. */
  private void tell(WatchedServer server, CheckResult reason, String count) {
    Health before = server.told;
    Health after = server.health();
    if (after == before) {
      return;
    }
    server.told = after;
    server.toldAt = now();
    log(server, reason, count);
    tellIfExhausted(server.backend);
    observer.changed(server.backend, server.config.name(), before, after, reason);
  }

  private void log(WatchedServer server, CheckResult reason, String count) {
    int usable = usable(server.backend);
    switch (server.health()) {
      case UP ->
          LOG.info(
              "server {} is UP: {} in {} ms, {}; {} usable",
              server,
              reason.detail(),
              reason.duration().toMillis(),
              count,
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
              server.health() == Health.DEAD ? "dead" : "unready",
              reason.detail(),
              count,
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
            .anyMatch(server -> server.backend.equals(backend) && server.told == Health.UNKNOWN);
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
}
