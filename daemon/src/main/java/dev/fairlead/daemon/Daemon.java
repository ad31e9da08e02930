package dev.fairlead.daemon;

import dev.fairlead.config.Configuration;
import dev.fairlead.config.FrontendConfig;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.config.TrackConfig;
import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.daemon.Participant.Prepared;
import dev.fairlead.daemon.Participant.RefusedException;
import dev.fairlead.daemon.StatusReport.LastReload;
import dev.fairlead.daemon.StatusReport.Phase;
import dev.fairlead.daemon.access.AccessLogs;
import dev.fairlead.daemon.admin.AdminHttp;
import dev.fairlead.daemon.admin.ControlClient;
import dev.fairlead.daemon.admin.ControlSocket;
import dev.fairlead.daemon.hook.Hooks;
import dev.fairlead.daemon.log.Logging;
import dev.fairlead.daemon.metrics.CheckCounters;
import dev.fairlead.daemon.metrics.Metrics;
import dev.fairlead.daemon.names.Names;
import dev.fairlead.daemon.track.NodeTracks;
import dev.fairlead.health.AgentAdvice;
import dev.fairlead.health.CheckResult;
import dev.fairlead.health.Health;
import dev.fairlead.health.HealthChecker;
import dev.fairlead.lb.Advice;
import dev.fairlead.lb.Availability;
import dev.fairlead.lb.ListenException;
import dev.fairlead.lb.LoadBalancer;
import dev.fairlead.lb.LoadBalancerSnapshot;
import dev.fairlead.lb.SessionLog;
import dev.fairlead.vrrp.net.VirtualRouterStatus;
import dev.fairlead.vrrp.net.VirtualRouters;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process: knows every module, and is the only one that does. Its life from start to stop is
 * told here in one piece, which is why the file is longer than others.
 *
 * <p>Fields without another word belong to the control loop. What follows the configuration is a
 * {@link Participant}; their order is the order of a start: listeners first, because clients wait
 * for nothing else, then the election, then checks (whose first results let the election begin),
 * then whoever only watches.
 */
final class Daemon {

  private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

  /** Beyond the drain time: what a stop may take in all before it is cut short. */
  private static final Duration STOP_MARGIN = Duration.ofSeconds(10);

  /** How long a stop waits for those who are told of it, after everything else has ended. */
  private static final Duration HOOK_LIMIT = Duration.ofSeconds(5);

  /** What letting go of the addresses may take when everything ends at once. */
  private static final Duration RELEASE_LIMIT = Duration.ofMillis(300);

  /** The part of it that lines of sessions which have ended may take to be written. */
  private static final Duration LINES_LIMIT = Duration.ofMillis(100);

  private final BuildFacts build;
  private final ConfigurationSource source;
  private final Logging logging;
  private final Notify notify;
  private final long startedAtNanos = System.nanoTime();

  private final ServiceLoop control = new ServiceLoop("control", this::broken);
  private final ServiceLoop probes = new ServiceLoop("probes", this::broken);

  private final AccessLogs accessLogs;
  private final LoadBalancer loadBalancer;
  private final VirtualRouters virtualRouters;
  private final HealthChecker healthChecker;
  private final NodeTracks nodeTracks;
  private final Tracks tracks;
  private final Hooks hooks;
  private final Scheduling scheduling = new Scheduling(Scheduling.Linux::new);
  private final AdminHttp adminHttp;
  private final CheckCounters checkCounters = new CheckCounters();
  private final Desk desk;
  private final AddressFile addressFile;
  private final Names names;
  private final NamedServers namedServers;
  private final Participant checks;
  private final List<Participant> participants;
  private final Reload reload;

  private final String hostName = Transitions.hostName();
  private final Map<Boolean, Long> reloads = new HashMap<>();
  private Optional<LastReload> lastReload = Optional.empty();
  private long watchdogAtNanos = startedAtNanos;
  private boolean closed;

  /** Set by the starting thread before anybody else looks. */
  private volatile @Nullable ControlSocket controlSocket;

  /** Hints that are on their way to the control loop; a dead server fails thousands of connects. */
  private final Set<CheckCounters.Key> hintsUnderWay = ConcurrentHashMap.newKeySet();

  private final Set<CheckCounters.Key> resetsUnderWay = ConcurrentHashMap.newKeySet();

  private volatile Configuration running;
  private volatile Phase phase = Phase.STARTING;
  private final CompletableFuture<Integer> ended = new CompletableFuture<>();

  /**
   * Wires everything; nothing listens, checks or speaks before {@link #start}.
   *
   * @param first what {@code source} has been read as
   */
  Daemon(
      Configuration first,
      ConfigurationSource source,
      BuildFacts build,
      Logging logging,
      Notify notify) {
    this.running = first;
    this.source = source;
    this.build = build;
    this.logging = logging;
    this.notify = notify;
    Executor slow = task -> Thread.ofVirtual().start(task);
    accessLogs = new AccessLogs(eventLoops(first), hostName, slow);
    loadBalancer = new LoadBalancer(eventLoops(first), new TrafficJoin());
    virtualRouters = new VirtualRouters(control.loop(), new ElectionJoin(), this::broken);
    healthChecker =
        new HealthChecker(control.loop(), probes.loop(), new HealthJoin(), this::broken);
    nodeTracks = new NodeTracks(control.loop(), this::followTracks, this::broken);
    tracks = new Tracks(loadBalancer, healthChecker, virtualRouters, nodeTracks);
    hooks = new Hooks(control.loop(), this::broken);
    adminHttp = new AdminHttp(probes.loop());
    desk =
        new Desk(
            this::report,
            this::measurements,
            () -> reload("asked for over the control socket"),
            this::vip,
            new Placements(loadBalancer, control, this::followAdjustments, slow)::answer,
            this::livez,
            this::readyz,
            new Metrics(build.version()),
            slow);
    addressFile = new AddressFile(first.admin().controlSocket(), slow);
    names = new Names(control.loop(), this::namesChanged, this::broken);
    namedServers = new NamedServers(control, names, first);
    checks = Participants.checks(healthChecker, loadBalancer, checkCounters);
    participants =
        List.of(
            namedServers,
            namedServers.before(Participants.listeners(control, loadBalancer)),
            Participants.scheduling(scheduling),
            Participants.tracks(nodeTracks),
            // Before the election, which may have something to tell as soon as it begins.
            Participants.hooks(hooks),
            addressFile,
            Participants.election(control, virtualRouters),
            namedServers.before(checks),
            Participants.adminListeners(adminHttp, desk.metricsPages(), desk.probePages()),
            next -> () -> accessLogs.apply(next.frontends()),
            next -> () -> logging.apply(next.log()));
    reload = new Reload(source, participants, new RunningTarget(), slow);
  }

  private static int eventLoops(Configuration configuration) {
    int configured = configuration.process().eventLoops();
    return configured > 0 ? configured : Runtime.getRuntime().availableProcessors();
  }

  // ---- start ----

  /**
   * Brings everything up, in order; returns when traffic flows. Any thread but a loop.
   *
   * @throws RefusedException this host does not let us; all that was begun has been undone
   */
  void start() throws Exception {
    try {
      ControlSocket.refuseIfAlive(running.admin().controlSocket());
    } catch (IOException e) {
      throw new RefusedException(List.of(String.valueOf(e.getMessage())));
    }
    LOG.info(
        "Fairlead {} starts: pid {}, {} event loop(s), configured by {}",
        build.version(),
        ProcessHandle.current().pid(),
        eventLoops(running),
        source.files().isEmpty() ? "flags" : source.files());
    control.watch(this::tick);
    probes.watch(() -> {});
    try {
      for (Participant participant : participants) {
        Prepared prepared = participant.prepare(running);
        onControl(prepared::commit);
      }
    } catch (RefusedException e) {
      onControl(this::closeParts);
      throw e;
    }
    openControlSocket();
    onControl(() -> {
      if (phase == Phase.STARTING) {
        phase = Phase.RUNNING;
      }
      followHealth();
    });
    LOG.info(
        "ready after {} ms: {}",
        (System.nanoTime() - startedAtNanos) / 1_000_000,
        listening(loadBalancer.snapshot()));
    notify.ready("accepting connections");
  }

  private static String listening(LoadBalancerSnapshot snapshot) {
    List<String> parts = new ArrayList<>();
    for (LoadBalancerSnapshot.Frontend frontend : snapshot.frontends()) {
      List<String> listeners = frontend.listeners().stream().map(Object::toString).toList();
      parts.add("frontend " + frontend.name() + " on " + String.join(", ", listeners));
    }
    return String.join("; ", parts);
  }

  private void openControlSocket() {
    try {
      controlSocket = ControlSocket.open(running.admin().controlSocket(), probes.loop(), desk);
    } catch (IOException e) {
      // Traffic and the virtual address matter more than being asked about them.
      LOG.warn(
          "no control socket at {} ({}): `fairlead status` and `fairlead reload` cannot reach this"
              + " process; SIGHUP does",
          running.admin().controlSocket(),
          e.toString());
    }
  }

  private void onControl(Runnable task) throws Exception {
    control.call(() -> {
      task.run();
      return true;
    });
  }

  // ---- reload ----

  /** What a reload sees of this process. */
  private final class RunningTarget implements Reload.Target {
    @Override
    public Configuration running() {
      return running;
    }

    @Override
    public void commit(Configuration next, Runnable change) throws Exception {
      control.call(() -> {
        if (phase == Phase.STOPPING && !next.equals(running)) {
          throw new RefusedException(List.of("the process is " + phase));
        }
        try {
          change.run();
        } catch (RuntimeException e) {
          // A commit that fails half way leaves neither the old nor the new configuration.
          broken(e);
          throw e;
        }
        running = RestartNeeded.kept(running, next);
        // An address may have come or gone while this was prepared.
        namesChanged();
        followHealth();
        return true;
      });
    }
  }

  /** Reads the configuration again; any thread. The future never fails. */
  CompletableFuture<Reload.Outcome> reload(String why) {
    Phase now = phase;
    if (now != Phase.RUNNING) {
      // While starting, both would bind the same ports; while stopping, new listeners and virtual
      // routers would come up in a process that is handing them over.
      String refusal = "reload refused: the process is " + now;
      LOG.error("{}: {}", why, refusal);
      return CompletableFuture.completedFuture(new Reload.Outcome(false, refusal, List.of()));
    }
    LOG.info("reload: {}", why);
    notify.reloading();
    return reload
        .request()
        .thenApply(outcome -> {
          control.execute(() -> reloaded(outcome));
          return outcome;
        });
  }

  /** Any thread. */
  private CompletableFuture<ControlClient.Reply> vip(VipRequest request) {
    return control.submit(() -> {
      List<String> names =
          request
              .router()
              .map(List::of)
              .orElseGet(
                  () -> running.virtualRouters().stream().map(VirtualRouterConfig::name).toList());
      if (phase != Phase.RUNNING || names.isEmpty()) {
        String why = names.isEmpty() ? "there is no virtual router" : "the process is " + phase;
        return new ControlClient.Reply(false, why + "\n");
      }
      Set<String> concerned = new TreeSet<>();
      names.forEach(name -> concerned.addAll(virtualRouters.release(name, request.release())));
      if (concerned.isEmpty()) {
        return new ControlClient.Reply(
            false, "there is no virtual router " + names.getFirst() + "\n");
      }
      StringBuilder text = new StringBuilder();
      for (VirtualRouterStatus router : virtualRouters.status()) {
        String name = router.config().name();
        if (concerned.contains(name)) {
          text.append(
              "virtual router %s: %s, %s%n"
                  .formatted(name, request.release() ? "released" : "resumed", router.state()));
        }
      }
      notify.status(summary());
      return new ControlClient.Reply(true, text.toString());
    });
  }

  private void reloaded(Reload.Outcome outcome) {
    reloads.merge(outcome.succeeded(), 1L, Long::sum);
    lastReload =
        Optional.of(new LastReload(outcome.succeeded(), outcome.sentence(), System.nanoTime()));
    if (phase == Phase.RUNNING) {
      notify.ready(summary());
    }
  }

  // ---- joins ----

  private final class TrafficJoin implements LoadBalancer.Observer {
    @Override
    public void connectFailed(String backend, String server) {
      lookAt(backend, server);
    }

    @Override
    public void lostRace(String backend, String server) {
      lookAt(backend, server);
    }

    private void lookAt(String backend, String server) {
      CheckCounters.Key key = new CheckCounters.Key(backend, server);
      if (hintsUnderWay.add(key)) {
        control.execute(() -> {
          hintsUnderWay.remove(key);
          healthChecker.hint(backend, server);
          judge(backend, server);
        });
      }
    }

    @Override
    public void resetEarly(String backend, String server) {
      CheckCounters.Key key = new CheckCounters.Key(backend, server);
      if (resetsUnderWay.add(key)) {
        control.execute(() -> {
          resetsUnderWay.remove(key);
          judge(backend, server);
        });
      }
    }

    @Override
    public @Nullable SessionLog sessionLog(FrontendConfig frontend) {
      return accessLogs.of(frontend);
    }
  }

  /** Control loop only. */
  private void judge(String backend, String server) {
    if (healthChecker.trafficFailed(
        backend, server, loadBalancer.failuresInARow(backend, server))) {
      loadBalancer.forgetFailures(backend, server);
    }
  }

  private final class HealthJoin implements HealthChecker.Observer {
    @Override
    public void checked(String backend, String server, CheckResult result) {
      checkCounters.checked(backend, server, result);
    }

    @Override
    public void changed(
        String backend, String server, Health before, Health after, CheckResult reason) {
      loadBalancer.availability(backend, server, availability(after, false));
      followTracks();
      notify.status(summary());
    }

    @Override
    public void gone(String backend, String server) {
      loadBalancer.availability(backend, server, Availability.DEAD);
    }

    @Override
    public void advised(String backend, String server, AgentAdvice advice) {
      follow(backend, server, advice);
      followTracks();
    }
  }

  private void follow(String backend, String server, AgentAdvice advice) {
    OptionalInt weight = OptionalInt.empty();
    if (advice.weightPercent().isPresent()) {
      weight =
          configured(backend, server)
              .map(config -> OptionalInt.of(advice.weight(config.weight())))
              .orElse(OptionalInt.empty());
    }
    loadBalancer.advise(
        backend, server, new Advice(weight, advice.administrative(), advice.maxConnections()));
  }

  private Optional<ServerConfig> configured(String backend, String server) {
    return namedServers
        .inForce()
        .backend(backend)
        .flatMap(config ->
            config.servers().stream().filter(one -> one.name().equals(server)).findFirst());
  }

  private static Availability availability(Health health, boolean gone) {
    return switch (health) {
      case UNKNOWN -> Availability.UNKNOWN;
      case UP -> Availability.USABLE;
      case STARTING, UNREADY -> Availability.UNREADY;
      case DEAD -> gone ? Availability.DEAD : Availability.REFUSING;
    };
  }

  private final class ElectionJoin implements VirtualRouters.Observer {
    @Override
    public void transition(VirtualRouterStatus.State before, VirtualRouterStatus now) {
      notify.status(summary());
      Transitions.event(before, now, hostName).ifPresent(hooks::happened);
    }

    @Override
    public void networkChanged() {
      if (running.virtualRouters().stream()
          .flatMap(router -> router.track().items().stream())
          .anyMatch(item -> item.key().kind() == TrackConfig.Kind.INTERFACE)) {
        followTracks();
      }
    }
  }

  /** Tells the data path and the election all that health knows: the configuration has changed. */
  private void followHealth() {
    for (HealthChecker.Status status : healthChecker.status()) {
      loadBalancer.availability(
          status.backend(),
          status.server(),
          availability(status.health(), healthChecker.isGone(status.backend(), status.server())));
      if (status.advice().answers() > 0) {
        // A reload may have changed the weight of which the agent wants a share.
        follow(status.backend(), status.server(), status.advice());
      }
    }
    followTracks();
  }

  /** Operators have changed a server: health counts usable servers, the election follows. */
  private void followAdjustments() {
    // With the addresses that names stand for: checks of those must go on.
    healthChecker.apply(
        namedServers.inForce().backends().stream().map(loadBalancer::adjusted).toList());
    followTracks();
    notify.status(summary());
  }

  private void followTracks() {
    // While starting the listeners may not be open yet; while stopping nothing is to be regained.
    if (phase == Phase.RUNNING) {
      tracks.follow(
          running.withBackends(
              namedServers.inForce().backends().stream().map(loadBalancer::effective).toList()));
    }
  }

  /** The servers that names stand for are others than before. */
  private void namesChanged() {
    Configuration next = names.expand(running);
    if (phase == Phase.STOPPING || next.backends().equals(namedServers.inForce().backends())) {
      return;
    }
    try {
      loadBalancer.prepare(next).commit();
      checks.prepare(next).commit();
    } catch (ListenException | RefusedException e) {
      // Both only refuse what is new on this host, and the listeners are those that we have.
      throw new IllegalStateException(e);
    }
    namedServers.follow(next);
    followHealth();
  }

  private void tick() {
    followTracks();
    notify.watchdogInterval().ifPresent(this::feedWatchdog);
  }

  private void feedWatchdog(Duration interval) {
    long now = System.nanoTime();
    if (now - watchdogAtNanos >= interval.toNanos() / 2 && livez().healthy()) {
      watchdogAtNanos = now;
      notify.alive();
    }
  }

  private String summary() {
    List<String> parts = new ArrayList<>();
    for (VirtualRouterStatus router : virtualRouters.status()) {
      parts.add("virtual router " + router.config().name() + " " + router.state());
    }
    for (LoadBalancerSnapshot.Backend backend : loadBalancer.snapshot().backends()) {
      parts.add(
          "backend %s %d/%d usable"
              .formatted(backend.name(), backend.usableServers(), backend.servers().size()));
    }
    return String.join(", ", parts);
  }

  // ---- being asked; any thread ----

  private SelfCheck livez() {
    List<SelfCheck.Turn> turns = new ArrayList<>();
    turns.add(new SelfCheck.Turn(control.name(), control.lastTurnNanos()));
    turns.add(new SelfCheck.Turn(probes.name(), probes.lastTurnNanos()));
    for (LoadBalancerSnapshot.Loop loop : loadBalancer.snapshot().loops()) {
      turns.add(new SelfCheck.Turn(loop.name(), loop.lastTurnNanos()));
    }
    return SelfCheck.livez(turns, System.nanoTime());
  }

  private SelfCheck readyz() {
    return SelfCheck.readyz(phase, loadBalancer.snapshot().frontends());
  }

  private CompletableFuture<Metrics.View> measurements() {
    return control.submit(() ->
        new Metrics.View(
            loadBalancer.snapshot(),
            healthChecker.status(),
            checkCounters.totals(),
            virtualRouters.status(),
            List.of(
                new Metrics.LoopLag(control.name(), control.lagNanos()),
                new Metrics.LoopLag(probes.name(), probes.lagNanos())),
            (System.nanoTime() - startedAtNanos) / 1e9,
            running,
            Map.copyOf(reloads),
            logging.dropped(),
            tracks.statuses(running),
            hooks.status(),
            scheduling.state().realtime(),
            scheduling.state().memoryLocked(),
            names.status(),
            accessLogs.status()));
  }

  private CompletableFuture<StatusReport> report() {
    return control.submit(() -> {
      long now = System.nanoTime();
      return new StatusReport(
          build.version(),
          ProcessHandle.current().pid(),
          phase,
          Duration.ofNanos(now - startedAtNanos),
          now,
          source.files(),
          running,
          lastReload,
          loadBalancer.snapshot(),
          healthChecker.status(),
          virtualRouters.status(),
          tracks.verdicts(),
          tracks.points(),
          tracks.tracked(running),
          hooks.status(),
          scheduling.state(),
          names.status(),
          accessLogs.status());
    });
  }

  /** Where metrics and probes can be asked; tests let the kernel choose the ports. */
  List<InetSocketAddress> adminAddresses() {
    return adminHttp.addresses();
  }

  /** Where clients connect; tests let the kernel choose the ports. */
  LoadBalancerSnapshot snapshot() {
    return loadBalancer.snapshot();
  }

  // ---- stop ----

  /**
   * Hands the virtual addresses over, stops accepting, lets sessions drain, ends with 0. Any
   * thread; a second call does nothing.
   */
  void stop(String why) {
    // A stop that hangs is worse than one that is not clean: the manager would wait, then kill. Set
    // here, because what hangs may be the control loop itself.
    ended.completeOnTimeout(
        1, running.process().drain().plus(STOP_MARGIN).toNanos(), TimeUnit.NANOSECONDS);
    control.execute(() -> {
      if (phase == Phase.STOPPING) {
        return;
      }
      phase = Phase.STOPPING;
      Duration drain = running.process().drain();
      notify.stopping("handing over");
      int routers = running.virtualRouters().size();
      if (routers == 0) {
        LOG.info("{}: stopping", why);
        stopAccepting(drain);
        return;
      }
      LOG.info("{}: stopping; handing over {} virtual router(s)", why, routers);
      virtualRouters.resign(() -> stopAccepting(drain));
    });
  }

  private void stopAccepting(Duration drain) {
    loadBalancer.stopAccepting();
    int sessions = loadBalancer.snapshot().resources().sessions();
    LOG.info("stopped accepting; {} session(s) may drain for {} ms", sessions, drain.toMillis());
    notify.stopping("draining " + sessions + " session(s)");
    loadBalancer.drain(drain, () -> control.execute(this::finish));
  }

  private void finish() {
    int left = loadBalancer.snapshot().resources().sessions();
    closeParts();
    hooks.awaitIdle(
        HOOK_LIMIT,
        () -> {
          LOG.info(
              "stopped after {} s; {} session(s) cut",
              (System.nanoTime() - startedAtNanos) / 1_000_000_000,
              left);
          ended.complete(0);
        });
  }

  /** Lets go of the addresses, if the control loop still can, and ends with {@code exitCode}. */
  void stopAtOnce(String why, int exitCode) {
    LOG.warn("{}: ending at once", why);
    // Before anything that may throw or hang.
    ended.completeOnTimeout(exitCode, RELEASE_LIMIT.toNanos(), TimeUnit.NANOSECONDS);
    control.submit(() -> {
      virtualRouters.close();
      if (controlSocket != null) {
        controlSocket.close();
      }
      accessLogs.close(LINES_LIMIT);
      // Programs that have been started outlive us; that they are takes a moment.
      hooks.awaitIdle(RELEASE_LIMIT, () -> ended.complete(exitCode));
      return exitCode;
    });
  }

  /**
   * Something threw where nothing may. What it left half done is unknown, so the addresses go to a
   * node that is well, and the service manager starts us anew.
   */
  void broken(Throwable e) {
    LOG.error("internal error, ending: {}", e.toString(), e);
    stopAtOnce("internal error", 1);
  }

  boolean isStopping() {
    return phase == Phase.STOPPING;
  }

  /** Completes with the exit code. */
  CompletableFuture<Integer> ended() {
    return ended;
  }

  private void closeParts() {
    if (closed) {
      return;
    }
    closed = true;
    virtualRouters.close();
    nodeTracks.close();
    names.close();
    addressFile.close();
    healthChecker.close();
    adminHttp.close();
    if (controlSocket != null) {
      controlSocket.close();
    }
    loadBalancer.close();
    accessLogs.close();
  }

  /** Ends what still runs, and the two loops; after {@link #ended}, any thread but a loop. */
  void close() throws Exception {
    onControl(this::closeParts);
    control.close();
    probes.close();
  }
}
