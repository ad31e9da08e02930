package dev.fairlead.lb;

import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.Configuration;
import dev.fairlead.config.FrontendConfig;
import dev.fairlead.config.ListenerConfig;
import dev.fairlead.config.RebalanceConfig;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.config.SourceLimitsConfig;
import dev.fairlead.lb.backend.Backend;
import dev.fairlead.lb.backend.Server;
import dev.fairlead.lb.relay.Frontend;
import dev.fairlead.lb.relay.FrontendCounter;
import dev.fairlead.lb.relay.Listener;
import dev.fairlead.lb.relay.PoolLimits;
import dev.fairlead.lb.relay.RelayLoop;
import dev.fairlead.lb.relay.SessionLimit;
import dev.fairlead.lb.relay.Shortages;
import dev.fairlead.lb.source.SourceTable;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToIntFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The data plane: listeners, sessions and relays on N event loops.
 *
 * <p>All methods but {@link #snapshot()} are called on the control loop.
 */
public final class LoadBalancer implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LoadBalancer.class);

  /** How often a drain looks whether the last session has gone. */
  private static final long DRAIN_POLL_MILLIS = 20;

  /** How long a reload waits for the listeners that the last one stopped. */
  private static final Duration STOP_LIMIT = Duration.ofMillis(200);

  /** Once through a stick table takes so long. */
  private static final int SWEEP_SECONDS = 30;

  /** Called on event loops; implementations hand over to their own thread at once. */
  public interface Observer {
    /** A connection of real traffic to this server failed: a hint that a check is due. */
    void connectFailed(String backend, String server);

    /** A connection was there, and the server reset it before it had sent a byte. */
    default void resetEarly(String backend, String server) {}

    /**
     * A connection was kept waiting by this server, and another one that was asked has answered.
     */
    default void lostRace(String backend, String server) {}

    /**
     * Where this frontend's sessions are told of when they end; asked on the control loop whenever
     * a configuration is put into force.
     *
     * @return null: nowhere
     */
    default @Nullable SessionLog sessionLog(FrontendConfig frontend) {
      return null;
    }
  }

  /** New listeners are bound and nothing else has happened yet. Exactly one method is called. */
  public interface Change {
    /** Publishes new servers, starts new listeners, stops removed ones. Does not fail. */
    void commit();

    /** Closes the listeners bound by {@code prepare}; everything is as it was. */
    void abort();
  }

  /** What is there now, published as a whole for {@link #snapshot()}. */
  private record Plane(
      Map<String, Backend> backends,
      Map<String, Frontend> frontends,
      Map<ListenerConfig, Listener> listeners) {}

  private final Observer observer;
  private final MultiThreadIoEventLoopGroup group;
  private final List<RelayLoop> loops = new ArrayList<>();

  /** Stopped, and perhaps not closed yet on every loop. */
  private final List<Listener> stopping = new ArrayList<>();

  private boolean sweeping;
  private boolean rebalancing;

  /** Whose turn it is to be asked first; by the one event loop that rebalances. */
  private int rebalanceTurn;

  private volatile Plane plane = new Plane(Map.of(), Map.of(), Map.of());
  private volatile boolean accepting = true;

  /**
   * Starts the event loops; there are no listeners yet.
   *
   * @param eventLoops threads that relay, at least 1
   */
  public LoadBalancer(int eventLoops, Observer observer) {
    this(eventLoops, observer, PoolLimits.of(eventLoops));
  }

  /** As {@link #LoadBalancer(int, Observer)}, with other bounds for what sessions share. */
  public LoadBalancer(int eventLoops, Observer observer, PoolLimits limits) {
    this.observer = observer;
    AtomicInteger number = new AtomicInteger();
    ThreadFactory threads =
        task -> Thread.ofPlatform().name("relay-" + number.getAndIncrement()).unstarted(task);
    group = new MultiThreadIoEventLoopGroup(eventLoops, threads, EpollIoHandler.newFactory());
    Shortages shortages = new Shortages();
    for (int i = 0; i < eventLoops; i++) {
      loops.add(new RelayLoop(i, group.next(), observer, limits, shortages));
    }
    loops.forEach(loop -> loop.all(loops));
  }

  /**
   * Binds the listeners that {@code next} has and the running configuration has not.
   *
   * @throws ListenException a port cannot be bound; nothing has changed
   */
  public Change prepare(Configuration next) throws ListenException {
    Plane now = plane;
    Map<String, Backend> backends = new LinkedHashMap<>();
    for (BackendConfig backend : next.backends()) {
      Backend known = now.backends().get(backend.name());
      backends.put(
          backend.name(),
          known == null ? new Backend(backend, loops.size(), System.nanoTime()) : known);
    }
    Map<String, Frontend> frontends = new LinkedHashMap<>();
    Map<ListenerConfig, Listener> listeners = new LinkedHashMap<>();
    List<Listener> opened = new ArrayList<>();
    awaitStopped();
    List<Listener> leaving = leaving(next);
    try {
      for (FrontendConfig config : next.frontends()) {
        Frontend known = now.frontends().get(config.name());
        Frontend frontend =
            known == null ? new Frontend(route(config, backends, null), loops.size()) : known;
        frontends.put(config.name(), frontend);
        for (ListenerConfig key : config.listeners()) {
          Listener listener = now.listeners().get(key);
          if (listener == null) {
            listener = Listener.open(key, config, frontend, loops, leaving);
            opened.add(listener);
          }
          listeners.put(key, listener);
        }
      }
    } catch (ListenException | RuntimeException e) {
      opened.forEach(Listener::abort);
      throw e;
    }
    return new Change() {
      @Override
      public void commit() {
        apply(next, new Plane(backends, frontends, listeners), opened);
      }

      @Override
      public void abort() {
        opened.forEach(Listener::abort);
      }
    };
  }

  private List<Listener> leaving(Configuration next) {
    if (plane.listeners().isEmpty()) {
      return List.of();
    }
    Set<ListenerConfig> wanted = new HashSet<>();
    next.frontends().forEach(frontend -> wanted.addAll(frontend.listeners()));
    return plane.listeners().values().stream()
        .filter(listener -> !wanted.contains(listener.config()))
        .toList();
  }

  /** What health has found about a server; unknown names are ignored (a reload removed them). */
  public void availability(String backend, String server, Availability availability) {
    Backend known = plane.backends().get(backend);
    if (known != null) {
      known
          .availability(server, availability, System.nanoTime())
          .filter(Server::isLost)
          .ifPresent(lost -> closeSessions(lost, known.snapshot().config()));
      serve(known);
    }
  }

  /**
   * Changes what people may change about a server while it runs; see {@link Adjustment}.
   *
   * @return what is in force now; empty when there is no such server
   */
  public Optional<ServerConfig> adjust(
      String backend, String server, UnaryOperator<Adjustment> change) {
    Backend known = plane.backends().get(backend);
    if (known == null) {
      return Optional.empty();
    }
    Optional<Server> adjusted = known.adjust(server, change, System.nanoTime());
    adjusted
        .filter(Server::isLost)
        .ifPresent(lost -> closeSessions(lost, known.snapshot().config()));
    serve(known);
    return adjusted.map(Server::config);
  }

  /**
   * The clients that stick to a server of this backend; empty without a stick table. Any thread.
   */
  public Optional<StickyClients> stickyClients(String backend) {
    Backend known = plane.backends().get(backend);
    return known == null
        ? Optional.empty()
        : known.stickTable().map(table -> new StickyClients(table, known.stickNumbers()));
  }

  /** Takes what a server's agent asks for; unknown names are ignored (a reload removed them). */
  public void advise(String backend, String server, Advice advice) {
    Backend known = plane.backends().get(backend);
    if (known != null) {
      known
          .advise(server, advice, System.nanoTime())
          .filter(Server::isLost)
          .ifPresent(lost -> closeSessions(lost, known.snapshot().config()));
      serve(known);
    }
  }

  /** A backend's configuration as people and agents have adjusted it. */
  public BackendConfig effective(BackendConfig config) {
    Backend known = plane.backends().get(config.name());
    return known == null ? config : known.effective(config);
  }

  /** A backend's configuration as people have adjusted it, for those who hear agents themselves. */
  public BackendConfig adjusted(BackendConfig config) {
    Backend known = plane.backends().get(config.name());
    return known == null ? config : known.adjusted(config);
  }

  /** What there is may have room for those who wait. */
  private void serve(Backend backend) {
    if (backend.hasWaiters()) {
      RelayLoop loop = loops.getFirst();
      loop.execute(() -> backend.serve(loop.index(), System.nanoTime()));
    }
  }

  /**
   * Connections of clients to this server that have failed since the last one worked: could not be
   * opened, or were reset before the server's first byte.
   */
  public int failuresInARow(String backend, String server) {
    return server(backend, server).map(Server::failuresInARow).orElse(0);
  }

  /** Begins to count anew. */
  public void forgetFailures(String backend, String server) {
    server(backend, server).ifPresent(Server::worked);
  }

  private Optional<Server> server(String backend, String server) {
    return Optional.ofNullable(plane.backends().get(backend))
        .flatMap(known -> known.server(server));
  }

  /** Stops accepting on every listener; connections the kernel has accepted are still served. */
  public void stopAccepting() {
    if (accepting) {
      accepting = false;
      plane.listeners().values().forEach(Listener::stop);
    }
  }

  /** Calls back, on an event loop, when no session is left or {@code limit} has passed. */
  public void drain(Duration limit, Runnable done) {
    long begunAt = System.nanoTime();
    // What stopAccepting has told the loops comes first: connections still in the kernel's queue
    // are sessions only after that.
    AtomicInteger behind = new AtomicInteger(loops.size());
    for (RelayLoop loop : loops) {
      loop.execute(behind::decrementAndGet);
    }
    awaitDrained(behind, begunAt, limit.toNanos(), done);
  }

  /** Counters and states of this moment; any thread. */
  public LoadBalancerSnapshot snapshot() {
    Plane now = plane;
    List<LoadBalancerSnapshot.Frontend> frontends = new ArrayList<>();
    now.frontends().forEach((name, frontend) -> frontends.add(status(name, frontend, now)));
    return new LoadBalancerSnapshot(
        frontends,
        now.backends().values().stream().map(backend -> backend.status(System.nanoTime())).toList(),
        loops.stream().map(LoadBalancer::status).toList(),
        new LoadBalancerSnapshot.Resources(
            sum(RelayLoop::sessions),
            sum(RelayLoop::openSockets),
            sum(RelayLoop::pipesInUse),
            sum(RelayLoop::pipesPooled),
            loops.stream().mapToLong(RelayLoop::pipesRefused).sum(),
            sum(RelayLoop::chunksInUse),
            sum(RelayLoop::chunksPooled),
            loops.stream().mapToLong(RelayLoop::chunkShortages).sum()));
  }

  /** Resets what is left, closes everything, ends the event loops. */
  @Override
  public void close() {
    stopAccepting();
    CountDownLatch reset = new CountDownLatch(loops.size());
    for (RelayLoop loop : loops) {
      loop.execute(() -> {
        loop.resetAll();
        loop.close();
        reset.countDown();
      });
    }
    try {
      if (!reset.await(2, TimeUnit.SECONDS)) {
        LOG.warn("event loops are still busy; their sessions end with the process");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Future<?> ended = group.shutdownGracefully(0, 2, TimeUnit.SECONDS);
    ended.awaitUninterruptibly(2, TimeUnit.SECONDS);
  }

  private void apply(Configuration next, Plane planned, List<Listener> opened) {
    Plane before = plane;
    for (BackendConfig config : next.backends()) {
      Backend backend = planned.backends().get(config.name());
      if (backend != null) {
        for (Server server : backend.configure(config, System.nanoTime())) {
          closeSessions(server, config);
        }
        serve(backend);
      }
    }
    for (FrontendConfig config : next.frontends()) {
      Frontend frontend = planned.frontends().get(config.name());
      if (frontend != null) {
        frontend.route(route(config, planned.backends(), frontend.route()));
        lead(config, frontend, planned);
      }
    }
    plane = planned;
    if (!sweeping
        && next.backends().stream().anyMatch(b -> b.placement().stickTable().isPresent())) {
      sweeping = true;
      group.next().scheduleAtFixedRate(this::sweep, 1, 1, TimeUnit.SECONDS);
    }
    if (!rebalancing && next.backends().stream().anyMatch(b -> b.placement().rebalance().isOn())) {
      rebalancing = true;
      group.next().scheduleAtFixedRate(this::rebalance, 1, 1, TimeUnit.SECONDS);
    }
    for (RelayLoop loop : loops) {
      loop.execute(() -> loop.dataPath(next.process().dataPath()));
    }
    opened.forEach(Listener::start);
    before.listeners().values().stream()
        .filter(listener -> !planned.listeners().containsValue(listener))
        .forEach(listener -> {
          listener.stop();
          stopping.add(listener);
        });
  }

  /** Forgets clients that were not seen for too long, some microseconds' worth each second. */
  private void sweep() {
    for (Backend backend : plane.backends().values()) {
      backend.stickTable().ifPresent(table -> table.sweep(System.nanoTime(), SWEEP_SECONDS));
    }
  }

  /** Once a second, on one event loop. */
  private void rebalance() {
    rebalanceTurn++;
    for (Backend backend : plane.backends().values()) {
      RebalanceConfig rules = backend.snapshot().config().placement().rebalance();
      backend
          .rebalance(System.nanoTime())
          .forEach((server, count) -> closeOldest(server, count, rules, rebalanceTurn, 0));
    }
  }

  /** One event loop after the other, until there are enough: none knows what the others have. */
  private void closeOldest(Server server, int count, RebalanceConfig rules, int turn, int asked) {
    if (count == 0 || asked == loops.size()) {
      return;
    }
    RelayLoop loop = loops.get(Math.floorMod(turn + asked, loops.size()));
    loop.execute(() ->
        closeOldest(
            server, count - loop.closeOldest(server, count, rules), rules, turn, asked + 1));
  }

  /** A port that the reload before this one gave up may be asked for again. */
  private void awaitStopped() {
    try {
      for (Listener listener : stopping) {
        if (!listener.awaitClosed(STOP_LIMIT)) {
          LOG.warn("listener {} is not closed yet: an event loop hangs", listener.config());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    stopping.clear();
  }

  private static void lead(FrontendConfig config, Frontend frontend, Plane planned) {
    for (ListenerConfig key : config.listeners()) {
      Listener listener = planned.listeners().get(key);
      if (listener == null) {
        continue;
      }
      try {
        listener.lead(frontend, config);
      } catch (IOException e) {
        LOG.warn("socket options of listener {} could not be changed", key, e);
      }
    }
  }

  private Frontend.Route route(
      FrontendConfig config, Map<String, Backend> backends, Frontend.@Nullable Route before) {
    Backend backend = backends.get(config.backend());
    if (backend == null) {
      throw new IllegalArgumentException(
          "frontend " + config.name() + " leads to unknown backend " + config.backend());
    }
    return new Frontend.Route(
        config,
        backend,
        SessionLimit.of(config.maxConnections()),
        observer.sessionLog(config),
        sources(config.entrance().limits(), before));
  }

  /**
   * Who has how many sessions is still known after a reload, unless clients are told apart anew.
   */
  private static @Nullable SourceTable sources(
      SourceLimitsConfig limits, Frontend.@Nullable Route before) {
    if (!limits.isLimited()) {
      return null;
    }
    SourceTable known = before == null ? null : before.sources();
    if (before != null && known != null) {
      SourceLimitsConfig old = before.config().entrance().limits();
      if (old.size() == limits.size()
          && old.ipv4Prefix() == limits.ipv4Prefix()
          && old.ipv6Prefix() == limits.ipv6Prefix()) {
        return known;
      }
    }
    return new SourceTable(limits.size());
  }

  private void closeSessions(Server server, BackendConfig rules) {
    // The rate is for the process; each loop closes its share.
    double share = (double) rules.closeRate() / loops.size();
    for (RelayLoop loop : loops) {
      loop.execute(() -> loop.closeSessionsOf(server, share));
    }
  }

  private void awaitDrained(AtomicInteger behind, long begunAt, long limitNanos, Runnable done) {
    boolean empty = behind.get() == 0 && places() == 0 && sum(RelayLoop::sessions) == 0;
    if (empty || System.nanoTime() - begunAt >= limitNanos) {
      done.run();
      return;
    }
    group
        .next()
        .schedule(
            () -> awaitDrained(behind, begunAt, limitNanos, done),
            DRAIN_POLL_MILLIS,
            TimeUnit.MILLISECONDS);
  }

  /**
   * Places taken in frontends: sessions, and connections that will be some, as those whose PROXY
   * protocol header is still to come. Asked before the sessions: a place outlives its session's
   * beginning.
   */
  private int places() {
    return plane.frontends().values().stream().mapToInt(Frontend::sessions).sum();
  }

  private LoadBalancerSnapshot.Frontend status(String name, Frontend frontend, Plane now) {
    Frontend.Route route = frontend.route();
    List<ListenerConfig> bound = new ArrayList<>();
    for (ListenerConfig key : route.config().listeners()) {
      Listener listener = now.listeners().get(key);
      if (listener != null) {
        bound.add(listener.bound());
      }
    }
    return new LoadBalancerSnapshot.Frontend(
        name,
        bound,
        accepting && !bound.isEmpty(),
        frontend.sessions(),
        route.maxConnections(),
        frontend.count(FrontendCounter.CONNECTIONS),
        frontend.count(FrontendCounter.MAX_CONNECTIONS_REACHED),
        frontend.count(FrontendCounter.ACCEPT_ERRORS),
        frontend.count(FrontendCounter.BYTES_FROM_CLIENT),
        frontend.count(FrontendCounter.BYTES_TO_CLIENT),
        frontend.ended(),
        frontend.rejected(),
        Optional.ofNullable(route.sources())
            .map(table ->
                new LoadBalancerSnapshot.Sources(
                    table.size(), table.used(), table.evicted(), table.untracked())));
  }

  private static LoadBalancerSnapshot.Loop status(RelayLoop loop) {
    return new LoadBalancerSnapshot.Loop(
        "relay-" + loop.index(),
        loop.sessions(),
        loop.lagNanos(),
        loop.lastTurnNanos(),
        loop.dataPathInUse());
  }

  private int sum(ToIntFunction<RelayLoop> reading) {
    return loops.stream().mapToInt(reading).sum();
  }
}
