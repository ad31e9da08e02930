package dev.fairlead.config;

import java.time.Duration;

/**
 * Where connections wait while every server has all the sessions it may have.
 *
 * @param size connections that may wait at once; those beyond it are refused; 0 = none waits
 * @param timeout how long one may wait
 * @param leaveOnEnd whether a client that ends its side while it waits has left; otherwise only a
 *     reset says so
 */
public record QueueConfig(int size, Duration timeout, boolean leaveOnEnd) {

  /** What {@code reference.conf} says, with the connect timeout it says. */
  public static final QueueConfig DEFAULT = new QueueConfig(4096, Duration.ofSeconds(2), true);
}
