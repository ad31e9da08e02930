package dev.fairlead.config;

import java.time.Duration;
import java.util.List;

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
    EntranceConfig entrance) {

  public FrontendConfig {
    listeners = List.copyOf(listeners);
  }

  /** One that lets everybody in. */
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
        EntranceConfig.NONE);
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
        other);
  }
}
