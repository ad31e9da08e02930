package dev.fairlead.lb.source;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The ports of a range that are not in use towards one server. They are given out in turn, so that
 * one that was given back rests for as long as possible: its last connection may be in TIME_WAIT.
 */
public final class SourcePorts {

  private final int first;
  private final int count;

  /** A bit for each port in use. */
  private final AtomicLongArray inUse;

  private final AtomicInteger next = new AtomicInteger();

  public SourcePorts(int first, int last) {
    this.first = first;
    this.count = last - first + 1;
    this.inUse = new AtomicLongArray((count + 63) / 64);
  }

  /** Whether it is this range. */
  public boolean covers(int firstPort, int lastPort) {
    return first == firstPort && count == lastPort - firstPort + 1;
  }

  /** A port that is free; 0 when all are in use. */
  public int take() {
    for (int tried = 0; tried < count; ) {
      int at = Math.floorMod(next.getAndIncrement(), count);
      tried++;
      long bit = 1L << at;
      if ((inUse.getAndAccumulate(at >> 6, bit, (word, mask) -> word | mask) & bit) == 0) {
        return first + at;
      }
    }
    return 0;
  }

  /** It is free again. */
  public void giveBack(int port) {
    int at = port - first;
    inUse.getAndAccumulate(at >> 6, ~(1L << at), (word, mask) -> word & mask);
  }
}
