package dev.fairlead.health;

import dev.fairlead.config.BackendConfig;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.List;

/**
 * Checks every server of every backend on schedule and tells what changed.
 *
 * <p>All methods, and the observer, run on the control loop; probes run on their own loop.
 */
public final class HealthChecker implements AutoCloseable {

  /** Called on the control loop. */
  public interface Observer {
    /** Every check, for metrics. */
    void checked(String backend, String server, CheckResult result);

    /**
     * A server's health changed. The checker has logged it.
     *
     * @param reason the result that tipped it
     */
    void changed(String backend, String server, Health before, Health after, CheckResult reason);
  }

  /** One server at this moment; {@code lastResult} is null before the first check. */
  public record Status(
      String backend,
      String server,
      Health health,
      @org.jspecify.annotations.Nullable CheckResult lastResult,
      int consecutive,
      Duration sinceChange) {}

  /**
   * @param control the loop that owns this object
   * @param probes the loop that connects, encrypts and reads; never the control loop, since a TLS
   *     handshake takes milliseconds
   */
  public HealthChecker(EventLoop control, EventLoop probes, Observer observer) {
    throw new UnsupportedOperationException("not built yet: " + control + probes + observer);
  }

  /**
   * Checks these from now on. Servers whose address and check are unchanged keep their state and
   * schedule; new ones are checked at once; for removed ones the observer hears nothing more.
   */
  public void apply(List<BackendConfig> backends) {
    throw new UnsupportedOperationException("not built yet: " + backends);
  }

  /** Real traffic could not connect: check now, unless a check is under way. */
  public void hint(String backend, String server) {}

  public List<Status> status() {
    return List.of();
  }

  @Override
  public void close() {}
}
