package dev.fairlead.health.probe;

import dev.fairlead.config.CheckWay;
import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.health.CheckResult;
import java.net.InetSocketAddress;
import java.util.function.Consumer;

/** One server and the question it is asked. Not thread-safe: lives on the probes loop. */
@FunctionalInterface
public interface Probe {

  /** Makes probes; the real one is {@link Probes}. */
  @FunctionalInterface
  interface Maker {
    /**
     * A probe that asks this address what the check wants to know.
     *
     * @param broken called on the probes loop when the server has ended a connection that was kept
     *     for the next check: a hint that something has happened to it
     */
    Probe probe(InetSocketAddress address, HealthCheckConfig check, Runnable broken);

    /** The same, by a way of its own. */
    default Probe probe(
        InetSocketAddress address, HealthCheckConfig check, CheckWay way, Runnable broken) {
      return probe(address, check, broken);
    }
  }

  /**
   * Asks once; the answer comes on the probes loop, exactly once, within the check's timeout.
   *
   * <p>Not called again before that.
   *
   * @param fresh whether it must be a new connection, and not one kept from the last check: a
   *     listener that has closed would be missed on an old one
   */
  void run(boolean fresh, Consumer<CheckResult> done);

  /** It will not be asked again: lets go of what it has kept. */
  default void close() {}
}
