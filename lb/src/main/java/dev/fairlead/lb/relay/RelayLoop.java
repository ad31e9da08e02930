package dev.fairlead.lb.relay;

import dev.fairlead.config.DataPath;
import dev.fairlead.config.RebalanceConfig;
import dev.fairlead.lb.LoadBalancer;
import dev.fairlead.lb.SessionEnd;
import dev.fairlead.lb.backend.Server;
import dev.fairlead.lb.backend.ServerCounter;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.util.concurrent.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the sessions of one event loop share: scratch memory, pools, lists, and a tick.
 *
 * <p>Everything but the volatile readings is touched by the event loop's thread only. One tick
 * every 100 ms looks at timeouts; a timer per session would cost more than the session's own
 * bookkeeping.
 */
public final class RelayLoop {

  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final int TICKS_PER_SECOND = 10;

  /** Sessions older than this get their keepalive options. */
  private static final long YOUNG_NANOS = TimeUnit.SECONDS.toNanos(2);

  private static final Logger LOG = LoggerFactory.getLogger(RelayLoop.class);

  /** A server whose sessions are being closed. */
  private static final class Closing {
    final Server server;
    final long lostAt;
    final double perTick;

    /** What may be closed now; fractions of a session add up. */
    double due;

    Closing(Server server, long lostAt, double perTick) {
      this.server = server;
      this.lostAt = lostAt;
      this.perTick = perTick;
    }
  }

  private final int index;
  private final IoEventLoop loop;
  private final LoadBalancer.Observer observer;

  /** All loops of the process, this one included. */
  private volatile List<RelayLoop> all = List.of();

  private final Chunk scratch = new Chunk(Chunk.CAPACITY);
  private final Chunks chunks;
  private final Pipes pipes;
  private final Batch batch = new Batch(this);
  private final DataPathChoice dataPath = new DataPathChoice(this);

  private final SessionList connecting = new SessionList();
  private final SessionList young = new SessionList();
  private final SessionList settled = new SessionList();
  private final SessionList halfClosed = new SessionList();
  private int withIdleTimeout;

  private final Races races = new Races(this);

  private final List<Relay> graves = new ArrayList<>();
  private final Runnable bury = this::buryAll;

  /** How long a fast stream may gather in the kernel before it is moved on. */
  static final long GATHERING_NANOS = 250_000;

  /** Turns of the clock with nothing to look at, until it stops. */
  private static final int IDLE_GATHERINGS = 100;

  private final List<Relay> gathering = new ArrayList<>();
  private final Runnable lookAtGathered = this::lookAtGathered;
  private @Nullable Future<?> gatherer;
  private int idleGatherings;
  private final Queue<Relay> deferred = new ArrayDeque<>();
  private final Runnable resume = this::resumeDeferred;
  private boolean resuming;
  private boolean closed;
  private final Queue<Relay> awaitingChunk = new ArrayDeque<>();
  private final List<Acceptor> acceptors = new ArrayList<>();

  /** Connections whose PROXY protocol header is still to come. */
  private final Set<Greeting> greetings = new LinkedHashSet<>();

  private final List<Closing> closings = new ArrayList<>();

  private long tickAt = System.nanoTime();
  private long tickDueAt = tickAt;
  private int tick;
  private final Shortages shortages;
  private final int mostSessions;

  /** The tick in which no socket could be made; -1 before there was one. */
  private int shortAtTick = -1;

  /** Written by this loop only, so a plain read and an ordered write are enough. */
  private final AtomicInteger sessions = new AtomicInteger();

  private final AtomicInteger openSockets = new AtomicInteger();
  private volatile long lagNanos;
  private volatile long lastTurnNanos = tickAt;

  /**
   * Begins to tick.
   *
   * @param shortages those of all loops of the process
   */
  public RelayLoop(
      int index,
      IoEventLoop loop,
      LoadBalancer.Observer observer,
      PoolLimits limits,
      Shortages shortages) {
    this.index = index;
    this.loop = loop;
    this.observer = observer;
    this.shortages = shortages;
    mostSessions = limits.sessions();
    chunks = new Chunks(limits.buffers(), shortages.buffersTold);
    pipes = new Pipes(limits.pipes(), shortages.pipesTold);
    loop.scheduleAtFixedRate(this::tick, TICK_NANOS, TICK_NANOS, TimeUnit.NANOSECONDS);
    tickDueAt = System.nanoTime() + TICK_NANOS;
  }

  /** Any thread. */
  public void execute(Runnable task) {
    loop.execute(task);
  }

  /** Any thread: sessions of this loop. */
  public int sessions() {
    return sessions.getAcquire();
  }

  /** Before any of them has a listener. */
  public void all(List<RelayLoop> loops) {
    all = List.copyOf(loops);
  }

  /** Sessions of the process. */
  int sessionsOfAllLoops() {
    int sum = 0;
    List<RelayLoop> loops = all;
    for (int i = 0; i < loops.size(); i++) {
      sum += loops.get(i).sessions();
    }
    return sum;
  }

  /** Any thread: sockets of sessions that are not closed yet. */
  public int openSockets() {
    return openSockets.getAcquire();
  }

  /** Any thread: how late the last tick was. */
  public long lagNanos() {
    return lagNanos;
  }

  /** Any thread: {@code System.nanoTime()} of the last tick. */
  public long lastTurnNanos() {
    return lastTurnNanos;
  }

  /** Any thread, a moment late. */
  public int pipesInUse() {
    return pipes.inUse();
  }

  /** Any thread, a moment late. */
  public int pipesPooled() {
    return pipes.pooled();
  }

  /** Any thread, a moment late: times a relay copied for want of a pipe. */
  public long pipesRefused() {
    return pipes.refused();
  }

  /** Any thread, a moment late: times a relay waited for want of a buffer. */
  public long chunkShortages() {
    return chunks.shortages();
  }

  /** Any thread, a moment late. */
  public int chunksInUse() {
    return chunks.inUse() + races.kept();
  }

  /** Any thread, a moment late. */
  public int chunksPooled() {
    return chunks.pooled();
  }

  public int index() {
    return index;
  }

  Chunk scratch() {
    return scratch;
  }

  Chunks chunks() {
    return chunks;
  }

  Pipes pipes() {
    return pipes;
  }

  Set<Greeting> greetings() {
    return greetings;
  }

  Races races() {
    return races;
  }

  Batch batch() {
    return batch;
  }

  /** How connections are to be read and written from now on. On this loop's thread. */
  public void dataPath(DataPath wanted) {
    dataPath.choose(wanted);
  }

  /** A turn had so much to do that a ring would help. */
  void openRing() {
    dataPath.open();
  }

  /** The ring does not do what it did; relays go on without it. */
  void ringFailed() {
    dataPath.failed();
  }

  boolean isClosed() {
    return closed;
  }

  /** Any thread: what {@link DataPath#AUTO} has come to. */
  public DataPath dataPathInUse() {
    return dataPath.inUse();
  }

  SessionList connecting() {
    return connecting;
  }

  SessionList young() {
    return young;
  }

  SessionList halfClosed() {
    return halfClosed;
  }

  /** {@code System.nanoTime()} at most one tick ago. */
  long tickAt() {
    return tickAt;
  }

  void schedule(Runnable task, long delayNanos) {
    loop.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
  }

  /** Watches a relay's socket; false when the kernel refuses. */
  boolean register(Relay relay) {
    Future<IoRegistration> registered = loop.register(relay);
    count(openSockets, 1);
    IoRegistration registration = registered.getNow();
    if (registration == null) {
      LOG.warn("epoll refuses another descriptor", registered.cause());
      return false;
    }
    relay.registered(registration);
    return true;
  }

  /** Watches what is no relay; null when the kernel refuses. */
  @Nullable IoRegistration watch(EpollIoHandle handle) {
    Future<IoRegistration> registered = loop.register(handle);
    IoRegistration registration = registered.getNow();
    if (registration == null) {
      LOG.error("epoll refuses another descriptor", registered.cause());
    }
    return registration;
  }

  void began(Session session) {
    count(sessions, 1);
    if (session.hasIdleTimeout()) {
      withIdleTimeout++;
    }
    connecting.add(session);
  }

  void move(Session session, SessionList to) {
    SessionList from = session.list;
    if (from != null && from != to) {
      from.remove(session);
      to.add(session);
    }
  }

  void ended(Session session) {
    count(sessions, -1);
    if (session.hasIdleTimeout()) {
      withIdleTimeout--;
    }
    for (int i = 0; i < acceptors.size(); i++) {
      acceptors.get(i).resumeIfPossible();
    }
  }

  /**
   * Closes a relay's socket after this batch of events: Netty finds events by descriptor number,
   * and one that is closed and taken again within a batch would get its predecessor's events.
   */
  void bury(Relay relay) {
    if (graves.isEmpty()) {
      loop.execute(bury);
    }
    graves.add(relay);
  }

  /** Looks at this relay by the clock, until it wants no more. */
  void gather(Relay relay) {
    relay.clocked = true;
    gathering.add(relay);
    if (gatherer == null) {
      // The same task again and again: nothing is allocated.
      gatherer =
          loop.scheduleWithFixedDelay(
              lookAtGathered, GATHERING_NANOS, GATHERING_NANOS, TimeUnit.NANOSECONDS);
    }
  }

  private void lookAtGathered() {
    if (gathering.isEmpty()) {
      Future<?> timer = gatherer;
      if (++idleGatherings == IDLE_GATHERINGS && timer != null) {
        timer.cancel(false);
        gatherer = null;
        idleGatherings = 0;
      }
      return;
    }
    idleGatherings = 0;
    for (int i = gathering.size() - 1; i >= 0; i--) {
      Relay relay = gathering.get(i);
      if (!relay.gathered()) {
        relay.clocked = false;
        Relay last = gathering.removeLast();
        if (i < gathering.size()) {
          gathering.set(i, last);
        }
      }
    }
  }

  /** Goes on with this relay after the others have had their turn. */
  void defer(Relay relay) {
    if (relay.queued) {
      return;
    }
    relay.queued = true;
    deferred.add(relay);
    resumeSoon();
  }

  /**
   * As a timer that is due, not as a task: Netty runs the tasks that tasks add before it looks at
   * the sockets again, for up to a second, and a stream that is never empty would have the loop for
   * itself.
   */
  private void resumeSoon() {
    if (!resuming) {
      resuming = true;
      loop.schedule(resume, 0, TimeUnit.NANOSECONDS);
    }
  }

  /** Takes a chunk back, and lets those go on that waited for one. */
  void release(@Nullable Chunk chunk) {
    if (chunk == null) {
      return;
    }
    chunks.release(chunk);
    if (!awaitingChunk.isEmpty()) {
      resumeSoon();
    }
  }

  /** Goes on with this relay when a chunk has come back. */
  void awaitChunk(Relay relay) {
    if (!relay.queued) {
      relay.queued = true;
      chunks.countShortage();
      awaitingChunk.add(relay);
    }
  }

  void connectFailed(Server server, String reason) {
    if (LOG.isDebugEnabled()) {
      LOG.debug("connect to {}/{} failed: {}", server.backend(), server.name(), reason);
    }
    server.failed();
    observer.connectFailed(server.backend(), server.name());
  }

  /**
   * A connection to this server has not left this node, which says nothing about the server. Said
   * once for each shortage.
   */
  void neverLeft(Server server, String reason) {
    server.counters(index).add(ServerCounter.LOCAL_FAILURES, 1);
    if (shortages.wayOut.failed(tickAt)) {
      LOG.warn(
          "connections to {}/{} do not leave this node: {}",
          server.backend(),
          server.name(),
          reason);
    }
  }

  /** It has answered later than one that was asked later: a reason to check, and nothing else. */
  void lostRace(Server server) {
    LOG.debug("{}/{} has lost a race", server.backend(), server.name());
    observer.lostRace(server.backend(), server.name());
  }

  void resetEarly(Server server) {
    server.counters(index).add(ServerCounter.EARLY_RESETS, 1);
    server.failed();
    observer.resetEarly(server.backend(), server.name());
  }

  /** No socket could be made: listeners pause until the next tick. Said once for each shortage. */
  void outOfDescriptors(Throwable cause) {
    shortAtTick = tick;
    if (shortages.descriptors.failed(tickAt)) {
      LOG.error(
          "out of descriptors: new connections wait until others end: {}", cause.getMessage());
    }
  }

  /**
   * Whether the heap has room for one more session: used up, it would end the process, and all of
   * them. Said once for each shortage.
   */
  boolean hasRoomForSession() {
    if (sessionsOfAllLoops() < mostSessions) {
      return true;
    }
    if (shortages.heap.failed(tickAt)) {
      LOG.error(
          "all {} sessions that the heap has room for: new connections wait until others end"
              + " (FAIRLEAD_JAVA_OPTS=-Xmx128m gives it more)",
          mostSessions);
    }
    return false;
  }

  /** Whether a socket was refused since the last tick. */
  boolean isOutOfDescriptors() {
    return shortAtTick == tick;
  }

  void add(Acceptor acceptor) {
    acceptors.add(acceptor);
  }

  void remove(Acceptor acceptor) {
    acceptors.remove(acceptor);
  }

  /**
   * Closes the sessions of a lost server, so many per second. On this loop's thread.
   *
   * @param perSecond 0 = all at once
   */
  public void closeSessionsOf(Server server, double perSecond) {
    for (Session session = connecting.first(); session != null; ) {
      Session following = session.next;
      if (session.server() == server) {
        session.serverLostWhileConnecting();
      }
      session = following;
    }
    races.lost(server);
    double perTick = perSecond == 0 ? Integer.MAX_VALUE : perSecond / TICKS_PER_SECOND;
    closings.removeIf(closing -> closing.server == server);
    closings.add(new Closing(server, System.nanoTime(), perTick));
    closeLost();
  }

  /**
   * Closes the oldest idle-looking sessions of a server. On this loop's thread.
   *
   * @param most so many, or less when others are too young or not idle
   * @return how many
   */
  public int closeOldest(Server server, int most, RebalanceConfig rules) {
    long now = System.nanoTime();
    int closed = 0;
    for (Session session = settled.first(); session != null && closed < most; ) {
      if (now - session.since() < rules.minAge().toNanos()) {
        break; // They are in the order of their age.
      }
      Session following = session.next;
      if (session.server() == server && session.isIdleSince(now - rules.minIdle().toNanos())) {
        session.rebalance();
        closed++;
      }
      session = following;
    }
    return closed;
  }

  /** Resets every session. On this loop's thread. */
  public void resetAll() {
    List.copyOf(greetings).forEach(Greeting::abandon);
    for (SessionList list : lists()) {
      for (Session session = list.first(); session != null; session = list.first()) {
        session.finish(SessionEnd.SHUTDOWN);
      }
    }
    buryAll();
  }

  /** Frees the pools; no session may be left. On this loop's thread. */
  public void close() {
    closed = true;
    batch.disable();
    chunks.close();
    races.close();
    pipes.close();
    scratch.free();
  }

  private static void count(AtomicInteger counter, int change) {
    counter.setRelease(counter.getPlain() + change);
  }

  private List<SessionList> lists() {
    return List.of(connecting, young, settled, halfClosed);
  }

  private void tick() {
    try {
      turn();
    } catch (RuntimeException | Error e) {
      // Thrown on, it would end the timer without a word, and with it every timeout of this loop.
      LOG.error("internal error in the timer of relay-{}", index, e);
    }
  }

  private void turn() {
    long now = System.nanoTime();
    lagNanos = Math.max(0, now - tickDueAt);
    tickDueAt = now + TICK_NANOS;
    lastTurnNanos = now;
    tickAt = now;
    tick++;
    batch.tick();
    for (Session session = connecting.first(); session != null; ) {
      Session following = session.next;
      session.tickWhileConnecting(now);
      session = following;
    }
    for (Session session = young.first();
        session != null && now - session.since() >= YOUNG_NANOS;
        session = young.first()) {
      session.keepAlive();
      move(session, settled);
    }
    if (!greetings.isEmpty()) {
      List.copyOf(greetings).forEach(greeting -> greeting.tick(now));
    }
    closeLost();
    if (shortages.descriptors.ends(now)) {
      LOG.info("descriptors are available again");
    }
    if (shortages.heap.ends(now)) {
      LOG.info("the heap has room for sessions again");
    }
    if (shortages.wayOut.ends(now)) {
      LOG.info("connections to servers leave this node again");
    }
    for (int i = 0; i < acceptors.size(); i++) {
      acceptors.get(i).resumeIfPossible();
    }
    if (tick % TICKS_PER_SECOND == 0) {
      tickEverySecond(now);
    }
  }

  private void tickEverySecond(long now) {
    pipes.lookAgain();
    for (Session session = halfClosed.first(); session != null; ) {
      Session following = session.next;
      session.tickWhileHalfClosed(now);
      session = following;
    }
    if (!awaitingChunk.isEmpty()) {
      chunks.lookAgain();
      wakeAwaiting();
    }
    if (withIdleTimeout == 0) {
      return;
    }
    for (SessionList list : List.of(young, settled, halfClosed)) {
      for (Session session = list.first(); session != null; ) {
        Session following = session.next;
        session.tickWhileRelaying(now);
        session = following;
      }
    }
  }

  private void closeLost() {
    for (Iterator<Closing> each = closings.iterator(); each.hasNext(); ) {
      Closing closing = each.next();
      // A server that is back in the meantime keeps what it still has.
      if (!closing.server.isLost()) {
        each.remove();
        continue;
      }
      closing.due = Math.min(Integer.MAX_VALUE, closing.due + closing.perTick);
      int most = (int) closing.due;
      int closed = closeSome(closing, most);
      closing.due -= closed;
      if (closed < most) {
        each.remove();
      }
    }
  }

  private int closeSome(Closing closing, int most) {
    int closed = 0;
    for (SessionList list : List.of(settled, young, halfClosed)) {
      for (Session session = list.first(); session != null && closed < most; ) {
        Session following = session.next;
        // Sessions that connected after it was found lost were tried anyway, and worked.
        if (session.server() == closing.server
            && session.since() - closing.lostAt < 0
            && session.serverLost()) {
          closed++;
        }
        session = following;
      }
    }
    return closed;
  }

  private void buryAll() {
    for (int i = 0; i < graves.size(); i++) {
      graves.get(i).closeNow();
      count(openSockets, -1);
    }
    graves.clear();
    wakeAwaiting();
  }

  private void wakeAwaiting() {
    while (!awaitingChunk.isEmpty() && chunks.room() > 0) {
      Relay relay = awaitingChunk.remove();
      relay.queued = false;
      relay.pump();
    }
  }

  private void resumeDeferred() {
    resuming = false;
    for (int count = deferred.size(); count > 0; count--) {
      @Nullable Relay relay = deferred.poll();
      if (relay != null) {
        relay.queued = false;
        relay.pump();
      }
    }
    wakeAwaiting();
  }
}
