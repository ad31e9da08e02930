package dev.fairlead.config;

import java.time.Duration;
import java.util.Optional;

/**
 * What a backend's choice of a server respects beyond its algorithm.
 *
 * @param slowStart how long a server that has recovered takes to reach its full weight; {@link
 *     Duration#ZERO} = it has it at once
 * @param maxConnections sessions at once on all servers together; 0 = no limit
 * @param queue where connections wait at a limit
 * @param stickTable empty = clients do not stick
 */
public record PlacementConfig(
    Duration slowStart,
    int maxConnections,
    QueueConfig queue,
    Optional<StickTableConfig> stickTable) {

  /** No slow start, no limit, nothing sticks. */
  public static final PlacementConfig NONE =
      new PlacementConfig(Duration.ZERO, 0, QueueConfig.DEFAULT, Optional.empty());
}
