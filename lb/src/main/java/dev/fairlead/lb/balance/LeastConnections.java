package dev.fairlead.lb.balance;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The server with the fewest sessions in proportion to its weight, where the connection being
 * placed already counts, so that weights matter on idle servers too. Equals take turns: the scan
 * starts one further each time.
 */
final class LeastConnections<S extends Candidate> implements Selection<S> {

  private final List<S> servers;
  private int next;

  LeastConnections(List<S> candidates, int offset) {
    this.servers = List.copyOf(candidates);
    this.next = servers.isEmpty() ? 0 : offset % servers.size();
  }

  @Override
  public @Nullable S choose(Tried tried) {
    int count = servers.size();
    if (count == 0) {
      return null;
    }
    S best = null;
    long bestLoad = 0;
    int bestWeight = 1;
    int start = next;
    for (int i = 0; i < count; i++) {
      int index = start + i < count ? start + i : start + i - count;
      S server = servers.get(index);
      long load = server.load() + 1L;
      int weight = server.weight();
      if ((best == null || load * bestWeight < bestLoad * weight) && !tried.contains(server)) {
        best = server;
        bestLoad = load;
        bestWeight = weight;
      }
    }
    next = start + 1 < count ? start + 1 : 0;
    return best;
  }
}
