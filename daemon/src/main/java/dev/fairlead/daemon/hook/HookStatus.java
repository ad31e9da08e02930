package dev.fairlead.daemon.hook;

import java.util.Map;
import java.util.Optional;

/**
 * One hook of one virtual router at this moment.
 *
 * @param phase idle, running or waiting (for the next attempt)
 * @param counts since start
 * @param attemptNanos how long all attempts took together
 * @param attempts how many there were
 */
public record HookStatus(
    String hook,
    String router,
    Phase phase,
    Optional<HookResult> last,
    Map<Count, Long> counts,
    long attempts,
    long attemptNanos) {

  public HookStatus {
    counts = Map.copyOf(counts);
  }

  /** What a hook is doing. */
  public enum Phase {
    IDLE,
    RUNNING,
    WAITING
  }

  /** What is counted; the name in lower case is a metric label. */
  public enum Count {
    SUCCEEDED,
    RETRIED,
    FAILED,
    SUPERSEDED
  }
}
