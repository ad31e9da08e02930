package dev.fairlead.daemon.track;

import dev.fairlead.config.TrackConfig;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One tracked thing at this moment.
 *
 * @param last the last look; null = none yet
 * @param looks by outcome, since it is tracked
 * @param lookNanos how long they took in all
 */
public record TrackStatus(
    TrackConfig.Key key,
    Standing standing,
    @Nullable Look last,
    Map<Look.Outcome, Long> looks,
    long lookNanos) {

  public TrackStatus {
    looks = Map.copyOf(looks);
  }

  /** An interface: nobody looks at it, the kernel tells. */
  public static TrackStatus link(TrackConfig.Key key, boolean up) {
    Standing.Health health = up ? Standing.Health.WELL : Standing.Health.FAILED;
    return new TrackStatus(key, new Standing(health, 0, 0, 0), null, Map.of(), 0);
  }
}
