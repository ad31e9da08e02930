package dev.fairlead.config;

import java.time.Duration;

/**
 * How sessions are spread again after a server has come back.
 *
 * @param rate sessions closed per second; 0 = none, ever
 * @param tolerance how much more than its share a server may keep; 0.1 = a tenth
 * @param minAge younger sessions are spared
 * @param minIdle sessions that have moved a byte within this time are spared
 */
public record RebalanceConfig(int rate, double tolerance, Duration minAge, Duration minIdle) {

  /** Sessions stay where they are. */
  public static final RebalanceConfig OFF =
      new RebalanceConfig(0, 0.1, Duration.ofMinutes(5), Duration.ofSeconds(10));

  /** Whether it is done at all. */
  public boolean isOn() {
    return rate > 0;
  }
}
