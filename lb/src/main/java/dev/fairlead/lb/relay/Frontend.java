package dev.fairlead.lb.relay;

import dev.fairlead.config.FrontendConfig;
import dev.fairlead.lb.Rejection;
import dev.fairlead.lb.SessionEnd;
import dev.fairlead.lb.SessionLog;
import dev.fairlead.lb.backend.Backend;
import dev.fairlead.lb.backend.Counters;
import dev.fairlead.lb.source.SourceTable;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where clients connect, with its live counters, which survive a reload.
 *
 * <p>The control loop writes the route; any event loop counts sessions.
 */
public final class Frontend {

  /**
   * Configuration and destination of one moment; a connection reads it once.
   *
   * @param log told of every session's end; null = nobody is
   * @param sources who has how many sessions; null = nobody is limited
   */
  public record Route(
      FrontendConfig config,
      Backend backend,
      int maxConnections,
      @Nullable SessionLog log,
      @Nullable SourceTable sources) {}

  private static final Logger LOG = LoggerFactory.getLogger(Frontend.class);

  private final AtomicInteger sessions = new AtomicInteger();

  /** Whether people have been told that it is full; reset well below the limit, not at it. */
  private final AtomicBoolean full = new AtomicBoolean();

  private final Counters<FrontendCounter>[] counters;
  private final Counters<SessionEnd>[] ended;
  private final Counters<Rejection>[] rejected;
  private volatile Route route;

  public Frontend(Route route, int loops) {
    this.route = route;
    this.counters = Counters.forLoops(loops, FrontendCounter.class);
    this.ended = Counters.forLoops(loops, SessionEnd.class);
    this.rejected = Counters.forLoops(loops, Rejection.class);
  }

  public Route route() {
    return route;
  }

  /** Takes effect for the next connection. */
  public void route(Route next) {
    route = next;
  }

  public int sessions() {
    return sessions.get();
  }

  /** Those of one event loop. */
  Counters<FrontendCounter> counters(int loop) {
    return counters[loop];
  }

  /** The sum over all event loops. */
  public long count(FrontendCounter kind) {
    return Counters.sum(counters, kind);
  }

  /** Sessions by how they ended. */
  public Map<SessionEnd, Long> ended() {
    Map<SessionEnd, Long> ends = new EnumMap<>(SessionEnd.class);
    for (SessionEnd end : SessionEnd.values()) {
      ends.put(end, Counters.sum(ended, end));
    }
    return ends;
  }

  /** A connection was reset before it became a session. */
  void rejected(int loop, Rejection why) {
    rejected[loop].add(why, 1);
  }

  /** Connections that were reset before they became sessions, by reason. */
  public Map<Rejection, Long> rejected() {
    Map<Rejection, Long> counts = new EnumMap<>(Rejection.class);
    for (Rejection why : Rejection.values()) {
      counts.put(why, Counters.sum(rejected, why));
    }
    return counts;
  }

  /** Takes a place for one session, if the limit allows. */
  boolean tryEnter(int maxConnections) {
    if (sessions.incrementAndGet() <= maxConnections) {
      return true;
    }
    sessions.decrementAndGet();
    if (full.compareAndSet(false, true)) {
      LOG.warn(
          "frontend {} has all {} sessions it may have: new connections wait in the kernel's queue",
          route.config().name(),
          maxConnections);
    }
    return false;
  }

  /** Gives back a place that no session has used. */
  void leave() {
    sessions.decrementAndGet();
  }

  void leave(int loop, SessionEnd end) {
    int left = sessions.decrementAndGet();
    if (full.getPlain()
        && left < route.maxConnections() * 9L / 10
        && full.compareAndSet(true, false)) {
      LOG.info("frontend {} has room again: {} sessions", route.config().name(), left);
    }
    ended[loop].add(end, 1);
  }
}
