package dev.fairlead.lb.balance;

/**
 * The numbers 0 to n-1 in a binary heap, each with a key that may change at any time. Among equal
 * keys, the number that has waited for its turn for longest comes first.
 */
final class IndexHeap {

  private final int[] heap;
  private final int[] position;
  private final double[] keys;
  private final long[] turns;
  private long clock;

  /**
   * @param keys the first ones; kept, not copied
   * @param offset which number is first among equals
   */
  IndexHeap(double[] keys, int offset) {
    int count = keys.length;
    this.keys = keys;
    this.heap = new int[count];
    this.position = new int[count];
    this.turns = new long[count];
    for (int i = 0; i < count; i++) {
      heap[i] = i;
      position[i] = i;
      int turn = (i - offset % count + count) % count;
      turns[i] = turn;
    }
    clock = count;
    for (int i = count / 2 - 1; i >= 0; i--) {
      down(i);
    }
  }

  /** The number with the lowest key. */
  int first() {
    return heap[0];
  }

  double key(int number) {
    return keys[number];
  }

  void key(int number, double next) {
    double before = keys[number];
    keys[number] = next;
    if (next < before) {
      up(position[number]);
    } else {
      down(position[number]);
    }
  }

  /** It has had its turn: it comes last among equals from now on. */
  void turn(int number, double next) {
    turns[number] = clock++;
    keys[number] = next;
    int at = position[number];
    up(at);
    down(position[number]);
  }

  boolean isBefore(int a, int b) {
    return keys[a] < keys[b] || (keys[a] == keys[b] && turns[a] < turns[b]);
  }

  /** Moves every key by the same amount, which leaves the order as it is. */
  void shift(double by) {
    for (int i = 0; i < keys.length; i++) {
      keys[i] += by;
    }
  }

  private void up(int start) {
    int at = start;
    int moving = heap[at];
    while (at > 0) {
      int parent = (at - 1) / 2;
      if (!isBefore(moving, heap[parent])) {
        break;
      }
      place(heap[parent], at);
      at = parent;
    }
    place(moving, at);
  }

  private void down(int start) {
    int at = start;
    int moving = heap[at];
    while (true) {
      int child = 2 * at + 1;
      if (child >= heap.length) {
        break;
      }
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) {
        child++;
      }
      if (!isBefore(heap[child], moving)) {
        break;
      }
      place(heap[child], at);
      at = child;
    }
    place(moving, at);
  }

  private void place(int number, int at) {
    heap[at] = number;
    position[number] = at;
  }
}
