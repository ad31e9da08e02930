package dev.fairlead.lb;

import dev.fairlead.config.ServerConfig.Administrative;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a server's own agent asks for. People are asked first: what they have changed while the
 * process runs ({@link Adjustment}) stays as they want it.
 *
 * @param weight 0..256; empty = no wish
 * @param administrative empty = no wish
 * @param maxConnections sessions at once, 0 = no limit; empty = no wish
 */
public record Advice(
    OptionalInt weight, Optional<Administrative> administrative, OptionalInt maxConnections) {

  /** No wish at all. */
  public static final Advice NONE = new Advice(OptionalInt.empty(), Optional.empty());

  /** No wish about the number of sessions. */
  public Advice(OptionalInt weight, Optional<Administrative> administrative) {
    this(weight, administrative, OptionalInt.empty());
  }
}
