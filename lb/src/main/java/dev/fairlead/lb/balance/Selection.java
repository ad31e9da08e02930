package dev.fairlead.lb.balance;

import dev.fairlead.config.BackendConfig.Balance;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An algorithm over a fixed list of candidates, with its cursor. One event loop owns it.
 *
 * @param <S> the servers
 */
public sealed interface Selection<S extends Candidate> permits RoundRobin, LeastConnections {

  /**
   * Chooses, and moves the cursor.
   *
   * @return null when every candidate is in {@code tried} or there is none
   */
  @Nullable S choose(Tried tried);

  /**
   * Builds the selection for an algorithm.
   *
   * @param offset moves the starting point, so that event loops that see a new list at the same
   *     moment do not all begin with its first server; at least 0
   */
  static <S extends Candidate> Selection<S> of(Balance balance, List<S> candidates, int offset) {
    return switch (balance) {
      case ROUND_ROBIN -> new RoundRobin<>(candidates, offset);
      case LEAST_CONNECTIONS -> new LeastConnections<>(candidates, offset);
    };
  }
}
