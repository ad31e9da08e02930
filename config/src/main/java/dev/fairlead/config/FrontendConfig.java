package dev.fairlead.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Where clients connect, and where that leads.
 *
 * @param maxConnections sessions at once; 0 = as many as the descriptor limit allows. Beyond it the
 *     listeners stop accepting, and clients wait in the kernel's backlog, as with haproxy
 * @param clientIdleTimeout closes a session whose client has neither sent nor taken bytes for so
 *     long; {@link Duration#ZERO} = never
 * @param halfClosedTimeout closes a session of which one direction has ended and the other has been
 *     silent for so long; zero = never
 * @param tcp socket options of the client side
 * @param backlog length of each listener's accept queue
 * @param entrance what the listeners are beyond that, and whom they let in
 * @param accessLog one line for each session; empty = none
 */
public record FrontendConfig(
    String name,
    List<ListenerConfig> listeners,
    String backend,
    int maxConnections,
    Duration clientIdleTimeout,
    Duration halfClosedTimeout,
    TcpConfig tcp,
    int backlog,
    EntranceConfig entrance,
    Optional<AccessLogConfig> accessLog) {

  public FrontendConfig {
    listeners = List.copyOf(listeners);
  }

  /** One that lets everybody in, and tells nobody. */
  public FrontendConfig(
      String name,
      List<ListenerConfig> listeners,
      String backend,
      int maxConnections,
      Duration clientIdleTimeout,
      Duration halfClosedTimeout,
      TcpConfig tcp,
      int backlog) {
    this(
        name,
        listeners,
        backend,
        maxConnections,
        clientIdleTimeout,
        halfClosedTimeout,
        tcp,
        backlog,
        EntranceConfig.NONE,
        Optional.empty());
  }

  /** The same with another entrance. */
  public FrontendConfig with(EntranceConfig other) {
    return new FrontendConfig(
        name,
        listeners,
        backend,
        maxConnections,
        clientIdleTimeout,
        halfClosedTimeout,
        tcp,
        backlog,
        other,
        accessLog);
  }

  /** The same with another access log. */
  public FrontendConfig with(Optional<AccessLogConfig> other) {
    return new FrontendConfig(
        name,
        listeners,
        backend,
        maxConnections,
        clientIdleTimeout,
        halfClosedTimeout,
        tcp,
        backlog,
        entrance,
        other);
  }
}
