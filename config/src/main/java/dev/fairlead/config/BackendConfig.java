package dev.fairlead.config;

import java.time.Duration;
import java.util.List;

/**
 * Named servers, how one is chosen, and how their health is known.
 *
 * @param servers in the order of the file; names are unique within the backend
 * @param connectTimeout for one attempt
 * @param retries attempts after the first one failed; 3 means at most four attempts
 * @param redispatchAfter how many attempts the same server gets before another one is tried; 1 =
 *     every retry goes to another server if there is one
 * @param allDown what happens to a connection while no server is usable
 * @param serverIdleTimeout closes a session whose server has neither sent nor taken bytes for so
 *     long; {@link Duration#ZERO} = never
 * @param closeRate sessions of a dead server that are closed per second, so that its clients do not
 *     all reconnect in the same millisecond; 0 = all at once
 * @param tcp socket options of the server side
 * @param check how the servers are checked
 * @param placement limits, queue, slow start, stick table
 * @param supervision what else is known of the servers
 * @param outgoing how connections to the servers leave this node
 */
public record BackendConfig(
    String name,
    List<ServerConfig> servers,
    Balance balance,
    Duration connectTimeout,
    int retries,
    int redispatchAfter,
    AllDown allDown,
    Duration serverIdleTimeout,
    int closeRate,
    TcpConfig tcp,
    HealthCheckConfig check,
    PlacementConfig placement,
    SupervisionConfig supervision,
    OutgoingConfig outgoing) {

  public BackendConfig {
    servers = List.copyOf(servers);
  }

  /** One whose connections leave as the kernel likes. */
  public BackendConfig(
      String name,
      List<ServerConfig> servers,
      Balance balance,
      Duration connectTimeout,
      int retries,
      int redispatchAfter,
      AllDown allDown,
      Duration serverIdleTimeout,
      int closeRate,
      TcpConfig tcp,
      HealthCheckConfig check,
      PlacementConfig placement,
      SupervisionConfig supervision) {
    this(
        name,
        servers,
        balance,
        connectTimeout,
        retries,
        redispatchAfter,
        allDown,
        serverIdleTimeout,
        closeRate,
        tcp,
        check,
        placement,
        supervision,
        OutgoingConfig.NONE);
  }

  /** One whose servers have no limits and no slow start, and to which clients do not stick. */
  public BackendConfig(
      String name,
      List<ServerConfig> servers,
      Balance balance,
      Duration connectTimeout,
      int retries,
      int redispatchAfter,
      AllDown allDown,
      Duration serverIdleTimeout,
      int closeRate,
      TcpConfig tcp,
      HealthCheckConfig check) {
    this(
        name,
        servers,
        balance,
        connectTimeout,
        retries,
        redispatchAfter,
        allDown,
        serverIdleTimeout,
        closeRate,
        tcp,
        check,
        PlacementConfig.NONE,
        SupervisionConfig.NONE);
  }

  /** The same backend with other servers. */
  public BackendConfig with(List<ServerConfig> others) {
    return new BackendConfig(
        name,
        others,
        balance,
        connectTimeout,
        retries,
        redispatchAfter,
        allDown,
        serverIdleTimeout,
        closeRate,
        tcp,
        check,
        placement,
        supervision,
        outgoing);
  }

  /** The same backend, left by another way. */
  public BackendConfig with(OutgoingConfig other) {
    return new BackendConfig(
        name,
        servers,
        balance,
        connectTimeout,
        retries,
        redispatchAfter,
        allDown,
        serverIdleTimeout,
        closeRate,
        tcp,
        check,
        placement,
        supervision,
        other);
  }

  /** Whether connections may have to wait for a place. */
  public boolean hasLimits() {
    return placement.maxConnections() > 0
        || servers.stream().anyMatch(server -> server.maxConnections() > 0);
  }

  /** How a server is chosen for a new connection. */
  public enum Balance {
    /** Smooth weighted round robin. */
    ROUND_ROBIN,
    /** The server with the fewest sessions in proportion to its weight. */
    LEAST_CONNECTIONS,
    /** Two at random, by weight, and of those the one with fewer sessions. */
    RANDOM,
    /** By the client's address, so that a lost server moves its own clients only. */
    SOURCE,
    /** The first in the order of the file that has not all the sessions it may have. */
    FIRST
  }

  /** What to do with a connection while health says that no server is usable. */
  public enum AllDown {
    /** Try every server that is not in maintenance: under load checks fail before the work does. */
    TRY_ANYWAY,
    /** Accept and reset at once. */
    REFUSE
  }
}
