package dev.fairlead.lb.balance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes the server that comes first in an {@link Order}, from a heap.
 *
 * <p>Loads change while nobody chooses, and other event loops change them too; the heap learns of
 * it without being shared. A load that has grown is noticed when its server comes to the top, and
 * sinks. A load that has shrunk is heard of at once when the session was this event loop's own,
 * from {@link Releases}; when it was another's, some turns later: every choice looks at the next
 * few servers in turn. So with as many servers as are looked at every choice is exact, and with
 * many it costs O(log n). (One heap for all loops would be exact, and a lock in the data path.)
 *
 * <p>Full servers sink to the bottom until a session on them ends.
 */
final class OrderedSelection<S extends Candidate> implements Selection<S> {

  /** Servers that each choice looks at, in turn. */
  private static final int LOOKED_AT = 4;

  /** How often weights are looked at during a slow start. */
  private static final long REWEIGH_NANOS = 250_000_000;

  private static final double FULL = Double.POSITIVE_INFINITY;

  private final List<S> servers;
  private final Order order;
  private final IndexHeap heap;
  private final Releases releases;
  private final int[] indexOfSlot;
  private long heardUntil;
  private int cursor;
  private boolean ramping;
  private long reweighedAt;

  OrderedSelection(List<S> candidates, Order order, Beginning beginning) {
    int count = candidates.size();
    this.servers = new ArrayList<>(candidates);
    this.order = order;
    this.releases = beginning.releases();
    this.heardUntil = releases.end();
    this.reweighedAt = beginning.nowNanos();
    this.ramping = isRamping(beginning.nowNanos());
    double[] keys = new double[count];
    int slots = 0;
    for (int i = 0; i < count; i++) {
      keys[i] = servers.get(i).isFull() ? FULL : order.key(i);
      slots = Math.max(slots, servers.get(i).slot() + 1);
    }
    this.indexOfSlot = new int[slots];
    Arrays.fill(indexOfSlot, -1);
    for (int i = 0; i < count; i++) {
      indexOfSlot[servers.get(i).slot()] = i;
    }
    this.heap = new IndexHeap(keys, beginning.offset());
  }

  @Override
  public @Nullable S choose(long clientHash, long nowNanos, Tried tried) {
    if (servers.isEmpty()) {
      return null;
    }
    if (ramping) {
      reweigh(nowNanos);
    }
    hearReleases();
    lookAtSome();
    int chosen = tried.isEmpty() ? first() : firstNotIn(tried);
    if (chosen < 0) {
      return null;
    }
    order.chosen(chosen);
    if (order.shifted() != 0) {
      heap.shift(order.shifted());
    }
    heap.turn(chosen, order.key(chosen));
    return servers.get(chosen);
  }

  private int first() {
    while (true) {
      int index = heap.first();
      double known = heap.key(index);
      if (known == FULL) {
        return firstAfterALookAtAll();
      }
      double actual = servers.get(index).isFull() ? FULL : order.key(index);
      if (actual <= known) {
        return index;
      }
      heap.key(index, actual);
    }
  }

  /**
   * Nobody is told that there is no room before every load has been read: a place that another
   * event loop's session has left would stay empty while somebody waits for it.
   */
  private int firstAfterALookAtAll() {
    for (int i = 0; i < servers.size(); i++) {
      look(i);
    }
    int index = heap.first();
    return heap.key(index) == FULL ? -1 : index;
  }

  /** Only after a failed attempt, so a scan is good enough. */
  private int firstNotIn(Tried tried) {
    int best = -1;
    for (int i = 0; i < servers.size(); i++) {
      look(i);
      if (heap.key(i) != FULL
          && !tried.contains(servers.get(i))
          && (best < 0 || heap.isBefore(i, best))) {
        best = i;
      }
    }
    return best;
  }

  private void hearReleases() {
    if (!releases.isKept(heardUntil)) {
      for (int i = 0; i < servers.size(); i++) {
        look(i);
      }
      heardUntil = releases.end();
      return;
    }
    while (heardUntil < releases.end()) {
      int slot = releases.slotAt(heardUntil++);
      int index = slot < indexOfSlot.length ? indexOfSlot[slot] : -1;
      if (index >= 0) {
        look(index);
      }
    }
  }

  private void lookAtSome() {
    int count = Math.min(LOOKED_AT, servers.size());
    for (int i = 0; i < count; i++) {
      look(cursor);
      cursor = cursor + 1 < servers.size() ? cursor + 1 : 0;
    }
  }

  private void look(int index) {
    double known = heap.key(index);
    double actual;
    if (servers.get(index).isFull()) {
      actual = FULL;
    } else {
      if (known == FULL) {
        double earliest = heap.key(heap.first());
        order.back(index, earliest == FULL ? order.key(index) : earliest);
      }
      actual = order.key(index);
    }
    if (actual != known) {
      heap.key(index, actual);
    }
  }

  private void reweigh(long nowNanos) {
    if (nowNanos - reweighedAt < REWEIGH_NANOS) {
      return;
    }
    reweighedAt = nowNanos;
    order.reweigh(nowNanos);
    for (int i = 0; i < servers.size(); i++) {
      look(i);
    }
    ramping = isRamping(nowNanos);
  }

  private boolean isRamping(long nowNanos) {
    for (S server : servers) {
      if (server.isRamping(nowNanos)) {
        return true;
      }
    }
    return false;
  }
}
