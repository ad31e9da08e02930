package dev.fairlead.lb;

import dev.fairlead.config.Configuration;
import java.time.Duration;

/**
 * The data plane: listeners, sessions and relays on N event loops.
 *
 * <p>All methods but {@link #snapshot()} are called on the control loop.
 */
public final class LoadBalancer implements AutoCloseable {

  /** Called on event loops; implementations hand over to their own thread at once. */
  public interface Observer {
    /** A connection of real traffic to this server failed: a hint that a check is due. */
    void connectFailed(String backend, String server);
  }

  /** New listeners are bound and nothing else has happened yet. Exactly one method is called. */
  public interface Change {
    /** Publishes new servers, starts new listeners, stops removed ones. Does not fail. */
    void commit();

    /** Closes the listeners bound by {@code prepare}; everything is as it was. */
    void abort();
  }

  /**
   * @param eventLoops threads that relay, at least 1
   */
  public LoadBalancer(int eventLoops, Observer observer) {
    throw new UnsupportedOperationException("not built yet: " + eventLoops + observer);
  }

  /**
   * Binds the listeners that {@code next} has and the running configuration has not.
   *
   * @throws ListenException a port cannot be bound; nothing has changed
   */
  public Change prepare(Configuration next) throws ListenException {
    throw new UnsupportedOperationException("not built yet: " + next);
  }

  /** What health has found about a server; unknown names are ignored (a reload removed them). */
  public void availability(String backend, String server, Availability availability) {
    throw new UnsupportedOperationException("not built yet: " + backend + server + availability);
  }

  /** Stops accepting on every listener; sessions live on. */
  public void stopAccepting() {}

  /** Calls back, on an unspecified thread, when no session is left or {@code limit} has passed. */
  public void drain(Duration limit, Runnable done) {
    throw new UnsupportedOperationException("not built yet: " + limit + done);
  }

  /** Counters and states of this moment; any thread. */
  public LoadBalancerSnapshot snapshot() {
    throw new UnsupportedOperationException("not built yet");
  }

  /** Resets what is left, closes everything, ends the event loops. */
  @Override
  public void close() {}
}
