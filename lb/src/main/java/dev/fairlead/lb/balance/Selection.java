package dev.fairlead.lb.balance;

import dev.fairlead.config.BackendConfig.Balance;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An algorithm over a fixed list of candidates, with its cursor. One event loop owns it.
 *
 * @param <S> the servers
 */
public sealed interface Selection<S extends Candidate>
    permits OrderedSelection, RandomOfTwo, SourceHash {

  /**
   * Chooses, and moves the cursor. Never a candidate that is full, except by source hash, where the
   * client has no other server.
   *
   * @param clientHash {@link ClientHash} of the client's address
   * @param nowNanos this moment, at most a tick old
   * @return null when every candidate is full or in {@code tried}, or there is none
   */
  @Nullable S choose(long clientHash, long nowNanos, Tried tried);

  /** Builds the selection for an algorithm. */
  static <S extends Candidate> Selection<S> of(
      Balance balance, List<S> candidates, Beginning beginning) {
    return switch (balance) {
      case ROUND_ROBIN ->
          new OrderedSelection<>(candidates, new DueTurn(candidates, beginning), beginning);
      case LEAST_CONNECTIONS ->
          new OrderedSelection<>(candidates, new FewestSessions(candidates, beginning), beginning);
      case FIRST -> new OrderedSelection<>(candidates, new FileOrder(), beginning);
      case RANDOM -> new RandomOfTwo<>(candidates, beginning);
      case SOURCE -> new SourceHash<>(candidates, beginning.ring());
    };
  }
}
