package dev.fairlead.lb.balance;

/**
 * On which servers a session has ended, as one event loop has seen it: the last {@value #LENGTH},
 * for selections that keep an order and must hear what has changed. Each reads at its own position.
 * One event loop owns it.
 */
public final class Releases {

  static final int LENGTH = 256;

  private final int[] slots = new int[LENGTH];
  private long written;

  /** A session on this server has ended. */
  public void add(int slot) {
    slots[(int) written & (LENGTH - 1)] = slot;
    written++;
  }

  /** Position of the next one. */
  long end() {
    return written;
  }

  /** Whether what was written at this position is still there. */
  boolean isKept(long position) {
    return written - position <= LENGTH;
  }

  int slotAt(long position) {
    return slots[(int) position & (LENGTH - 1)];
  }
}
