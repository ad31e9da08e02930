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
 * @param race what happens while a server does not answer
 * @param rebalance what happens after one has come back
 */
public record PlacementConfig(
    Duration slowStart,
    int maxConnections,
    QueueConfig queue,
    Optional<StickTableConfig> stickTable,
    RaceConfig race,
    RebalanceConfig rebalance) {

  /** No slow start, no limit, nothing sticks. */
  public static final PlacementConfig NONE =
      new PlacementConfig(Duration.ZERO, 0, QueueConfig.DEFAULT, Optional.empty());

  /** One that waits for servers that do not answer, and leaves sessions where they are. */
  public PlacementConfig(
      Duration slowStart,
      int maxConnections,
      QueueConfig queue,
      Optional<StickTableConfig> stickTable) {
    this(slowStart, maxConnections, queue, stickTable, RaceConfig.OFF, RebalanceConfig.OFF);
  }
}
