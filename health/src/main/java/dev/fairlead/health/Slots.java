package dev.fairlead.health;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Places for what may be under way at once; the others wait in order. Hundreds of dead servers must
 * not hold hundreds of descriptors. Control loop only.
 */
final class Slots {

  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private int free;

  Slots(int places) {
    free = places;
  }

  /**
   * Begins now, or as soon as there is a place; each beginning is answered by one {@link #give}.
   */
  void take(Runnable begin) {
    if (free == 0) {
      waiting.add(begin);
      return;
    }
    free--;
    begin.run();
  }

  /** What was begun has ended. */
  void give() {
    Runnable next = waiting.poll();
    if (next == null) {
      free++;
    } else {
      next.run();
    }
  }
}
