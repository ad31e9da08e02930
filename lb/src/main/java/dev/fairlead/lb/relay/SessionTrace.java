package dev.fairlead.lb.relay;

import dev.fairlead.lb.ClientAddress;
import dev.fairlead.lb.SessionEnd;
import dev.fairlead.lb.SessionRecord;
import dev.fairlead.lb.SessionRecord.Counts;
import dev.fairlead.lb.Termination;
import dev.fairlead.lb.backend.Backend;
import dev.fairlead.lb.backend.Server;
import dev.fairlead.lb.backend.Ticket;
import org.jspecify.annotations.Nullable;

/**
 * What the access log wants to know of a session while it lives. A session has one only when its
 * frontend has an access log, so that it costs nobody else more than a null. Its event loop's.
 */
final class SessionTrace {

  private final long beganAtMillis = System.currentTimeMillis();
  private final long beganAt = System.nanoTime();
  private final int clientPort;

  private boolean looked;
  private long queuedAt;
  private long queueNanos;
  private int aheadForServer;
  private int aheadForAny;

  /** The server of the latest attempt, also when that has failed. */
  private @Nullable Server server;

  private int attempts;
  private boolean redispatched;
  private boolean timedOut;
  private long connectedAt;
  private boolean connected;
  private long bytesFromClient;
  private long bytesToClient;

  SessionTrace(int clientPort) {
    this.clientPort = clientPort;
  }

  /** It waits for a place from now on. */
  void queued(Backend backend, Ticket ticket) {
    looked = true;
    queuedAt = System.nanoTime();
    aheadForServer = backend.aheadForServer(ticket);
    aheadForAny = backend.aheadForAny(ticket);
  }

  /** It has a place, or will not get one. */
  void unqueued() {
    if (queuedAt != 0) {
      queueNanos += System.nanoTime() - queuedAt;
      queuedAt = 0;
    }
  }

  void attempt(Server target) {
    looked = true;
    redispatched |= server != null && server != target;
    server = target;
    attempts++;
    timedOut = false;
  }

  /** The attempt under way is given up for want of an answer. */
  void timedOut() {
    timedOut = true;
  }

  /** To this server; not always that of the latest attempt, when several were under way. */
  void connected(Server to) {
    server = to;
    connectedAt = System.nanoTime();
    connected = true;
  }

  void moved(boolean fromClient, int bytes) {
    if (fromClient) {
      bytesFromClient += bytes;
    } else {
      bytesToClient += bytes;
    }
  }

  /**
   * The whole story. The session still has its places.
   *
   * @param waiting whether it waits for a place on a server
   * @param placed whether it has one
   * @param process sessions of this process
   */
  SessionRecord ended(
      SessionEnd end,
      Termination.Phase phase,
      ClientAddress client,
      Frontend frontend,
      Backend backend,
      boolean waiting,
      boolean placed,
      int process) {
    unqueued();
    Server to = server;
    return new SessionRecord(
        beganAtMillis,
        client,
        clientPort,
        frontend.route().config().name(),
        backend.name(),
        to == null ? null : to.name(),
        looked ? queueNanos : -1,
        connected ? connectedAt - beganAt - queueNanos : -1,
        System.nanoTime() - beganAt,
        bytesFromClient,
        bytesToClient,
        end,
        Termination.letters(end, phase, timedOut),
        Math.max(0, attempts - 1),
        redispatched,
        new Counts(
            process,
            frontend.sessions(),
            Math.max(0, backend.sessions() - (waiting || placed ? 1 : 0)),
            to == null ? 0 : Math.max(0, to.load() - (placed ? 1 : 0)),
            aheadForServer,
            aheadForAny));
  }
}
