package dev.fairlead.lb.relay;

import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.FrontendConfig;
import dev.fairlead.config.RaceConfig;
import dev.fairlead.lb.ClientAddress;
import dev.fairlead.lb.SessionEnd;
import dev.fairlead.lb.SessionLog;
import dev.fairlead.lb.Termination.Phase;
import dev.fairlead.lb.backend.Applicant;
import dev.fairlead.lb.backend.Backend;
import dev.fairlead.lb.backend.BackendCounter;
import dev.fairlead.lb.backend.Counters;
import dev.fairlead.lb.backend.Server;
import dev.fairlead.lb.backend.ServerCounter;
import dev.fairlead.lb.backend.Snapshot;
import dev.fairlead.lb.backend.Ticket;
import dev.fairlead.lb.balance.Tried;
import dev.fairlead.lb.proxy.Endpoints;
import dev.fairlead.lb.proxy.ProxyHeader;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One accepted connection and its server side, from accept to {@link #finish}.
 *
 * <p>Everything a session has taken (a place in the frontend, a place on a server, descriptors,
 * chunks, pipes) is given back in {@code finish}, which does its work exactly once.
 */
final class Session implements Applicant {

  /** When every server has been tried in vain, a breath before the first one is tried again. */
  private static final long RETRY_PAUSE_MILLIS = 20;

  /**
   * Answers of a server that are timed: of a handshake, of tickets, and of the first request. A
   * watch has little more of them at once, and what comes later on a watch answers nothing.
   */
  private static final byte TIMED_ANSWERS = 4;

  /** What comes so late is an event. */
  private static final long LONGEST_ANSWER_MILLIS = 30_000;

  private static final Logger LOG = LoggerFactory.getLogger(Session.class);

  private enum State {
    CONNECTING,
    RELAYING,
    ENDED
  }

  private final RelayLoop loop;
  private final Frontend frontend;
  private final FrontendConfig config;
  private final Backend backend;
  private final Snapshot snapshot;
  private final long clientHigh;
  private final long clientLow;
  private final Relay client;
  private @Nullable Relay upstream;
  private @Nullable Server server;

  /** While it waits for a place on a server. */
  private @Nullable Ticket ticket;

  /** What it has brought through a guarded entrance; null through an open one. */
  private final @Nullable Admission admission;

  /** For the access log; null without one. */
  private final @Nullable SessionTrace trace;

  /** While its server may keep it waiting. */
  private @Nullable Race race;

  private State state = State.CONNECTING;

  private Tried tried = Tried.NONE;
  private short attempts;
  private short attemptsOnServer;

  /** When the attempt began; once relaying, when the relay began. Nanoseconds. */
  private long since;

  private long clientActiveAt;
  private long serverActiveAt;
  private boolean keptAlive;
  private boolean serverSpoke;
  private boolean clientSpoke;

  /** By a server that it was connected to, which may happen again. */
  private boolean wasLeft;

  /** Of what was read ahead, bytes that have travelled with the SYN. */
  private short early;

  /** The first answers are timed: how many there were, the slowest, and what they answer to. */
  private byte answers;

  private int slowestMillis;
  private long askedAt;

  /** Links of the {@link SessionList} it is in. */
  @Nullable SessionList list;

  @Nullable Session previous;
  @Nullable Session next;

  private Session(
      RelayLoop loop,
      Frontend frontend,
      Frontend.Route route,
      FileDescriptor socket,
      long clientHigh,
      long clientLow,
      int clientPort,
      @Nullable Admission admission) {
    this.loop = loop;
    this.frontend = frontend;
    this.config = route.config();
    this.backend = route.backend();
    this.snapshot = backend.snapshot();
    this.clientHigh = clientHigh;
    this.clientLow = clientLow;
    this.client = Relay.accepted(this, socket);
    this.clientActiveAt = loop.tickAt();
    this.serverActiveAt = clientActiveAt;
    this.admission = admission;
    this.answers = race().timesAnswers() ? 0 : TIMED_ANSWERS;
    this.trace = route.log() == null ? null : new SessionTrace(clientPort);
  }

  /**
   * Begins with an accepted socket, which the session owns from here on.
   *
   * @param clientHigh the first 64 bits of the client's address
   * @param clientLow the rest; an IPv4 address is IPv4-mapped
   * @param clientPort for the access log
   * @param admission what the client has brought through a guarded entrance; null = nothing
   */
  static void start(
      RelayLoop loop,
      Frontend frontend,
      Frontend.Route route,
      FileDescriptor socket,
      long clientHigh,
      long clientLow,
      int clientPort,
      @Nullable Admission admission) {
    Session session =
        new Session(loop, frontend, route, socket, clientHigh, clientLow, clientPort, admission);
    loop.began(session);
    if (!loop.register(session.client)) {
      session.finish(SessionEnd.RESOURCES);
      return;
    }
    try {
      session.connect();
    } catch (RuntimeException | Error e) {
      session.broken(e);
    }
  }

  RelayLoop loop() {
    return loop;
  }

  @Override
  public int loopIndex() {
    return loop.index();
  }

  @Override
  public long clientHigh() {
    return clientHigh;
  }

  @Override
  public long clientLow() {
    return clientLow;
  }

  @Override
  public Tried tried() {
    return tried;
  }

  Backend backend() {
    return backend;
  }

  Snapshot snapshot() {
    return snapshot;
  }

  RaceConfig race() {
    return snapshot.config().placement().race();
  }

  Counters<ServerCounter> counters(Server of) {
    return of.counters(loop.index());
  }

  Frontend frontend() {
    return frontend;
  }

  /** What it has brought through a guarded entrance. */
  @Nullable Admission admission() {
    return admission;
  }

  /**
   * What the client has said before there is a server to tell it to.
   *
   * @return null = nothing yet, or nothing that may be said to several servers
   */
  @Nullable Chunk readAhead() throws IOException {
    Chunk ahead = client.readAhead();
    return race == null || mayBeRepeated(ahead) ? ahead : null;
  }

  /** So much of that has travelled with the SYN of the server that is connected now. */
  void saidEarly(int bytes) {
    early = (short) bytes;
  }

  /** What was read ahead are the client's first words; some of them have been said early. */
  private void sayAhead(Server to) {
    Chunk ahead = client.ahead();
    if (ahead == null) {
      return;
    }
    clientSpoke = true;
    if (mayRace() && race().hellos()) {
      keepHello(to, ahead, ahead.end());
    }
    client.skipAhead(early);
  }

  /** Two servers that hear the same would both act on it, but for a ClientHello. */
  private boolean mayBeRepeated(@Nullable Chunk ahead) {
    return ahead == null
        || (race().hellos()
            && ClientHello.look(ahead.toArray(), ahead.end()) == ClientHello.Look.COMPLETE);
  }

  /** Whether this server has been told nothing yet, or what others may be told as well. */
  private boolean isUncommitted(Socket socket) {
    return !(socket instanceof DialledSocket dialled && dialled.isEarly())
        || mayBeRepeated(client.ahead());
  }

  /** Who connected to where, as the first balancer saw it; null where that is not known. */
  @Nullable Endpoints endpoints() {
    ProxyHeader header = admission == null ? null : admission.header();
    Endpoints told = header == null ? null : header.endpoints();
    return told == null ? Outgoing.endpoints(client.asSocket()) : told;
  }

  @Nullable Server server() {
    return server;
  }

  /** When the attempt, or the relay, began. */
  long since() {
    return since;
  }

  boolean isConnecting() {
    return state == State.CONNECTING;
  }

  boolean hasIdleTimeout() {
    return !config.clientIdleTimeout().isZero() || !snapshot.config().serverIdleTimeout().isZero();
  }

  /** An event for one of the two sides. */
  void ready(Relay side, int ops) {
    Race now = race;
    if (now != null && side != client && side != upstream) {
      now.ready(side, ops);
      return;
    }
    switch (state) {
      case CONNECTING -> readyWhileConnecting(side, ops);
      case RELAYING -> {
        if ((ops & Events.IN_OR_END) != 0) {
          side.arrived(ops);
        }
        if ((ops & Events.OUT) != 0 && state == State.RELAYING) {
          Relay other = side == client ? upstream : client;
          if (other != null) {
            other.pump();
          }
        }
        // A client that has gone does not want its answer, and what it has sent can go no further.
        // (A server's last words are still delivered: its client may only be slow.)
        if ((ops & Events.ERROR) != 0
            && side == client
            && state == State.RELAYING
            && client.isStuck()) {
          failed(client);
        }
      }
      case ENDED -> {}
    }
  }

  /** Bytes went from this side to the other. */
  void moved(Relay from, int bytes) {
    long now = loop.tickAt();
    clientActiveAt = now;
    serverActiveAt = now;
    Server to = server;
    if (to == null) {
      return;
    }
    if (trace != null) {
      trace.moved(from == client, bytes);
    }
    if (from == client) {
      if (answers < TIMED_ANSWERS) {
        askedAt = now;
      }
      frontend.counters(loop.index()).add(FrontendCounter.BYTES_FROM_CLIENT, bytes);
      to.counters(loop.index()).add(ServerCounter.BYTES_TO_SERVER, bytes);
    } else {
      if (!serverSpoke) {
        serverSpoke = true;
        to.worked();
        spoke(to);
      }
      if (answers < TIMED_ANSWERS) {
        answered(to, now);
      }
      frontend.counters(loop.index()).add(FrontendCounter.BYTES_TO_CLIENT, bytes);
      to.counters(loop.index()).add(ServerCounter.BYTES_FROM_SERVER, bytes);
    }
  }

  /** So many bytes have been read from this side and are about to be sent to the other. */
  void sending(Relay from, Chunk bytes, int count) {
    if (from != client) {
      return;
    }
    if (!clientSpoke) {
      clientSpoke = true;
      Server first = server;
      if (first != null && !serverSpoke && mayRace() && race().hellos()) {
        keepHello(first, bytes, count);
      }
      return;
    }
    Race now = race;
    if (now != null && !now.keepMore(this, bytes, count)) {
      endRace();
    }
  }

  /** What was read from this side, and kept nowhere, is on its way to the other. */
  void sendingUnseen(Relay from) {
    clientSpoke |= from == client;
  }

  /** Whether nobody has to look at what this side says next, or to keep it. */
  boolean isPlain(Relay side) {
    return race == null && (side != client || clientSpoke || !mayRace() || !race().hellos());
  }

  private void keepHello(Server first, Chunk bytes, int count) {
    if (ClientHello.mayBegin(bytes.first())) {
      Race next = loop.races().begin(this);
      race = next;
      if (!next.keep(this, first, bytes, count)) {
        endRace();
      }
    }
  }

  /** Whether there is anybody else. */
  private boolean mayRace() {
    return snapshot.config().servers().size() > 1;
  }

  /** The server's first byte. */
  private void spoke(Server first) {
    Race now = race;
    if (now != null) {
      now.firstSpoke(this, first);
      endRace();
    } else {
      first.promptness().spoke();
    }
  }

  private void answered(Server from, long now) {
    long millis = askedAt == 0 ? 0 : TimeUnit.NANOSECONDS.toMillis(now - askedAt);
    if (millis < LONGEST_ANSWER_MILLIS) {
      slowestMillis = Math.max(slowestMillis, (int) millis);
    }
    if (++answers == TIMED_ANSWERS) {
      backend.answered(from, loop.index(), slowestMillis, now);
    }
  }

  /** From here on it has the server it has. */
  void endRace() {
    Race over = race;
    if (over != null) {
      race = null;
      over.end();
    }
  }

  /** Another server, that was asked beside the first, has sent the first byte. */
  void answeredByOther(Server winner, Relay side, long now) {
    endRace();
    backend.stick(winner, this, now);
    if (trace != null) {
      trace.connected(winner);
    }
    side.pump();
    if (state == State.RELAYING) {
      // What it said, or its end, while it had no server: that edge is spent.
      client.pump();
    }
  }

  /** This one is its server now. */
  void lead(Server to, Relay side, long begunAt) {
    server = to;
    upstream = side;
    since = begunAt;
    side.connectTo(client);
    client.connectTo(side);
  }

  /** Lets go of its server, and of what was kept for it; what was read ahead is for any. */
  void drop() {
    Relay side = upstream;
    if (side != null) {
      side.close(true);
      upstream = null;
      client.connectTo(null);
      if (state == State.RELAYING) {
        client.dropKept();
      }
    }
    Server from = server;
    if (from != null) {
      from.release(loop.index());
      server = null;
    }
  }

  /** It does not want this one again, for now. */
  void exclude(Server server) {
    if (tried == Tried.NONE) {
      tried = new Tried();
    }
    if (!tried.contains(server)) {
      tried.add(server);
    }
  }

  /**
   * A side has ended.
   *
   * @return whether it was a server that had not said a word, and others are asked instead
   */
  boolean endedUnanswered(Relay side) {
    Race now = race;
    Server first = server;
    if (first == null || side != upstream || serverSpoke) {
      return false;
    }
    return now == null ? goElsewhere(first) : now.outlives(this, first, SessionEnd.NORMAL);
  }

  /**
   * A server that goes away before it has been told anything, as one does that is being stopped:
   * another one will do as well. Only so soon after the connection, and only so often, as an
   * attempt to connect may take; a client that says nothing for longer is not worth a new server.
   *
   * @return false: nothing has changed
   */
  private boolean goElsewhere(Server from) {
    BackendConfig rules = snapshot.config();
    if (clientSpoke
        || client.isDone()
        || state != State.RELAYING
        || attempts > rules.retries()
        || System.nanoTime() - since >= rules.connectTimeout().toNanos()) {
      return false;
    }
    backend.counters(loop.index()).add(BackendCounter.RETRIES, 1);
    wasLeft = true;
    exclude(from);
    drop();
    state = State.CONNECTING;
    loop.move(this, loop.connecting());
    tryOther();
    return true;
  }

  /** One direction has ended and the other has not. */
  void halfClosed() {
    endRace();
    loop.move(this, loop.halfClosed());
  }

  /** A side was reset, or timed out. */
  void failed(Relay side) {
    Server from = server;
    if (side != client && from != null && !serverSpoke && state == State.RELAYING) {
      loop.resetEarly(from);
      Race now = race;
      if (now == null ? goElsewhere(from) : now.outlives(this, from, SessionEnd.SERVER_RESET)) {
        return;
      }
    }
    finish(side == client ? SessionEnd.CLIENT_RESET : SessionEnd.SERVER_RESET);
  }

  /**
   * Something threw where nothing may. What it left half done is this session's alone, so it ends,
   * and the others of the loop do not notice.
   */
  void broken(Throwable e) {
    LOG.error("internal error: a session of frontend {} is reset", config.name(), e);
    finish(SessionEnd.INTERNAL);
  }

  /** The connect timeout, and that of the queue, are looked at on every tick. */
  void tickWhileConnecting(long now) {
    if (ticket != null
        && now - since >= snapshot.config().placement().queue().timeout().toNanos()) {
      leaveQueue(BackendCounter.QUEUE_TIMEOUTS, SessionEnd.QUEUE_TIMEOUT);
      return;
    }
    if (upstream != null && now - since >= snapshot.config().connectTimeout().toNanos()) {
      Server slow = server;
      if (slow != null) {
        slow.counters(loop.index()).add(ServerCounter.CONNECT_TIMEOUTS, 1);
      }
      if (trace != null) {
        trace.timedOut();
      }
      attemptFailed("no answer within the connect timeout");
    }
  }

  /** The server it is connecting to has been found dead. */
  void serverLostWhileConnecting() {
    if (upstream != null) {
      attemptFailed("found dead by its check");
    }
  }

  /** Old enough to be worth six system calls: most connections end before a probe would be sent. */
  void keepAlive() {
    Relay to = upstream;
    if (keptAlive || to == null) {
      return;
    }
    keptAlive = true;
    try {
      Descriptors.apply(snapshot.config().tcp(), to.asSocket());
    } catch (IOException e) {
      // The server has reset it in this moment: the next event says so.
      LOG.debug("keepalive", e);
    }
  }

  /**
   * Its server has been found dead.
   *
   * @return whether it has ended; otherwise the server has not said a word, and others are asked
   */
  boolean serverLost() {
    Server from = server;
    Race now = race;
    if (from != null
        && !serverSpoke
        && (now == null ? goElsewhere(from) : now.outlives(this, from, SessionEnd.SERVER_DEAD))) {
      return false;
    }
    finish(SessionEnd.SERVER_DEAD);
    return true;
  }

  /** Whether nothing has moved since then. */
  boolean isIdleSince(long then) {
    return clientActiveAt - then <= 0 && serverActiveAt - then <= 0;
  }

  /** Its client is to connect anew, and not to the same server. */
  void rebalance() {
    Server from = server;
    if (from != null) {
      counters(from).add(ServerCounter.REBALANCED, 1);
    }
    finish(SessionEnd.REBALANCED);
    backend.unstick(this);
  }

  /** Looks at the idle timeouts. */
  void tickWhileRelaying(long now) {
    long clientIdle = config.clientIdleTimeout().toNanos();
    long serverIdle = snapshot.config().serverIdleTimeout().toNanos();
    if (clientIdle > 0 && now - clientActiveAt >= clientIdle) {
      finish(SessionEnd.CLIENT_IDLE);
    } else if (serverIdle > 0 && now - serverActiveAt >= serverIdle) {
      finish(SessionEnd.SERVER_IDLE);
    }
  }

  void tickWhileHalfClosed(long now) {
    keepAlive();
    long limit = config.halfClosedTimeout().toNanos();
    long activeAt = Math.max(clientActiveAt, serverActiveAt);
    if (limit > 0 && now - activeAt >= limit) {
      finish(SessionEnd.HALF_CLOSED_TIMEOUT);
    }
  }

  /** Gives everything back; only the first call counts. */
  void finish(SessionEnd end) {
    if (state == State.ENDED) {
      return;
    }
    tellLog(end);
    state = State.ENDED;
    endRace();
    SessionList in = list;
    if (in != null) {
      in.remove(this);
    }
    boolean reset = !isOrderly(end);
    client.close(reset);
    Relay to = upstream;
    if (to != null) {
      to.close(reset);
    }
    Ticket waiting = ticket;
    if (waiting != null) {
      // Too late to leave: the place that is on its way is given back when it comes.
      waiting.leave();
    }
    Server from = server;
    if (from != null) {
      if (answers > 0 && answers < TIMED_ANSWERS) {
        backend.answered(from, loop.index(), slowestMillis, loop.tickAt());
      }
      from.release(loop.index());
      backend.touch(this, loop.tickAt());
    }
    if (admission != null) {
      admission.leave();
    }
    frontend.leave(loop.index(), end);
    loop.ended(this);
    if (LOG.isDebugEnabled()) {
      LOG.debug(
          "session of {} to {} ended: {}",
          config.name(),
          from == null ? "<none>" : from.backend() + "/" + from.name(),
          end);
    }
  }

  /** Before anything is given back: the access log counts this session, too. */
  private void tellLog(SessionEnd end) {
    // As of now: a session that began before a reload is told where the others are.
    SessionLog log = frontend.route().log();
    if (trace != null && log != null) {
      ClientAddress who = new ClientAddress(clientHigh, clientLow);
      log.ended(
          loop.index(),
          trace.ended(
              end,
              phase(),
              who,
              frontend,
              backend,
              ticket != null,
              server != null,
              loop.sessionsOfAllLoops()));
    }
  }

  private Phase phase() {
    Relay to = upstream;
    if (state == State.CONNECTING || to == null) {
      return ticket == null ? Phase.CONNECTING : Phase.QUEUED;
    }
    if (to.isDone()) {
      return Phase.SERVER_DONE;
    }
    return client.isDone() ? Phase.CLIENT_DONE : Phase.RELAYING;
  }

  /** Whether the other side should see an orderly end. An end that is not one must not look it. */
  private static boolean isOrderly(SessionEnd end) {
    return switch (end) {
      case NORMAL, CLIENT_IDLE, SERVER_IDLE, HALF_CLOSED_TIMEOUT, REBALANCED -> true;
      case CLIENT_RESET,
          SERVER_RESET,
          CLIENT_ABORTED,
          CONNECT_FAILED,
          NO_SERVER,
          QUEUE_TIMEOUT,
          QUEUE_FULL,
          SERVER_DEAD,
          SHUTDOWN,
          RESOURCES,
          INTERNAL ->
          false;
    };
  }

  private void connect() {
    if (state != State.CONNECTING) {
      return;
    }
    Server chosen = backend.take(snapshot, this, loop.tickAt());
    if (chosen != null) {
      attempt(chosen);
      return;
    }
    if (backend.mayWait(snapshot, this)) {
      queue();
      return;
    }
    finish(attempts == 0 ? SessionEnd.NO_SERVER : SessionEnd.CONNECT_FAILED);
  }

  /** Waits for a place on a server. */
  private void queue() {
    if (client.isHungUp() && snapshot.config().placement().queue().leaveOnEnd()) {
      finish(SessionEnd.CLIENT_ABORTED);
      return;
    }
    since = System.nanoTime();
    ticket = backend.join(snapshot, this, loop.tickAt());
    if (ticket == null) {
      finish(SessionEnd.QUEUE_FULL);
    } else if (trace != null) {
      trace.queued(backend, ticket);
    }
  }

  private void leaveQueue(BackendCounter reason, SessionEnd end) {
    backend.counters(loop.index()).add(reason, 1);
    finish(end);
  }

  /** On any event loop. */
  @Override
  public void called(@Nullable Server place) {
    loop.execute(() -> {
      if (state != State.CONNECTING) {
        if (place != null) {
          place.release(loop.index());
        }
        return;
      }
      ticket = null;
      if (trace != null) {
        trace.unqueued();
      }
      try {
        if (place != null) {
          attempt(place);
        } else if (attempts == 0) {
          finish(SessionEnd.NO_SERVER);
        } else {
          tried = Tried.NONE;
          retryLater(null);
        }
      } catch (RuntimeException | Error e) {
        broken(e);
      }
    });
  }

  /** On a server where a place has been taken. */
  private void attempt(Server target) {
    server = target;
    attempts++;
    if (trace != null) {
      trace.attempt(target);
    }
    since = System.nanoTime();
    Socket socket;
    try {
      socket = dial(target);
    } catch (RuntimeException e) {
      // Netty wraps socket(2)'s error: out of descriptors or memory. Another server would not help.
      loop.outOfDescriptors(e);
      awaitDescriptor(target);
      return;
    } catch (LocalFailure e) {
      attemptFailed(String.valueOf(e.getMessage()), true);
      return;
    } catch (IOException e) {
      attemptFailed(String.valueOf(e.getMessage()));
      return;
    }
    Relay side = Relay.connecting(this, socket);
    side.connectTo(client);
    client.connectTo(side);
    upstream = side;
    if (!loop.register(side)) {
      finish(SessionEnd.RESOURCES);
      return;
    }
    if (mayRace() && race().connects() && isUncommitted(socket)) {
      Race now = race;
      if (now == null) {
        now = loop.races().begin(this);
        race = now;
      }
      now.connecting(this, target, since);
    }
  }

  /**
   * A socket that is on its way to this server; nothing has been sent on it.
   *
   * @throws LocalFailure it could not even leave this node
   * @throws IOException it was refused at once
   * @throws RuntimeException no socket could be made
   */
  Socket dial(Server target) throws IOException {
    if (target.config().isUnix() || !snapshot.config().outgoing().isPlain()) {
      return Outgoing.dial(this, target, snapshot.config());
    }
    InetSocketAddress address = target.config().address();
    Socket socket = LinuxSocket.newSocketStream(address.getAddress() instanceof Inet6Address);
    try {
      if (snapshot.config().tcp().delayedAcks()) {
        Descriptors.delayAcks(socket, true);
      }
      socket.connect(address);
    } catch (IOException e) {
      Descriptors.close(socket);
      throw LocalFailure.ofConnect(e);
    }
    return socket;
  }

  /** The next session that ends gives two back. */
  private void awaitDescriptor(Server target) {
    target.release(loop.index());
    server = null;
    attempts--;
    if (loop.tickAt() - clientActiveAt >= snapshot.config().connectTimeout().toNanos()) {
      finish(SessionEnd.RESOURCES);
      return;
    }
    retryLater(null);
  }

  private void readyWhileConnecting(Relay side, int ops) {
    if (side == client) {
      // An end of input alone is no reason to stop: the request may be complete.
      if ((ops & Events.FAILED) != 0) {
        abandoned();
      } else if (ticket != null
          && (ops & Events.END) != 0
          && snapshot.config().placement().queue().leaveOnEnd()) {
        abandoned();
      }
      return;
    }
    if (side != upstream || (ops & (Events.OUT | Events.FAILED)) == 0) {
      return;
    }
    if ((ops & Events.FAILED) != 0) {
      try {
        side.asSocket().finishConnect();
      } catch (ConnectException e) {
        attemptFailed(String.valueOf(e.getMessage()));
        return;
      } catch (IOException e) {
        attemptFailed(String.valueOf(e.getMessage()));
        return;
      }
    }
    connected(side);
  }

  private void abandoned() {
    if (ticket == null) {
      finish(SessionEnd.CLIENT_ABORTED);
    } else {
      leaveQueue(BackendCounter.QUEUE_LEFT, SessionEnd.CLIENT_ABORTED);
    }
  }

  void connected(Relay side) {
    if (!Outgoing.greet(this, snapshot.config(), side)) {
      attemptFailed("the PROXY protocol header could not be sent");
      return;
    }
    Server to = server;
    if (to == null) {
      return;
    }
    endRace();
    long now = System.nanoTime();
    to.promptness().connected(loop.index(), now - since);
    backend.connected(snapshot, loop.index());
    to.counters(loop.index()).add(ServerCounter.CONNECTIONS, 1);
    to.counters(loop.index()).add(ServerCounter.CONNECT_NANOS, now - since);
    since = now;
    serverActiveAt = now;
    clientActiveAt = now;
    if (!wasLeft) {
      tried = Tried.NONE;
    }
    if (trace != null) {
      trace.connected(to);
    }
    backend.stick(to, this, now);
    state = State.RELAYING;
    loop.move(this, loop.young());
    sayAhead(to);
    client.lookNow();
    client.arrived(0);
    if (state == State.RELAYING) {
      side.pump();
    }
    if (!client.batched) {
      foundNothing(client);
    }
  }

  /** All that this side had to say has been written. */
  void foundNothing(Relay from) {
    Relay to = upstream;
    if (from == client
        && to != null
        && state == State.RELAYING
        && !to.isWritten()
        && snapshot.config().tcp().delayedAcks()) {
      completeHandshake(to);
    }
  }

  /** The server waits for an acknowledgement that was to ride on bytes there are not yet. */
  private void completeHandshake(Relay side) {
    try {
      Descriptors.delayAcks(side.asSocket(), false);
    } catch (IOException e) {
      // Reset in this moment: the next event says so.
      LOG.debug("acknowledging", e);
    }
  }

  private void attemptFailed(String reason) {
    attemptFailed(reason, false);
  }

  /**
   * An attempt has come to nothing.
   *
   * @param local whether it has not left this node, so that it says nothing about the server
   */
  private void attemptFailed(String reason, boolean local) {
    try {
      giveUpAttempt(reason, local);
    } catch (RuntimeException | Error e) {
      broken(e);
    }
  }

  private void giveUpAttempt(String reason, boolean local) {
    Server failed = server;
    Relay side = upstream;
    if (side != null) {
      side.close(true);
      upstream = null;
      client.connectTo(null);
    }
    if (failed == null) {
      return;
    }
    failed.release(loop.index());
    server = null;
    if (local) {
      loop.neverLeft(failed, reason);
    } else {
      failed.counters(loop.index()).add(ServerCounter.CONNECT_FAILURES, 1);
      loop.connectFailed(failed, reason);
    }
    Race now = race;
    if (now != null && now.takesPlaceOfFailed(this)) {
      exclude(failed);
      return;
    }

    BackendConfig rules = snapshot.config();
    if (attempts > rules.retries()) {
      finish(SessionEnd.CONNECT_FAILED);
      return;
    }
    backend.counters(loop.index()).add(BackendCounter.RETRIES, 1);
    if (++attemptsOnServer < rules.redispatchAfter()) {
      retryLater(failed);
      return;
    }
    attemptsOnServer = 0;
    if (tried == Tried.NONE) {
      tried = new Tried();
    }
    tried.add(failed);
    tryOther();
  }

  /** Any that has not been tried; when there is none, the first again in a moment. */
  private void tryOther() {
    Server other = backend.take(snapshot, this, loop.tickAt());
    if (other != null) {
      backend.counters(loop.index()).add(BackendCounter.REDISPATCHES, 1);
      attempt(other);
      return;
    }
    if (backend.mayWait(snapshot, this)) {
      queue();
      return;
    }
    tried = Tried.NONE;
    retryLater(null);
  }

  private void retryLater(@Nullable Server same) {
    loop.schedule(
        () -> {
          if (state != State.CONNECTING) {
            return;
          }
          try {
            if (same != null && !same.isLost() && same.tryAcquire(loop.index())) {
              attempt(same);
            } else {
              connect();
            }
          } catch (RuntimeException | Error e) {
            broken(e);
          }
        },
        TimeUnit.MILLISECONDS.toNanos(RETRY_PAUSE_MILLIS));
  }
}
