package dev.fairlead.config;

import java.util.Optional;

/**
 * What is known of the servers of a backend beside their checks.
 *
 * @param agent a service beside each server that says how much traffic it wants, if there is one
 * @param observe what failing connections of clients mean
 * @param resolve how servers known by a DNS name are found
 */
public record SupervisionConfig(
    Optional<AgentConfig> agent, ObserveConfig observe, ResolveConfig resolve) {

  /** No agents; servers are judged by their checks alone. */
  public static final SupervisionConfig NONE =
      new SupervisionConfig(Optional.empty(), ObserveConfig.OFF, ResolveConfig.DEFAULT);
}
