package dev.fairlead.lb.backend;

import dev.fairlead.config.ServerConfig;
import dev.fairlead.config.ServerConfig.Administrative;
import dev.fairlead.lb.Availability;
import dev.fairlead.lb.LoadBalancerSnapshot;
import dev.fairlead.lb.balance.Candidate;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One server and its live counters, which survive a reload as long as its name and address stay.
 *
 * <p>The control loop writes configuration and availability; any event loop counts sessions.
 */
public final class Server implements Candidate {

  private final String backend;
  private final Counters<ServerCounter>[] counters;
  private final AtomicInteger load = new AtomicInteger();
  private volatile ServerConfig config;
  private volatile Availability availability = Availability.UNKNOWN;

  Server(String backend, ServerConfig config, int loops) {
    this.backend = backend;
    this.config = config;
    this.counters = Counters.forLoops(loops, ServerCounter.class);
  }

  public String backend() {
    return backend;
  }

  public String name() {
    return config.name();
  }

  public ServerConfig config() {
    return config;
  }

  public Availability availability() {
    return availability;
  }

  /** Those of one event loop. */
  public Counters<ServerCounter> counters(int loop) {
    return counters[loop];
  }

  /** A session, or an attempt at one, begins. */
  public void acquire() {
    load.incrementAndGet();
  }

  /** The session, or the attempt, has ended. */
  public void release() {
    load.decrementAndGet();
  }

  @Override
  public int load() {
    return load.get();
  }

  @Override
  public int weight() {
    return Math.max(1, config.weight());
  }

  /** Whether its sessions must be closed: it does not answer, or people have taken it away. */
  public boolean isLost() {
    return availability == Availability.DEAD || isInMaintenance();
  }

  /** Whether people let it take new connections. */
  boolean isOpen() {
    return config.administrative() == Administrative.READY && config.weight() > 0;
  }

  boolean isInMaintenance() {
    return config.administrative() == Administrative.MAINTENANCE;
  }

  void configure(ServerConfig next) {
    config = next;
  }

  void availability(Availability next) {
    availability = next;
  }

  LoadBalancerSnapshot.Server snapshot() {
    return new LoadBalancerSnapshot.Server(
        name(),
        config,
        availability,
        load(),
        Counters.sum(counters, ServerCounter.CONNECTIONS),
        Counters.sum(counters, ServerCounter.CONNECT_FAILURES),
        Counters.sum(counters, ServerCounter.CONNECT_TIMEOUTS),
        Counters.sum(counters, ServerCounter.CONNECT_NANOS),
        Counters.sum(counters, ServerCounter.BYTES_TO_SERVER),
        Counters.sum(counters, ServerCounter.BYTES_FROM_SERVER));
  }
}
