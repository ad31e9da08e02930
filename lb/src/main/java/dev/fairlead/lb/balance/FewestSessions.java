package dev.fairlead.lb.balance;

import java.util.List;

/**
 * The server with the fewest sessions in proportion to its weight. The connection being placed
 * counts already, so that weights matter on idle servers too.
 */
final class FewestSessions implements Order {

  private final Candidate[] servers;
  private final double[] weights;

  FewestSessions(List<? extends Candidate> candidates, Beginning beginning) {
    this.servers = candidates.toArray(Candidate[]::new);
    this.weights = new double[servers.length];
    reweigh(beginning.nowNanos());
  }

  @Override
  public double key(int index) {
    return (servers[index].load() + 1) / weights[index];
  }

  @Override
  public void chosen(int index) {}

  @Override
  public void back(int index, double earliest) {}

  @Override
  public void reweigh(long nowNanos) {
    for (int i = 0; i < servers.length; i++) {
      weights[i] = servers[i].weight(nowNanos);
    }
  }

  @Override
  public double shifted() {
    return 0;
  }
}
