package dev.fairlead.lb.relay;

import dev.fairlead.config.RaceConfig;
import dev.fairlead.lb.SessionEnd;
import dev.fairlead.lb.backend.BackendCounter;
import dev.fairlead.lb.backend.Server;
import dev.fairlead.lb.backend.ServerCounter;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A session that its server keeps waiting, and the other servers that are asked meanwhile.
 *
 * <p>There are two moments at which another server can take over and nobody notices: while the
 * first one has not been connected to, because the client's bytes are still here; and while the
 * client has sent one TLS ClientHello and nothing else, because a ClientHello changes nothing at
 * the server, and the same bytes are here in a copy. In the first the one that is connected first
 * has won, in the second the one that sends the first byte. With the next byte of the client, or
 * the first of the server, it is over: from then on the session has one server, as ever.
 *
 * <p>A session has one of these only for as long as it may be needed; {@link Races} keeps them for
 * reuse, so that a session that is answered in time allocates nothing. Whether the copy is a
 * ClientHello is looked at when it is needed, too.
 *
 * <p>The session's own server is called the first one here, also when another has taken its place.
 * Its event loop's.
 */
final class Race {

  /** With nobody left to ask it is looked again so often, for a place may come free. */
  private static final long LONGEST_PAUSE_NANOS = 1_000_000_000;

  /** One that was asked beside the first. */
  private static final class Other {
    final Server server;
    final Relay side;
    final long since;
    boolean connected;
    long helloAt;

    Other(Server server, Relay side, long since) {
      this.server = server;
      this.side = side;
      this.since = since;
    }
  }

  private final Races races;

  /** Null while it waits to be reused. */
  private @Nullable Session session;

  private final List<Other> others = new ArrayList<>(2);

  /** Servers that this connection has been offered to, those that have failed included. */
  private int offered;

  /** Of the budget; given back when it was worth it. */
  private int spent;

  private boolean counted;
  private boolean refused;
  private long pauseNanos;

  /** The client's bytes so far; null while the first server is being connected to. */
  private @Nullable Chunk hello;

  private boolean isHello;
  private long helloAt;

  /** When to look again; counts only when {@link #isDue}. */
  private long dueAt;

  private boolean isDue;

  /** Whether {@link Races} has it in its list, and its links there. */
  boolean listed;

  @Nullable Race previous;
  @Nullable Race next;

  Race(Races races) {
    this.races = races;
  }

  void begin(Session of) {
    session = of;
    offered = 0;
    spent = 0;
    counted = false;
    refused = false;
    pauseNanos = 0;
    isHello = false;
    isDue = false;
  }

  @Nullable Session session() {
    return session;
  }

  boolean isDue() {
    return isDue;
  }

  long dueAt() {
    return dueAt;
  }

  // ---- the first server ----

  /** It is being connected to. */
  void connecting(Session of, Server first, long now) {
    offered = 1;
    lookAt(now + first.promptness().connectDelayNanos(of.loopIndex(), of.race()));
  }

  /**
   * It could not be connected to.
   *
   * @return whether another one that was asked already takes its place
   */
  boolean takesPlaceOfFailed(Session of) {
    isDue = false;
    if (others.isEmpty()) {
      return false;
    }
    Other next = others.removeFirst();
    of.lead(next.server, next.side, next.since);
    paidOff(of);
    lookAt(System.nanoTime() + pause(of));
    return true;
  }

  /**
   * The client's first bytes are on their way to the first server.
   *
   * @return false: they are not kept
   */
  boolean keep(Session of, Server first, Chunk bytes, int count) {
    Chunk copy = races.room(count);
    if (copy == null) {
      return false;
    }
    copy.append(bytes, count);
    hello = copy;
    offered = 1;
    helloAt = System.nanoTime();
    lookAt(helloAt + first.promptness().helloDelayNanos(of.loopIndex(), of.race()));
    return true;
  }

  /**
   * So are more of them.
   *
   * @return false: too many, or there was all of it already
   */
  boolean keepMore(Session of, Chunk bytes, int count) {
    Chunk copy = hello;
    if (copy == null || isHello || offered > 1) {
      return false;
    }
    Chunk larger = races.grow(copy, count);
    if (larger == null) {
      return false;
    }
    hello = larger;
    larger.append(bytes, count);
    if (!isDue) {
      lookAt(System.nanoTime() + pause(of));
    }
    return true;
  }

  /** It has sent its first byte. */
  void firstSpoke(Session of, Server first) {
    if (hello != null) {
      first.promptness().greeted(of.loopIndex(), System.nanoTime() - helloAt);
      if (offered == 1) {
        first.promptness().spoke();
      }
    }
  }

  /**
   * It has reset the connection, or ended it, before its first byte.
   *
   * @return whether others have been asked, or are now; otherwise nothing has changed
   */
  boolean outlives(Session of, Server first, SessionEnd verdict) {
    if (look() != ClientHello.Look.COMPLETE
        || (others.isEmpty() && offered >= of.race().servers())) {
      return false;
    }
    of.exclude(first);
    of.drop();
    if (others.isEmpty()) {
      ask(of, System.nanoTime(), verdict);
    }
    return true;
  }

  // ---- the others ----

  /** The moment has come to look whether somebody else should be asked. */
  void due(long now) {
    Session of = session;
    isDue = false;
    if (of == null) {
      return;
    }
    if (hello != null) {
      switch (look()) {
        case COMPLETE -> {}
        case INCOMPLETE -> {
          return; // More will come, or the server answers to what there is.
        }
        case OTHER -> {
          of.endRace();
          return;
        }
      }
    }
    expire(of, now);
    if (session == of) {
      ask(of, now, SessionEnd.SERVER_RESET);
    }
  }

  /** An event for one of them. */
  void ready(Relay side, int ops) {
    Session of = session;
    Other other = find(side);
    if (of == null || other == null) {
      return;
    }
    if (!other.connected) {
      if ((ops & (Events.OUT | Events.FAILED)) == 0) {
        return;
      }
      if ((ops & Events.FAILED) != 0) {
        try {
          side.asSocket().finishConnect();
        } catch (IOException e) {
          connectFailed(of, other, String.valueOf(e.getMessage()));
          return;
        }
      }
      if (hello == null) {
        hasConnected(of, other);
        return;
      }
      if (!greet(of, other)) {
        return;
      }
    }
    if ((ops & Events.IN_OR_END) == 0) {
      return;
    }
    if ((ops & Events.END) != 0 && !hasLastWords(other)) {
      of.loop().resetEarly(other.server);
      drop(other);
      goOn(of);
    } else {
      hasAnswered(of, other);
    }
  }

  /** An answer may come with the end: an alert, which the client has to hear. */
  private static boolean hasLastWords(Other other) {
    try {
      return other.side.readAhead() != null;
    } catch (IOException e) {
      return false; // It was a reset.
    }
  }

  /** A check has found this server dead. */
  void lost(Server dead) {
    Session of = session;
    if (of == null) {
      return;
    }
    for (int i = others.size() - 1; i >= 0; i--) {
      if (others.get(i).server == dead) {
        drop(others.get(i));
        goOn(of);
        return; // Nobody is asked twice.
      }
    }
  }

  /** Lets go of everything. */
  void end() {
    while (!others.isEmpty()) {
      drop(others.getLast());
    }
    races.release(hello);
    hello = null;
    session = null;
    isDue = false;
    races.ended(this);
  }

  private void ask(Session of, long now, SessionEnd verdict) {
    Server first = of.server();
    if (first != null) {
      of.exclude(first);
    }
    Server other =
        offered < of.race().servers() && !isRefused(of, first)
            ? of.backend().takeForRace(of.snapshot(), of, first, now)
            : null;
    if (other == null) {
      if (first == null && others.isEmpty()) {
        of.finish(verdict);
      } else {
        lookAt(now + pause(of));
      }
      return;
    }
    spent += first == null ? 0 : 1;
    offered++;
    of.exclude(other);
    if (!counted) {
      counted = true;
      of.backend()
          .counters(of.loopIndex())
          .add(hello == null ? BackendCounter.CONNECT_RACES : BackendCounter.HELLO_RACES, 1);
    }
    dial(of, other, now);
  }

  /** However often it looks again, it is one connection that was refused. */
  private boolean isRefused(Session of, @Nullable Server first) {
    if (first == null || !of.backend().refusesRace(of.snapshot(), of)) {
      return false;
    }
    if (!refused) {
      refused = true;
      of.backend().counters(of.loopIndex()).add(BackendCounter.RACES_REFUSED, 1);
    }
    return true;
  }

  private void dial(Session of, Server other, long now) {
    RelayLoop loop = of.loop();
    Socket socket;
    try {
      socket = of.dial(other);
    } catch (RuntimeException e) {
      // As for any session: out of descriptors or memory.
      loop.outOfDescriptors(e);
      other.release(loop.index());
      lookAt(now + pause(of));
      return;
    } catch (LocalFailure e) {
      other.release(loop.index());
      loop.neverLeft(other, String.valueOf(e.getMessage()));
      goOn(of);
      return;
    } catch (IOException e) {
      other.release(loop.index());
      count(of, other, ServerCounter.CONNECT_FAILURES);
      loop.connectFailed(other, String.valueOf(e.getMessage()));
      goOn(of);
      return;
    }
    Other asked = new Other(other, Relay.connecting(of, socket), now);
    others.add(asked);
    if (!loop.register(asked.side)) {
      drop(asked);
      goOn(of);
      return;
    }
    int index = loop.index();
    long patience = other.promptness().connectDelayNanos(index, of.race());
    if (hello != null) {
      patience += other.promptness().helloDelayNanos(index, of.race());
    }
    lookAt(now + patience);
  }

  /** While the first is still being connected to: this one has won. */
  private void hasConnected(Session of, Other winner) {
    long now = System.nanoTime();
    winsOver(of, winner, now);
    of.lead(winner.server, winner.side, winner.since);
    of.connected(winner.side);
  }

  /** The first is connected and silent: this one gets the same ClientHello. */
  private boolean greet(Session of, Other other) {
    Chunk copy = hello;
    long now = System.nanoTime();
    other.connected = true;
    other.helloAt = now;
    count(of, other.server, ServerCounter.CONNECTIONS);
    of.counters(other.server).add(ServerCounter.CONNECT_NANOS, now - other.since);
    other.server.promptness().connected(of.loopIndex(), now - other.since);
    try {
      if (copy != null
          && Outgoing.greet(of, of.snapshot().config(), other.side)
          && other.side.send(copy) == copy.end()) {
        of.counters(other.server).add(ServerCounter.BYTES_TO_SERVER, copy.end());
        count(of, other.server, ServerCounter.HELLOS_RETRIED);
        return true;
      }
    } catch (IOException e) {
      of.loop().resetEarly(other.server);
    }
    drop(other);
    goOn(of);
    return false;
  }

  /** The first is still silent: this one has won. */
  private void hasAnswered(Session of, Other winner) {
    long now = System.nanoTime();
    winner.server.promptness().greeted(of.loopIndex(), now - winner.helloAt);
    winsOver(of, winner, now);
    of.lead(winner.server, winner.side, of.since());
    keepAlive(of, winner.side);
    of.answeredByOther(winner.server, winner.side, now);
  }

  /** Its session may be past the age at which the socket of its server gets these. */
  private static void keepAlive(Session of, Relay side) {
    try {
      Descriptors.apply(of.snapshot().config().tcp(), side.asSocket());
    } catch (IOException e) {
      // Reset in this moment: what has come before is still to be read, and says so then.
      side.lookNow();
    }
  }

  private void winsOver(Session of, Other winner, long now) {
    others.remove(winner);
    count(of, winner.server, ServerCounter.RACES_WON);
    while (spent > 0) {
      paidOff(of);
    }
    Server first = of.server();
    if (first != null) {
      count(of, first, ServerCounter.RACES_LOST);
      first.promptness().lostRace(now, of.race());
      of.loop().lostRace(first);
    }
    of.drop();
  }

  private void paidOff(Session of) {
    if (spent > 0) {
      spent--;
      of.backend().racePaidOff(of.loopIndex());
    }
  }

  private void connectFailed(Session of, Other other, String reason) {
    count(of, other.server, ServerCounter.CONNECT_FAILURES);
    of.loop().connectFailed(other.server, reason);
    drop(other);
    goOn(of);
  }

  private void expire(Session of, long now) {
    long limit = of.snapshot().config().connectTimeout().toNanos();
    for (int i = others.size() - 1; i >= 0; i--) {
      Other other = others.get(i);
      if (!other.connected && now - other.since >= limit) {
        count(of, other.server, ServerCounter.CONNECT_TIMEOUTS);
        count(of, other.server, ServerCounter.CONNECT_FAILURES);
        of.loop().connectFailed(other.server, "no answer within the connect timeout");
        drop(other);
      }
    }
  }

  /** One of the others has gone: the next may be asked at once. */
  private void goOn(Session of) {
    if (session == of) {
      lookAt(System.nanoTime());
    }
  }

  private void drop(Other other) {
    others.remove(other);
    other.side.close(true);
    Session of = session;
    if (of != null) {
      other.server.release(of.loopIndex());
    }
  }

  private @Nullable Other find(Relay side) {
    for (int i = 0; i < others.size(); i++) {
      if (others.get(i).side == side) {
        return others.get(i);
      }
    }
    return null;
  }

  private static void count(Session of, Server server, ServerCounter what) {
    of.counters(server).add(what, 1);
  }

  private ClientHello.Look look() {
    Chunk copy = hello;
    if (copy == null) {
      return ClientHello.Look.OTHER;
    }
    if (isHello) {
      return ClientHello.Look.COMPLETE;
    }
    ClientHello.Look look = ClientHello.look(copy.toArray(), copy.end());
    isHello = look == ClientHello.Look.COMPLETE;
    return look;
  }

  private long pause(Session of) {
    RaceConfig rules = of.race();
    pauseNanos =
        pauseNanos == 0
            ? rules.minDelay().toNanos()
            : Math.min(2 * pauseNanos, Math.max(LONGEST_PAUSE_NANOS, rules.minDelay().toNanos()));
    return pauseNanos;
  }

  private void lookAt(long at) {
    dueAt = at;
    isDue = true;
    races.await(this);
  }
}
