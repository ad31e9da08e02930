package dev.fairlead.lb.balance;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Smooth weighted round robin.
 *
 * <p>Every server has a virtual time at which its next turn is due, and moves on by 1/weight when
 * it has had it; the earliest is chosen from a binary heap, so a turn is O(log n). The usual smooth
 * algorithm (add every weight, take the largest) gives the same spread but touches every server on
 * every turn. Starting points are spread over the first interval, or a heavy server's turns and a
 * light one's would fall together.
 */
final class RoundRobin<S extends Candidate> implements Selection<S> {

  /** Virtual time is moved back when it passes this, long before doubles lose 1/256. */
  private static final double REBASE_AT = 1 << 20;

  private final List<S> servers;
  private final double[] dueAt;
  private final double[] step;

  /** Indexes into {@code servers}, ordered as a binary heap by {@link #isBefore}. */
  private final int[] heap;

  RoundRobin(List<S> candidates, int offset) {
    int count = candidates.size();
    List<S> rotated = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      rotated.add(candidates.get((i + offset % count) % count));
    }
    this.servers = List.copyOf(rotated);
    this.dueAt = new double[count];
    this.step = new double[count];
    this.heap = new int[count];
    for (int i = 0; i < count; i++) {
      step[i] = 1.0 / servers.get(i).weight();
      dueAt[i] = step[i] * (i + 0.5) / count;
      heap[i] = i;
    }
    for (int i = count / 2 - 1; i >= 0; i--) {
      siftDown(i);
    }
  }

  @Override
  public @Nullable S choose(Tried tried) {
    int position = tried.isEmpty() ? 0 : earliestNotIn(tried);
    if (position < 0 || position >= heap.length) {
      return null;
    }
    int chosen = heap[position];
    dueAt[chosen] += step[chosen];
    siftDown(position);
    if (dueAt[chosen] > REBASE_AT) {
      rebase();
    }
    return servers.get(chosen);
  }

  /** Only after a failed attempt, so a scan is good enough. */
  private int earliestNotIn(Tried tried) {
    int best = -1;
    for (int position = 0; position < heap.length; position++) {
      if (!tried.contains(servers.get(heap[position]))
          && (best < 0 || isBefore(heap[position], heap[best]))) {
        best = position;
      }
    }
    return best;
  }

  private boolean isBefore(int a, int b) {
    return dueAt[a] < dueAt[b] || (dueAt[a] == dueAt[b] && a < b);
  }

  private void siftDown(int start) {
    int position = start;
    int moving = heap[position];
    while (true) {
      int child = 2 * position + 1;
      if (child >= heap.length) {
        break;
      }
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) {
        child++;
      }
      if (!isBefore(heap[child], moving)) {
        break;
      }
      heap[position] = heap[child];
      position = child;
    }
    heap[position] = moving;
  }

  private void rebase() {
    double earliest = dueAt[heap[0]];
    for (int i = 0; i < dueAt.length; i++) {
      dueAt[i] -= earliest;
    }
  }
}
