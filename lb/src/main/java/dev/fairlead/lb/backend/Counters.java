package dev.fairlead.lb.backend;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counters that one thread writes and any thread reads.
 *
 * <p>Each event loop has its own, so counting is a plain load and store without a locked
 * instruction; a reader sums over the loops. Readers may be a moment late, never torn.
 *
 * @param <E> what is counted
 */
public final class Counters<E extends Enum<E>> {

  private final AtomicLongArray values;

  public Counters(Class<E> kinds) {
    this.values = new AtomicLongArray(kinds.getEnumConstants().length);
  }

  /** Only by the owning thread. */
  @SuppressWarnings("EnumOrdinal") // the ordinal never leaves this object
  public void add(E kind, long amount) {
    int index = kind.ordinal();
    values.setRelease(index, values.getPlain(index) + amount);
  }

  @SuppressWarnings("EnumOrdinal") // as above
  public long get(E kind) {
    return values.getAcquire(kind.ordinal());
  }

  /** The sum over several owners. */
  public static <E extends Enum<E>> long sum(Counters<E>[] counters, E kind) {
    long sum = 0;
    for (Counters<E> each : counters) {
      sum += each.get(kind);
    }
    return sum;
  }

  /** One for each event loop. */
  @SuppressWarnings("unchecked") // an array of a generic type cannot be made otherwise
  public static <E extends Enum<E>> Counters<E>[] forLoops(int loops, Class<E> kinds) {
    Counters<E>[] counters = (Counters<E>[]) new Counters<?>[loops];
    for (int i = 0; i < loops; i++) {
      counters[i] = new Counters<>(kinds);
    }
    return counters;
  }
}
