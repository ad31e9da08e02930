package dev.fairlead.config;

import java.time.Duration;

/**
 * When a connection that its server has not answered is offered to another server beside it.
 *
 * <p>The delay follows the times that were observed, between the two bounds.
 *
 * @param mode what is raced
 * @param minDelay the least a server is given to answer
 * @param maxDelay the most
 * @param servers that one connection may be offered to, the first included; at least 2
 * @param budget share of connections whose race may turn out to have been for nothing; without it a
 *     backend that is slow everywhere would get every connection twice
 * @param avoid for how long a server that has lost a race gets no new connections; doubles up to
 *     {@code avoidMax}; {@link Duration#ZERO} = not at all
 * @param slowAnswer a server whose answers take longer than this, and much longer than those of
 *     others, is avoided as well; {@link Duration#ZERO} = it is not
 */
public record RaceConfig(
    Mode mode,
    Duration minDelay,
    Duration maxDelay,
    int servers,
    double budget,
    Duration avoid,
    Duration avoidMax,
    Duration slowAnswer) {

  /** Everybody waits for the server that was chosen. */
  public static final RaceConfig OFF =
      new RaceConfig(
          Mode.OFF,
          Duration.ofMillis(50),
          Duration.ofMillis(250),
          2,
          0,
          Duration.ZERO,
          Duration.ZERO,
          Duration.ZERO);

  /** What {@code reference.conf} says. */
  public static final RaceConfig DEFAULT =
      new RaceConfig(
          Mode.CLIENT_HELLO,
          Duration.ofMillis(50),
          Duration.ofMillis(250),
          3,
          0.2,
          Duration.ofSeconds(1),
          Duration.ofSeconds(10),
          Duration.ofSeconds(2));

  /** What is raced. */
  public enum Mode {
    /** Nothing. */
    OFF,
    /** Attempts to connect. */
    CONNECT,
    /** Those, and TLS ClientHellos that a server has taken and not answered. */
    CLIENT_HELLO
  }

  /** Whether attempts to connect are raced. */
  public boolean connects() {
    return mode != Mode.OFF;
  }

  /** Whether unanswered ClientHellos go to another server. */
  public boolean hellos() {
    return mode == Mode.CLIENT_HELLO;
  }

  /** Whether servers are compared by how long their answers take. */
  public boolean timesAnswers() {
    return connects() && !slowAnswer.isZero();
  }
}
