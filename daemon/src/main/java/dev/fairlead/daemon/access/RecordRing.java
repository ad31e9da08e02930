package dev.fairlead.daemon.access;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A bounded queue between one thread that offers and one that takes, without a lock.
 *
 * <p>A slot that is null is free. So neither side reads the other's position, and each touches a
 * cache line of the other only where they meet.
 *
 * @param <E> what is queued
 */
final class RecordRing<E> {

  private final AtomicReferenceArray<@Nullable E> slots;
  private final int mask;

  /** The offering thread's. */
  private int tail;

  /** The taking thread's. */
  private int head;

  /**
   * @param least places wanted; rounded up to a power of two
   */
  RecordRing(int least) {
    int size = Integer.highestOneBit(Math.max(2, least - 1) << 1);
    slots = new AtomicReferenceArray<>(size);
    mask = size - 1;
  }

  int capacity() {
    return mask + 1;
  }

  /**
   * By one thread only.
   *
   * @return false: it is full
   */
  boolean offer(E element) {
    int at = tail & mask;
    if (slots.getAcquire(at) != null) {
      return false;
    }
    // Volatile, not release: what the offering thread reads after it (is the taker asleep?) must
    // not be read before.
    slots.set(at, element);
    tail++;
    return true;
  }

  /** By one thread only; null: there is none. */
  @Nullable E take() {
    int at = head & mask;
    E element = slots.getAcquire(at);
    if (element != null) {
      slots.setRelease(at, null);
      head++;
    }
    return element;
  }

  /** Elements that wait, by looking at all places; any thread, and true for a moment only. */
  int size() {
    int size = 0;
    for (int i = 0; i <= mask; i++) {
      size += slots.get(i) == null ? 0 : 1;
    }
    return size;
  }

  /** For the taking thread. */
  boolean isEmpty() {
    return slots.get(head & mask) == null;
  }
}
