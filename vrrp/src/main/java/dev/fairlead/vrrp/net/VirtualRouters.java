package dev.fairlead.vrrp.net;

import dev.fairlead.config.VirtualRouterConfig;
import io.netty.channel.IoEventLoop;
import java.util.List;

/** Every virtual router of this node. All methods, and the observer, run on the control loop. */
public final class VirtualRouters implements AutoCloseable {

  /** Called on the control loop. */
  public interface Observer {
    /** A virtual router changed state. It has been logged. */
    void transition(
        String router,
        VirtualRouterStatus.State before,
        VirtualRouterStatus.State after,
        String reason);
  }

  /** What the daemon knows of this node's ability to serve. */
  public enum Ability {
    /** Everything tracked is well: configured priority. */
    ABLE,
    /** A track failed: priority 0 at once, then in the election at priority 1, the last resort. */
    LAST_RESORT,
    /** Cannot serve at all (no listener): out of the election. */
    UNABLE
  }

  /**
   * @param control a Netty epoll event loop; sockets are created in its thread's network namespace
   */
  public VirtualRouters(IoEventLoop control, Observer observer) {
    throw new UnsupportedOperationException("not built yet: " + control + observer);
  }

  /**
   * What would keep {@code next} from running here: interface missing, no such source address, a
   * running keepalived, missing capability. Changes nothing.
   *
   * @return sentences for people; empty = fine
   */
  public List<String> problems(List<VirtualRouterConfig> next) {
    throw new UnsupportedOperationException("not built yet: " + next);
  }

  /**
   * Runs these from now on. Routers that are equal are not touched; one of which only parameters
   * changed keeps its state; removed ones hand over. New ones start in {@link Ability#UNABLE}: they
   * take part in the election once {@link #ability} has said otherwise.
   */
  public void apply(List<VirtualRouterConfig> next) {
    throw new UnsupportedOperationException("not built yet: " + next);
  }

  /** Called whenever it may have changed; equal calls do nothing. */
  public void ability(String router, Ability ability, String reason) {}

  /**
   * Hands every virtual address over: priority 0, keep serving until a successor is heard
   * (bounded), then let go. Calls back on the control loop when all have been released.
   */
  public void resign(Runnable done) {}

  public List<VirtualRouterStatus> status() {
    return List.of();
  }

  /** Lets go of all addresses at once. */
  @Override
  public void close() {}
}
