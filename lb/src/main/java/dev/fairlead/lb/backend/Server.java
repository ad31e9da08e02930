package dev.fairlead.lb.backend;

import dev.fairlead.config.RaceConfig;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.config.ServerConfig.Administrative;
import dev.fairlead.lb.Adjustment;
import dev.fairlead.lb.Advice;
import dev.fairlead.lb.Availability;
import dev.fairlead.lb.LoadBalancerSnapshot;
import dev.fairlead.lb.balance.Candidate;
import dev.fairlead.lb.balance.SlowStart;
import dev.fairlead.lb.source.SourcePorts;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One server and its live counters, which survive a reload as long as its name and address stay.
 *
 * <p>The control loop writes configuration and availability; any event loop counts sessions.
 */
public final class Server implements Candidate {

  private final Backend backend;
  private final int slot;
  private final int stickNumber;
  private final Counters<ServerCounter>[] counters;
  private final AtomicInteger load = new AtomicInteger();

  /** How promptly it answers. */
  private final Promptness promptness;

  /** Connections of clients that have failed since the last one worked. */
  private final AtomicInteger failuresInARow = new AtomicInteger();

  /** Sessions that wait for a place here and nowhere else. */
  private final AtomicInteger waiters = new AtomicInteger();

  /** Source ports of connections to it; null without a range. */
  private final AtomicReference<@Nullable SourcePorts> sourcePorts = new AtomicReference<>();

  /** Control loop only. */
  private Adjustment adjustment;

  /** Control loop only. */
  private Advice advice = Advice.NONE;

  /** What is in force: what the file says, what its agent asks for, what people have changed. */
  private volatile ServerConfig config;

  private volatile Availability availability = Availability.UNKNOWN;
  private volatile boolean removed;

  /** When it last became usable again; counts only when {@link #recovered}. */
  private volatile long recoveredAt;

  private volatile boolean recovered;

  Server(Backend backend, ServerConfig config, int slot, int stickNumber, int loops) {
    this.backend = backend;
    this.slot = slot;
    this.stickNumber = stickNumber;
    this.adjustment = Adjustment.none(config);
    this.config = config;
    this.counters = Counters.forLoops(loops, ServerCounter.class);
    this.promptness = new Promptness(loops);
  }

  public String backend() {
    return backend.name();
  }

  public String name() {
    return config.name();
  }

  /** What is in force. */
  public ServerConfig config() {
    return config;
  }

  public Availability availability() {
    return availability;
  }

  /** Those of one event loop. */
  public Counters<ServerCounter> counters(int loop) {
    return counters[loop];
  }

  public Promptness promptness() {
    return promptness;
  }

  /**
   * A session, or an attempt at one, begins, if there is room.
   *
   * @param loop the event loop that asks
   */
  public boolean tryAcquire(int loop) {
    int limit = config.maxConnections();
    if (limit == 0) {
      load.incrementAndGet();
    } else if (!acquireBelow(limit)) {
      return false;
    }
    backend.acquired(loop);
    return true;
  }

  private boolean acquireBelow(int limit) {
    while (true) {
      int now = load.get();
      if (now >= limit) {
        return false;
      }
      if (load.compareAndSet(now, now + 1)) {
        return true;
      }
    }
  }

  /**
   * The session, or the attempt, has ended.
   *
   * @param loop the event loop that says so
   */
  public void release(int loop) {
    load.decrementAndGet();
    backend.released(this, loop);
  }

  /** The ports of this range that connections to it may come from. */
  public SourcePorts sourcePorts(int first, int last) {
    while (true) {
      SourcePorts known = sourcePorts.get();
      if (known != null && known.covers(first, last)) {
        return known;
      }
      sourcePorts.compareAndSet(known, new SourcePorts(first, last));
    }
  }

  /** A connection of a client has failed: not opened, or reset before the first byte. */
  public void failed() {
    failuresInARow.incrementAndGet();
  }

  /** It has sent a byte. Called once for each session, so that most only read. */
  public void worked() {
    if (failuresInARow.get() != 0) {
      failuresInARow.set(0);
    }
  }

  public int failuresInARow() {
    return failuresInARow.get();
  }

  @Override
  public int slot() {
    return slot;
  }

  /** Its number in the backend's stick table. */
  int stickNumber() {
    return stickNumber;
  }

  @Override
  public int load() {
    return load.get();
  }

  @Override
  public double weight(long nowNanos) {
    int weight = Math.max(1, config.weight());
    return recovered
        ? weight * SlowStart.share(nowNanos - recoveredAt, backend.slowStartNanos())
        : weight;
  }

  @Override
  public boolean isRamping(long nowNanos) {
    return recovered && SlowStart.share(nowNanos - recoveredAt, backend.slowStartNanos()) < 1;
  }

  /** Those who wait for a place here come before everybody else. */
  @Override
  public boolean isFull() {
    int limit = config.maxConnections();
    return limit > 0 && (load.get() >= limit || waiters.get() > 0);
  }

  /** Whether its sessions must be closed: it does not answer, or people have taken it away. */
  public boolean isLost() {
    return availability == Availability.DEAD || isInMaintenance();
  }

  /** Whether people let it take new connections. */
  boolean isOpen() {
    ServerConfig now = config;
    return now.administrative() == Administrative.READY && now.weight() > 0;
  }

  boolean isInMaintenance() {
    return config.administrative() == Administrative.MAINTENANCE;
  }

  /** Whether people let it take connections, and no check has found anything against it. */
  boolean isHopeful() {
    Availability now = availability;
    return isOpen() && (now == Availability.USABLE || now == Availability.UNKNOWN);
  }

  /** Whether clients that are its own may still come: also while it drains, as with haproxy. */
  boolean takesItsOwn() {
    Availability now = availability;
    return !removed
        && !isInMaintenance()
        && (now == Availability.USABLE || now == Availability.UNKNOWN);
  }

  AtomicInteger waiters() {
    return waiters;
  }

  Adjustment adjustment() {
    return adjustment;
  }

  void adjust(Adjustment next, long nowNanos) {
    adjustment = next;
    follow(nowNanos);
  }

  void advise(Advice next, long nowNanos) {
    advice = next;
    follow(nowNanos);
  }

  /** What would be in force if the file said this. */
  ServerConfig effective(ServerConfig written) {
    return adjustment.over(written).effective(advice);
  }

  /** What would be in force if the file said this and there were no agent. */
  ServerConfig adjusted(ServerConfig written) {
    return adjustment.over(written).effective(Advice.NONE);
  }

  private void follow(long nowNanos) {
    boolean wasInMaintenance = isInMaintenance();
    config = adjustment.effective(advice);
    if (wasInMaintenance && !isInMaintenance()) {
      recover(nowNanos);
    }
  }

  void remove() {
    removed = true;
  }

  void availability(Availability next, long nowNanos) {
    Availability before = availability;
    availability = next;
    if (next == Availability.USABLE
        && (before == Availability.DEAD
            || before == Availability.REFUSING
            || before == Availability.UNREADY)) {
      recover(nowNanos);
    }
  }

  private void recover(long nowNanos) {
    recoveredAt = nowNanos;
    recovered = true;
    promptness.recovered();
    backend.joined();
  }

  private LoadBalancerSnapshot.Racing racing(RaceConfig race) {
    return new LoadBalancerSnapshot.Racing(
        Counters.sum(counters, ServerCounter.RACES_WON),
        Counters.sum(counters, ServerCounter.RACES_LOST),
        Counters.sum(counters, ServerCounter.HELLOS_RETRIED),
        promptness.connectDelayNanos(race),
        promptness.helloDelayNanos(race),
        promptness.answerMillis(),
        promptness.isInDoubt(),
        Counters.sum(counters, ServerCounter.REBALANCED));
  }

  LoadBalancerSnapshot.Server snapshot(long nowNanos, RaceConfig race) {
    return new LoadBalancerSnapshot.Server(
        name(),
        config,
        availability,
        load(),
        Counters.sum(counters, ServerCounter.CONNECTIONS),
        Counters.sum(counters, ServerCounter.CONNECT_FAILURES),
        Counters.sum(counters, ServerCounter.CONNECT_TIMEOUTS),
        Counters.sum(counters, ServerCounter.LOCAL_FAILURES),
        Counters.sum(counters, ServerCounter.EARLY_RESETS),
        Counters.sum(counters, ServerCounter.CONNECT_NANOS),
        Counters.sum(counters, ServerCounter.BYTES_TO_SERVER),
        Counters.sum(counters, ServerCounter.BYTES_FROM_SERVER),
        new LoadBalancerSnapshot.Placement(
            config.weight() == 0 ? 0 : weight(nowNanos), waiters.get(), adjustment),
        racing(race));
  }
}
