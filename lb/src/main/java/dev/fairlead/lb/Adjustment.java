package dev.fairlead.lb;

import dev.fairlead.config.ServerConfig;
import dev.fairlead.config.ServerConfig.Administrative;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What people have changed about a server while the process runs. It holds over reloads, each value
 * until the file says something else about it than it did.
 *
 * @param weight empty = as the file says
 * @param administrative empty = as the file says
 * @param written what the file said when these were set
 */
public record Adjustment(
    OptionalInt weight, Optional<Administrative> administrative, ServerConfig written) {

  /** Nothing has been changed. */
  public static Adjustment none(ServerConfig written) {
    return new Adjustment(OptionalInt.empty(), Optional.empty(), written);
  }

  /** Another weight, 0..256. */
  public Adjustment withWeight(int next) {
    if (next < 0 || next > 256) {
      throw new IllegalArgumentException("weight must be 0..256, was " + next);
    }
    return new Adjustment(OptionalInt.of(next), administrative, written);
  }

  public Adjustment withAdministrative(Administrative next) {
    return new Adjustment(weight, Optional.of(next), written);
  }

  /** What is left of it when the file says {@code next}. */
  public Adjustment over(ServerConfig next) {
    return new Adjustment(
        next.weight() == written.weight() ? weight : OptionalInt.empty(),
        next.administrative() == written.administrative() ? administrative : Optional.empty(),
        next);
  }

  /** What is in force: what people have changed, or what the agent asks for, or the file. */
  public ServerConfig effective(Advice advice) {
    return written.with(
        weight.orElse(advice.weight().orElse(written.weight())),
        administrative.orElse(advice.administrative().orElse(written.administrative())),
        advice.maxConnections().orElse(written.maxConnections()));
  }
}
