package dev.fairlead.lb.stick;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Native memory for a fixed number of entries: a word that says what is there, and two of address.
 *
 * <p>The word changes by compare-and-set only, and everything is decided by it: whoever claims a
 * slot writes the address and then publishes; a reader looks at the word before and after it has
 * read the address. Nobody ever waits for anybody.
 *
 * <pre>
 *  63..61 kind   60..54 tag   53..46 version   45..32 server   31..0 last use, ticks
 * </pre>
 */
final class Slots {

  static final long EMPTY = 0;
  static final long FREE = 1L << 61;
  static final long CLAIMED = 2L << 61;
  static final long LIVE = 3L << 61;

  /** Being moved to a larger table: still to be read, no longer to be changed. */
  static final long MOVING = 4L << 61;

  /** Was not live when the table was moved: nothing may be put here any more. */
  static final long GONE = 5L << 61;

  static final int BYTES = 24;
  static final int MAX_SERVER = (1 << 14) - 1;

  private static final long KIND = 7L << 61;
  private static final long TAG = 127L << 54;
  private static final long VERSION = 255L << 46;
  private static final long ONE_VERSION = 1L << 46;
  private static final int SERVER_SHIFT = 32;
  private static final long SERVER = (long) MAX_SERVER << SERVER_SHIFT;
  private static final long TICKS = 0xffff_ffffL;

  private static final VarHandle WORD =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private final ByteBuffer memory;
  private final int capacity;

  Slots(int capacity) {
    this.capacity = capacity;
    this.memory =
        ByteBuffer.allocateDirect(capacity * BYTES + 8)
            .alignedSlice(8)
            .order(ByteOrder.nativeOrder());
  }

  int capacity() {
    return capacity;
  }

  int home(long hash) {
    return (int) (((hash & 0xffff_ffffL) * capacity) >>> 32);
  }

  int after(int slot) {
    return slot + 1 < capacity ? slot + 1 : 0;
  }

  static long kind(long word) {
    return word & KIND;
  }

  static int server(long word) {
    return (int) ((word & SERVER) >>> SERVER_SHIFT);
  }

  static int usedAt(long word) {
    return (int) word;
  }

  /** The bits of a hash that an entry's word carries, so that most others need no second look. */
  static long tag(long hash) {
    return (hash << 14) & TAG;
  }

  static boolean hasTag(long word, long tag) {
    return (word & TAG) == tag;
  }

  /** The word of a slot that is being written. */
  static long claimed(long before) {
    return CLAIMED | ((before + ONE_VERSION) & VERSION);
  }

  static long live(long claimed, long tag, int server, int tick) {
    return LIVE | (claimed & VERSION) | tag | ((long) server << SERVER_SHIFT) | (tick & TICKS);
  }

  /** The same entry, used now, perhaps of another server. */
  static long used(long word, int server, int tick) {
    return (word & ~(SERVER | TICKS)) | ((long) server << SERVER_SHIFT) | (tick & TICKS);
  }

  static long free(long word) {
    return FREE | (word & VERSION);
  }

  static long moving(long word) {
    return MOVING | (word & ~KIND);
  }

  long word(int slot) {
    return (long) WORD.getAcquire(memory, slot * BYTES);
  }

  boolean change(int slot, long from, long to) {
    return WORD.compareAndSet(memory, slot * BYTES, from, to);
  }

  /** Only in a slot that the caller has claimed. */
  void write(int slot, long high, long low) {
    WORD.setOpaque(memory, slot * BYTES + 8, high);
    WORD.setOpaque(memory, slot * BYTES + 16, low);
  }

  long high(int slot) {
    return (long) WORD.getOpaque(memory, slot * BYTES + 8);
  }

  long low(int slot) {
    return (long) WORD.getOpaque(memory, slot * BYTES + 16);
  }

  /** Whether the slot whose word was {@code word} holds this address, and still does. */
  boolean holds(int slot, long word, long high, long low) {
    if (high(slot) != high || low(slot) != low) {
      return false;
    }
    VarHandle.acquireFence();
    // Only the time of the last use, and the server, may have changed.
    return ((word(slot) ^ word) & (VERSION | TAG)) == 0;
  }
}
