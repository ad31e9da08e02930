package dev.fairlead.lb.balance;

import java.util.List;

/**
 * Smooth weighted round robin.
 *
 * <p>Every server has a virtual time at which its next turn is due, and moves on by 1/weight when
 * it has had it. The usual smooth algorithm (add every weight, take the largest) gives the same
 * spread but touches every server on every turn. Starting points are spread over the first
 * interval, or a heavy server's turns and a light one's would fall together.
 */
final class DueTurn implements Order {

  /** Virtual time is moved back when it passes this, long before doubles lose 1/256. */
  private static final double REBASE_AT = 1 << 20;

  private final Candidate[] servers;
  private final double[] dueAt;
  private final double[] step;
  private double shifted;

  DueTurn(List<? extends Candidate> candidates, Beginning beginning) {
    int count = candidates.size();
    this.servers = candidates.toArray(Candidate[]::new);
    this.dueAt = new double[count];
    this.step = new double[count];
    for (int i = 0; i < count; i++) {
      int place = (i - beginning.offset() % count + count) % count;
      step[i] = 1 / servers[i].weight(beginning.nowNanos());
      dueAt[i] = step[i] * (place + 0.5) / count;
    }
  }

  @Override
  public double key(int index) {
    return dueAt[index];
  }

  @Override
  public void chosen(int index) {
    double now = dueAt[index];
    dueAt[index] += step[index];
    shifted = now > REBASE_AT ? -now : 0;
    if (shifted != 0) {
      for (int i = 0; i < dueAt.length; i++) {
        dueAt[i] += shifted;
      }
    }
  }

  /** Turns it has missed are lost, or they would come all at once. */
  @Override
  public void back(int index, double earliest) {
    dueAt[index] = Math.max(dueAt[index], earliest);
  }

  /** What is left until the next turn shrinks with the interval between turns. */
  @Override
  public void reweigh(long nowNanos) {
    double now = Double.POSITIVE_INFINITY;
    for (double due : dueAt) {
      now = Math.min(now, due);
    }
    for (int i = 0; i < servers.length; i++) {
      double next = 1 / servers[i].weight(nowNanos);
      dueAt[i] = now + (dueAt[i] - now) * (next / step[i]);
      step[i] = next;
    }
  }

  @Override
  public double shifted() {
    return shifted;
  }
}
