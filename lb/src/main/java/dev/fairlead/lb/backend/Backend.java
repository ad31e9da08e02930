package dev.fairlead.lb.backend;

import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.BackendConfig.Balance;
import dev.fairlead.config.PlacementConfig;
import dev.fairlead.config.RaceConfig;
import dev.fairlead.config.RebalanceConfig;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.config.StickTableConfig;
import dev.fairlead.config.StickTableConfig.ServerDown;
import dev.fairlead.config.StickTableConfig.ServerFull;
import dev.fairlead.lb.Adjustment;
import dev.fairlead.lb.Advice;
import dev.fairlead.lb.Availability;
import dev.fairlead.lb.LoadBalancerSnapshot;
import dev.fairlead.lb.balance.Releases;
import dev.fairlead.lb.balance.SourceRing;
import dev.fairlead.lb.stick.StickTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Named servers, and the places on them. The control loop changes it; event loops read {@link
 * #snapshot()}, take places and give them back.
 */
public final class Backend {

  /** Integers of a cache line, so that event loops do not write into each other's. */
  private static final int LINE = 16;

  private final String name;
  private final int loops;
  private final Counters<BackendCounter>[] counters;
  private final Releases[] releases;
  private final long seed = ThreadLocalRandom.current().nextLong();

  /** Places taken, by the event loop that took them; only the sum means something. */
  private final AtomicIntegerArray taken;

  private final RaceBudget[] budgets;

  private final WaitingLine line = new WaitingLine();

  /** Every server that clients have stuck to since start, so that a name keeps its number. */
  private final StickNumbers stickNumbers = new StickNumbers();

  private volatile List<Server> servers;
  private volatile SourceRing ring = SourceRing.EMPTY;
  private volatile @Nullable StickTable table;
  private volatile PlacementConfig placement;

  /** Whether a server has come, or come back, and the sessions have not been spread since. */
  private volatile boolean unbalanced;

  private volatile int toRebalance;
  private volatile Snapshot snapshot;

  public Backend(BackendConfig config, int loops, long nowNanos) {
    this.name = config.name();
    this.loops = loops;
    this.counters = Counters.forLoops(loops, BackendCounter.class);
    this.releases = new Releases[loops];
    for (int i = 0; i < loops; i++) {
      releases[i] = new Releases();
    }
    this.budgets = new RaceBudget[loops];
    for (int i = 0; i < loops; i++) {
      budgets[i] = new RaceBudget();
    }
    this.taken = new AtomicIntegerArray(loops * LINE);
    this.placement = config.placement();
    List<Server> first = new ArrayList<>();
    for (ServerConfig server : config.servers()) {
      first.add(add(server, first));
    }
    this.servers = List.copyOf(first);
    this.table =
        config.placement().stickTable().map(one -> new StickTable(one, nowNanos)).orElse(null);
    this.ring = ring(config, servers);
    this.snapshot = new Snapshot(this, config, servers, ring, table, loops);
  }

  public String name() {
    return name;
  }

  /** One volatile read; a connection uses the same snapshot for all its attempts. */
  public Snapshot snapshot() {
    return snapshot;
  }

  /** Those of one event loop. */
  public Counters<BackendCounter> counters(int loop) {
    return counters[loop];
  }

  Releases releases(int loop) {
    return releases[loop];
  }

  long seed(int loop) {
    return seed + loop;
  }

  long slowStartNanos() {
    return placement.slowStart().toNanos();
  }

  // ---- event loops ----

  /**
   * Takes a place for a connection. On its event loop.
   *
   * @param snapshot the connection's
   * @return null: ask {@link #mayWait}
   */
  public @Nullable Server take(Snapshot snapshot, Applicant applicant, long nowNanos) {
    int loop = applicant.loopIndex();
    Server own =
        snapshot.own(
            loop, applicant, nowNanos, applicant.tried().isEmpty() ? counters[loop] : null);
    if (own != null) {
      if (own.waiters().get() == 0 && take(own, loop)) {
        return own;
      }
      if (isWorthWaiting(snapshot)) {
        return null;
      }
    }
    if (snapshot.isLimited() && line.hasWaitersForAny()) {
      return null; // They come first.
    }
    return takeAny(snapshot, loop, applicant, nowNanos);
  }

  /**
   * Whether a connection that could not take a place may wait for one; otherwise there is no server
   * for it.
   */
  public boolean mayWait(Snapshot snapshot, Applicant applicant) {
    return snapshot.isLimited() && snapshot.hasUntried(applicant.tried());
  }

  /**
   * Joins the line of those who wait for a place. On its event loop; its {@link Applicant#called}
   * may be called before this returns.
   *
   * @return null when too many wait already
   */
  public @Nullable Ticket join(Snapshot snapshot, Applicant applicant, long nowNanos) {
    int loop = applicant.loopIndex();
    Server own = isWorthWaiting(snapshot) ? snapshot.own(loop, applicant, nowNanos, null) : null;
    Ticket ticket = line.join(applicant, own, placement.queue().size());
    if (ticket == null) {
      counters[loop].add(BackendCounter.QUEUE_REFUSED, 1);
      return null;
    }
    counters[loop].add(BackendCounter.QUEUED, 1);
    serve(loop, nowNanos);
    return ticket;
  }

  /**
   * Whether a connection that is kept waiting has to go on waiting, though there are others to ask,
   * because too many races have been for nothing. Asked before {@link #takeForRace}: whoever is
   * chosen there may have been waiting for just this one, to be tried again. On its event loop.
   */
  public boolean refusesRace(Snapshot snapshot, Applicant applicant) {
    return snapshot.hasUntried(applicant.tried())
        && !budgets[applicant.loopIndex()].mayBegin(budget(snapshot));
  }

  private static double budget(Snapshot snapshot) {
    return snapshot.config().placement().race().budget();
  }

  /**
   * Takes a place on another server, beside the ones that keep the connection waiting. On its event
   * loop; {@link #racePaidOff} or nothing follows.
   *
   * @param waitedFor the server it waits for; null = for none any more, it has failed
   * @return null: there is none now, or too many races have been for nothing
   */
  public @Nullable Server takeForRace(
      Snapshot snapshot, Applicant applicant, @Nullable Server waitedFor, long nowNanos) {
    int loop = applicant.loopIndex();
    Server other = take(snapshot, applicant, nowNanos);
    if (other == null) {
      return null;
    }
    // Those that are known not to work are asked only while it is the same with all.
    boolean isPointless = waitedFor != null && waitedFor.isHopeful() && !other.isHopeful();
    if (isPointless || (waitedFor != null && !budgets[loop].tryBegin(budget(snapshot)))) {
      other.release(loop);
      return null;
    }
    return other;
  }

  /** A race that has begun was worth it. On its event loop. */
  public void racePaidOff(int loop) {
    budgets[loop].paidOff();
  }

  /** A connection has been established: what may be raced grows with their number. */
  public void connected(Snapshot snapshot, int loop) {
    budgets[loop].connected(budget(snapshot));
  }

  /** The longest of a session's first answers has come so late. On its event loop. */
  public void answered(Server server, int loop, long millis, long nowNanos) {
    RaceConfig race = placement.race();
    if (!server.promptness().answered(loop, millis, race)) {
      return;
    }
    long quickest = 0;
    for (Server other : servers) {
      long mean = other.promptness().answerMillis(loop);
      if (other != server && other.isHopeful() && mean > 0 && (quickest == 0 || mean < quickest)) {
        quickest = mean;
      }
    }
    server.promptness().compare(loop, millis, quickest, nowNanos, race);
  }

  /** A connection has been established: its client sticks to the server from now on. */
  public void stick(Server server, Applicant applicant, long nowNanos) {
    StickTable to = table;
    if (to == null) {
      return;
    }
    if (to.config().serverDown() == ServerDown.RETURN) {
      // Its own server may only be down for now.
      int number = to.find(applicant.clientHigh(), applicant.clientLow(), nowNanos);
      if (number >= 0 && snapshot.isKnown(number)) {
        return;
      }
    }
    to.put(applicant.clientHigh(), applicant.clientLow(), server.stickNumber(), nowNanos);
  }

  /** Its client is to have another server. */
  public void unstick(Applicant applicant) {
    StickTable to = table;
    if (to != null) {
      to.remove(applicant.clientHigh(), applicant.clientLow());
    }
  }

  /** A server has come, or come back. */
  void joined() {
    unbalanced = true;
  }

  /**
   * Sessions to be closed in this second, so that each server gets its share. Nothing while no
   * server has come since the load was last spread: whom clients leave is their business.
   */
  public Map<Server, Integer> rebalance(long nowNanos) {
    RebalanceConfig rules = placement.rebalance();
    if (!unbalanced || !rules.isOn()) {
      toRebalance = 0;
      return Map.of();
    }
    List<Server> sharing = new ArrayList<>();
    List<Shares.Load> loads = new ArrayList<>();
    boolean ramping = false;
    boolean hasPrimary = servers.stream().anyMatch(one -> isSharing(one) && !one.config().backup());
    for (Server server : servers) {
      if (isSharing(server)) {
        boolean isRest = server.config().backup() && hasPrimary;
        sharing.add(server);
        loads.add(
            new Shares.Load(
                server.load(),
                isRest ? 0 : server.weight(nowNanos),
                server.config().maxConnections()));
        ramping |= server.isRamping(nowNanos);
      }
    }
    int[] excess = Shares.excess(loads, rules.tolerance());
    int sum = IntStream.of(excess).sum();
    toRebalance = sum;
    unbalanced = sum > 0 || ramping;
    int[] now = Shares.limited(excess, rules.rate());
    Map<Server, Integer> closing = new LinkedHashMap<>();
    for (int i = 0; i < now.length; i++) {
      if (now[i] > 0) {
        closing.put(sharing.get(i), now[i]);
      }
    }
    return closing;
  }

  private static boolean isSharing(Server server) {
    return server.isOpen() && server.availability() == Availability.USABLE;
  }

  /** A connection has ended: until now its client was there. */
  public void touch(Applicant applicant, long nowNanos) {
    StickTable to = table;
    if (to != null) {
      to.find(applicant.clientHigh(), applicant.clientLow(), nowNanos);
    }
  }

  /** Whether somebody waits for a place, and the line should be served. Any thread. */
  public boolean hasWaiters() {
    return !line.isEmpty();
  }

  /** Calls those who wait and for whom there is a place. On an event loop. */
  public void serve(int loop, long nowNanos) {
    line.serve(new Places(loop, nowNanos));
  }

  /** Sessions on all servers together, and those that wait. */
  public int sessions() {
    return takenPlaces() + line.size();
  }

  /** Who waited for the same server when this one came; 0 when it takes any. */
  public int aheadForServer(Ticket ticket) {
    Server own = ticket.own();
    return own == null ? 0 : Math.max(0, own.waiters().get() - 1);
  }

  /** Who waited for any server when this one came; 0 when it wants a certain one. */
  public int aheadForAny(Ticket ticket) {
    return ticket.own() == null ? Math.max(0, line.size() - 1) : 0;
  }

  WaitingLine line() {
    return line;
  }

  void acquired(int loop) {
    taken.getAndIncrement(loop * LINE);
  }

  void released(Server server, int loop) {
    taken.getAndDecrement(loop * LINE);
    releases[loop].add(server.slot());
    if (!line.isEmpty()) {
      serve(loop, System.nanoTime());
    }
  }

  /** Whether a client whose own server is full waits for that and no other. */
  private boolean isWorthWaiting(Snapshot from) {
    return from.config().balance() == Balance.SOURCE
        || placement
            .stickTable()
            .filter(config -> config.serverFull() == ServerFull.WAIT)
            .isPresent();
  }

  private @Nullable Server takeAny(Snapshot from, int loop, Applicant applicant, long nowNanos) {
    while (!isAtLimit()) {
      Server chosen = from.choose(loop, applicant, nowNanos);
      if (chosen == null || take(chosen, loop)) {
        return chosen;
      }
      if (from.config().balance() == Balance.SOURCE) {
        return null;
      }
    }
    return null;
  }

  private boolean take(Server server, int loop) {
    int limit = placement.maxConnections();
    if (limit == 0) {
      return server.tryAcquire(loop);
    }
    if (isAtLimit() || !server.tryAcquire(loop)) {
      return false;
    }
    // Several event loops may have seen the last place: those beyond the limit give theirs back.
    if (takenPlaces() > limit) {
      server.release(loop);
      return false;
    }
    return true;
  }

  private boolean isAtLimit() {
    int limit = placement.maxConnections();
    return limit > 0 && takenPlaces() >= limit;
  }

  private int takenPlaces() {
    int sum = 0;
    for (int i = 0; i < loops; i++) {
      sum += taken.get(i * LINE);
    }
    return sum;
  }

  /** Places as an event loop finds them that serves the line, also for others. */
  private final class Places implements WaitingLine.Places {

    private final int loop;
    private final long nowNanos;
    private final Snapshot now = snapshot;

    Places(int loop, long nowNanos) {
      this.loop = loop;
      this.nowNanos = nowNanos;
    }

    @Override
    public @Nullable Server own(Ticket ticket) {
      return now.own(loop, ticket.applicant(), nowNanos, null);
    }

    @Override
    public boolean take(Server own) {
      return Backend.this.take(own, loop);
    }

    @Override
    public @Nullable Server takeAny(Ticket ticket) {
      return Backend.this.takeAny(now, loop, ticket.applicant(), nowNanos);
    }

    @Override
    public boolean isHope(Ticket ticket) {
      return now.hasUntried(ticket.applicant().tried());
    }

    @Override
    public void giveBack(Server server) {
      server.release(loop);
    }
  }

  // ---- control loop ----

  /**
   * Takes a new configuration. Servers of the same name and address keep counters and health.
   *
   * @return servers that have just been put into maintenance
   */
  public List<Server> configure(BackendConfig next, long nowNanos) {
    List<Server> merged = new ArrayList<>();
    List<Server> closed = new ArrayList<>();
    List<Server> before = servers;
    RebalanceConfig rebalance = next.placement().rebalance();
    if (rebalance.isOn() && !placement.rebalance().equals(rebalance)) {
      // Spread well enough by the old rules need not be by the new ones.
      unbalanced = true;
    }
    placement = next.placement();
    for (ServerConfig config : next.servers()) {
      Optional<Server> known =
          before.stream()
              .filter(s ->
                  s.name().equals(config.name()) && s.config().address().equals(config.address()))
              .findFirst();
      if (known.isEmpty()) {
        List<Server> taken = new ArrayList<>(before);
        taken.addAll(merged);
        merged.add(add(config, taken));
        joined();
        continue;
      }
      Server server = known.get();
      boolean wasInMaintenance = server.isInMaintenance();
      server.adjust(server.adjustment().over(config), nowNanos);
      if (server.isInMaintenance() && !wasInMaintenance) {
        closed.add(server);
      }
      merged.add(server);
    }
    servers = List.copyOf(merged);
    before.stream().filter(server -> !merged.contains(server)).forEach(Server::remove);
    table = table(next.placement().stickTable(), nowNanos);
    publish(next);
    return closed;
  }

  /**
   * Takes what health has found.
   *
   * @return the server, if it is known and this is news
   */
  public Optional<Server> availability(String server, Availability next, long nowNanos) {
    Optional<Server> known = server(server);
    if (known.isEmpty() || known.get().availability() == next) {
      return Optional.empty();
    }
    known.get().availability(next, nowNanos);
    snapshot = new Snapshot(this, snapshot.config(), servers, ring, table, loops);
    return known;
  }

  /**
   * Takes what people want of a server while the process runs.
   *
   * @return the server, if it is known
   */
  public Optional<Server> adjust(String server, UnaryOperator<Adjustment> change, long nowNanos) {
    Optional<Server> known = server(server);
    known.ifPresent(one -> {
      one.adjust(change.apply(one.adjustment()), nowNanos);
      publish(snapshot.config());
    });
    return known;
  }

  /**
   * Takes what a server's agent asks for.
   *
   * @return the server, if it is known and this is news: agents repeat themselves
   */
  public Optional<Server> advise(String server, Advice advice, long nowNanos) {
    Optional<Server> known = server(server);
    if (known.isEmpty()) {
      return known;
    }
    ServerConfig before = known.get().config();
    known.get().advise(advice, nowNanos);
    if (before.equals(known.get().config())) {
      return Optional.empty();
    }
    publish(snapshot.config());
    return known;
  }

  /** This configuration, with what people and agents have changed about servers. */
  public BackendConfig effective(BackendConfig config) {
    return with(config, Server::effective);
  }

  /** This configuration, with what people have changed about servers, whatever agents ask for. */
  public BackendConfig adjusted(BackendConfig config) {
    return with(config, Server::adjusted);
  }

  private BackendConfig with(
      BackendConfig config, BiFunction<Server, ServerConfig, ServerConfig> change) {
    return config.with(
        config.servers().stream()
            .map(one ->
                server(one.name())
                    .filter(server -> server.config().address().equals(one.address()))
                    .map(server -> change.apply(server, one))
                    .orElse(one))
            .toList());
  }

  /** The server of that name. */
  public Optional<Server> server(String wanted) {
    return servers.stream().filter(s -> s.name().equals(wanted)).findFirst();
  }

  private void publish(BackendConfig config) {
    ring = ring(config, servers);
    snapshot = new Snapshot(this, config, servers, ring, table, loops);
  }

  private Server add(ServerConfig config, List<Server> others) {
    int slot = 0;
    for (boolean taken = true; taken; ) {
      int candidate = slot;
      taken = others.stream().anyMatch(server -> server.slot() == candidate);
      slot += taken ? 1 : 0;
    }
    return new Server(this, config, slot, stickNumbers.of(config.name()), loops);
  }

  private static SourceRing ring(BackendConfig config, List<Server> servers) {
    if (config.balance() != Balance.SOURCE) {
      return SourceRing.EMPTY;
    }
    // Those that drain stay on the circle, as those that are down do: they may come back.
    return SourceRing.of(
        servers.stream()
            .map(server ->
                new SourceRing.Member(server.name(), server.slot(), server.config().weight()))
            .toList());
  }

  private @Nullable StickTable table(Optional<StickTableConfig> next, long nowNanos) {
    StickTable now = table;
    if (next.isEmpty()) {
      return null;
    }
    if (now == null) {
      return new StickTable(next.get(), nowNanos);
    }
    return now.config().equals(next.get()) ? now : now.with(next.get(), nowNanos);
  }

  /** The clients that stick, if they do. */
  public Optional<StickTable> stickTable() {
    return Optional.ofNullable(table);
  }

  /** Names of servers by their numbers in the table. */
  public StickNumbers stickNumbers() {
    return stickNumbers;
  }

  // ---- any thread ----

  /** Counters and states of this moment. */
  public LoadBalancerSnapshot.Backend status(long nowNanos) {
    PlacementConfig limits = placement;
    StickTable sticky = table;
    return new LoadBalancerSnapshot.Backend(
        name,
        servers.stream().map(server -> server.snapshot(nowNanos, limits.race())).toList(),
        snapshot.usable(),
        count(BackendCounter.RETRIES),
        count(BackendCounter.REDISPATCHES),
        new LoadBalancerSnapshot.Queue(
            limits.maxConnections(),
            limits.queue().size(),
            line.size(),
            count(BackendCounter.QUEUED),
            count(BackendCounter.QUEUE_REFUSED),
            count(BackendCounter.QUEUE_TIMEOUTS),
            count(BackendCounter.QUEUE_LEFT)),
        sticky == null
            ? Optional.empty()
            : Optional.of(
                new LoadBalancerSnapshot.Stick(
                    sticky.config().size(),
                    sticky.used(),
                    sticky.bytes(),
                    count(BackendCounter.STICK_HITS),
                    count(BackendCounter.STICK_MISSES),
                    count(BackendCounter.STICK_REDISPATCHES),
                    sticky.evicted(),
                    sticky.expired(),
                    sticky.isShortOfMemory())),
        new LoadBalancerSnapshot.Races(
            count(BackendCounter.CONNECT_RACES),
            count(BackendCounter.HELLO_RACES),
            count(BackendCounter.RACES_REFUSED),
            toRebalance));
  }

  private long count(BackendCounter kind) {
    return Counters.sum(counters, kind);
  }
}
