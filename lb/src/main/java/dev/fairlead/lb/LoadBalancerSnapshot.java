package dev.fairlead.lb;

import dev.fairlead.config.ListenerConfig;
import dev.fairlead.config.ServerConfig;
import java.util.List;
import java.util.Map;

/** Counters (since start, never reset by a reload) and states at one moment, summed over loops. */
public record LoadBalancerSnapshot(
    List<Frontend> frontends, List<Backend> backends, List<Loop> loops, Resources resources) {

  /**
   * One frontend.
   *
   * @param listeners with the port that was really bound
   * @param sessions at this moment
   * @param connections accepted since start
   * @param maxConnectionsReached times the listeners paused at the session limit
   * @param acceptErrors failed accepts, e.g. out of descriptors
   * @param bytesIn from clients
   * @param bytesOut to clients
   * @param ended sessions by how they ended
   */
  public record Frontend(
      String name,
      List<ListenerConfig> listeners,
      boolean accepting,
      int sessions,
      int maxConnections,
      long connections,
      long maxConnectionsReached,
      long acceptErrors,
      long bytesIn,
      long bytesOut,
      Map<SessionEnd, Long> ended) {}

  /**
   * One backend and its servers.
   *
   * @param retries attempts after a failed one
   * @param redispatches retries that went to another server
   */
  public record Backend(
      String name, List<Server> servers, int usableServers, long retries, long redispatches) {}

  /**
   * One server.
   *
   * @param sessions connected at this moment, and attempts under way
   * @param connections established since start
   * @param connectNanos sum of the times those took
   */
  public record Server(
      String name,
      ServerConfig config,
      Availability availability,
      int sessions,
      long connections,
      long connectFailures,
      long connectTimeouts,
      long connectNanos,
      long bytesToServer,
      long bytesFromServer) {}

  /**
   * One event loop.
   *
   * @param lagNanos how late the loop's last timer was
   * @param lastTurnNanos {@code System.nanoTime()} of the last turn seen; an old value is a stall
   */
  public record Loop(String name, int sessions, long lagNanos, long lastTurnNanos) {}

  /** What must be zero when there are no sessions. */
  public record Resources(
      int sessions,
      int openSockets,
      int pipesInUse,
      int pipesPooled,
      int buffersInUse,
      int buffersPooled) {}
}
