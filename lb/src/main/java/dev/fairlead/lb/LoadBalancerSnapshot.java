package dev.fairlead.lb;

import dev.fairlead.config.DataPath;
import dev.fairlead.config.ListenerConfig;
import dev.fairlead.config.ServerConfig;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
   * @param rejected connections that were reset before they became sessions
   * @param sources empty when no client is limited
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
      Map<SessionEnd, Long> ended,
      Map<Rejection, Long> rejected,
      Optional<Sources> sources) {}

  /**
   * What a frontend remembers of its clients.
   *
   * @param size most addresses
   * @param used addresses at this moment
   * @param evicted addresses forgotten for others, since start
   * @param untracked connections of addresses that found no room, since start
   */
  public record Sources(int size, long used, long evicted, long untracked) {}

  /**
   * One backend and its servers.
   *
   * @param retries attempts after a failed one
   * @param redispatches retries that went to another server
   * @param stick empty when clients do not stick
   */
  public record Backend(
      String name,
      List<Server> servers,
      int usableServers,
      long retries,
      long redispatches,
      Queue queue,
      Optional<Stick> stick,
      Races races) {}

  /**
   * Connections of one backend that were offered to more than one server.
   *
   * @param connects before any was connected to
   * @param hellos after one was, because it did not answer a TLS ClientHello
   * @param refused that were offered to nobody else because too many races had been for nothing
   * @param toRebalance sessions that are to be closed so that others get their share
   */
  public record Races(long connects, long hellos, long refused, int toRebalance) {}

  /**
   * Where connections wait for a place on a server of one backend.
   *
   * @param maxConnections on all its servers together; 0 = no limit
   * @param size most that may wait
   * @param waiting at this moment
   * @param queued that had to wait, since start
   * @param refused because too many waited already
   * @param timedOut that had waited for too long
   * @param left whose client went meanwhile
   */
  public record Queue(
      int maxConnections,
      int size,
      int waiting,
      long queued,
      long refused,
      long timedOut,
      long left) {}

  /**
   * The stick table of one backend.
   *
   * @param size most entries
   * @param used entries at this moment
   * @param bytes of native memory
   * @param hits connections whose client was sent to its own server
   * @param misses connections whose client was not known
   * @param redispatches connections whose client was known, but could not have its server
   * @param evicted entries that made room for others
   * @param expired entries that were not used for too long
   * @param shortOfMemory whether it cannot grow to its size
   */
  public record Stick(
      int size,
      int used,
      long bytes,
      long hits,
      long misses,
      long redispatches,
      long evicted,
      long expired,
      boolean shortOfMemory) {}

  /**
   * One server.
   *
   * @param config what is in force
   * @param sessions connected at this moment, and attempts under way
   * @param connections established since start
   * @param localFailures attempts that did not leave this node, as for want of a source port
   * @param earlyResets connections that the server reset before it had sent a byte
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
      long localFailures,
      long earlyResets,
      long connectNanos,
      long bytesToServer,
      long bytesFromServer,
      Placement placement,
      Racing racing) {}

  /**
   * How promptly one server answers.
   *
   * @param won races it has won as the one that was asked later
   * @param lost races it has lost though it was asked earlier
   * @param hellosRetried ClientHellos sent to it that another server had not answered
   * @param connectDelayNanos how long a connect is waited for alone
   * @param helloDelayNanos how long the answer to a ClientHello is waited for alone
   * @param answerMillis mean time of its answers; 0 = none yet
   * @param avoided whether new connections go to others
   * @param rebalanced sessions closed because it had more than its share
   */
  public record Racing(
      long won,
      long lost,
      long hellosRetried,
      long connectDelayNanos,
      long helloDelayNanos,
      long answerMillis,
      boolean avoided,
      long rebalanced) {}

  /**
   * What decides how many connections a server gets.
   *
   * @param weight at this moment: less than the configured one during a slow start
   * @param waiting connections that wait for a place on this server and no other
   * @param adjustment what people have changed since the file was read
   */
  public record Placement(double weight, int waiting, Adjustment adjustment) {}

  /**
   * One event loop.
   *
   * @param lagNanos how late the loop's last timer was
   * @param lastTurnNanos {@code System.nanoTime()} of the last turn seen; an old value is a stall
   * @param dataPath what it reads and writes with, {@code EPOLL} or {@code IO_URING}
   */
  public record Loop(
      String name, int sessions, long lagNanos, long lastTurnNanos, DataPath dataPath) {}

  /**
   * What sessions share; what is in use must be zero when there are none.
   *
   * @param pipesRefused times a direction was copied for want of a pipe, since start
   * @param bufferShortages times a read waited because nothing could have been kept, since start
   */
  public record Resources(
      int sessions,
      int openSockets,
      int pipesInUse,
      int pipesPooled,
      long pipesRefused,
      int buffersInUse,
      int buffersPooled,
      long bufferShortages) {}
}
