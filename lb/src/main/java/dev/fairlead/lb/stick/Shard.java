package dev.fairlead.lb.stick;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A part of the table, by hash, that grows on its own: open addressing within a bounded window, so
 * that a search ends however many entries have come and gone.
 *
 * <p>To grow, one event loop moves every entry to new memory while the others go on: each old slot
 * is first made unchangeable, then copied; who wants to change something meanwhile does it in the
 * new memory, and what is found there is newer than a copy. Readers look there first.
 */
final class Shard {

  /** Slots from an entry's home on in which it may be. */
  static final int WINDOW = 32;

  /** Neighbours of which the one not used for longest makes room: nearly that of all. */
  static final int SAMPLE = 64;

  /** Samples looked at, at most, while there are entries at all. */
  private static final int MORE_SAMPLES = 4;

  /** Up to so many slots all are looked at, so that a small table is exact. */
  private static final int WHOLE = 256;

  private static final int FIRST_CAPACITY = 64;

  /** In ticks. */
  private static final int ONE_SECOND = 60;

  /** How a put ended. */
  private enum Put {
    DONE,
    /** In the place of another entry. */
    REPLACED,
    /** Not here: the entries are being moved to larger memory. */
    MOVING
  }

  private final int mostSlots;
  private final AtomicInteger used = new AtomicInteger();
  private final AtomicInteger hand = new AtomicInteger();
  private final AtomicInteger swept = new AtomicInteger();
  private final AtomicBoolean growing = new AtomicBoolean();
  private final AtomicReference<@Nullable Slots> current = new AtomicReference<>();
  private volatile @Nullable Slots next;
  private volatile boolean shortOfMemory;

  /** When the entry that was evicted last had been used; a hint, so a race does no harm. */
  private volatile int evictedUsedAt;

  Shard(int mostSlots) {
    this.mostSlots = Math.max(FIRST_CAPACITY, mostSlots);
  }

  int used() {
    return used.get();
  }

  /** Native memory could not be had, so it stays smaller than it may be. */
  boolean isShortOfMemory() {
    return shortOfMemory;
  }

  long bytes() {
    Slots now = current.get();
    return now == null ? 0 : (long) now.capacity() * Slots.BYTES;
  }

  /**
   * The server of an entry that is not older than allowed; it counts as used now.
   *
   * @param expireTicks 0 = entries do not age
   * @return -1 when there is none
   */
  int find(long hash, long high, long low, int tick, int expireTicks) {
    while (true) {
      Slots newer = next;
      Slots now = current.get();
      if (now == null) {
        return -1;
      }
      if (newer != null) {
        int server = findIn(newer, hash, high, low, tick, expireTicks);
        if (server >= 0) {
          return server;
        }
      }
      int server = findIn(now, hash, high, low, tick, expireTicks);
      if (server < 0 && newer != null) {
        // It may have been moved between the two looks.
        server = findIn(newer, hash, high, low, tick, expireTicks);
      }
      if (server >= 0 || (current.get() == now && next == newer)) {
        return server;
      }
    }
  }

  private static int findIn(
      Slots slots, long hash, long high, long low, int tick, int expireTicks) {
    long tag = Slots.tag(hash);
    int slot = slots.home(hash);
    for (int i = 0; i < WINDOW; i++) {
      long word = slots.word(slot);
      if (word == Slots.EMPTY) {
        return -1;
      }
      long kind = Slots.kind(word);
      if ((kind == Slots.LIVE || kind == Slots.MOVING)
          && Slots.hasTag(word, tag)
          && slots.holds(slot, word, high, low)) {
        if (isExpired(word, tick, expireTicks)) {
          return -1;
        }
        int server = Slots.server(word);
        if (kind == Slots.LIVE && isWorthWriting(tick - Slots.usedAt(word), expireTicks)) {
          // When this fails somebody else has just used or changed it.
          slots.change(slot, word, Slots.used(word, server, tick));
        }
        return server;
      }
      slot = slots.after(slot);
    }
    return -1;
  }

  /**
   * A client that comes all the time would make every event loop write the same cache line all the
   * time. To the last 128th of the time to live nobody looks that closely.
   */
  private static boolean isWorthWriting(int idleTicks, int expireTicks) {
    return idleTicks > (expireTicks == 0 ? ONE_SECOND : expireTicks >> 7);
  }

  static boolean isExpired(long word, int tick, int expireTicks) {
    return expireTicks > 0 && tick - Slots.usedAt(word) >= expireTicks;
  }

  /**
   * Remembers a server.
   *
   * @return whether another entry was forgotten for it
   */
  boolean put(long hash, long high, long low, int server, int tick) {
    while (true) {
      Slots target = target();
      if (target == null) {
        return false;
      }
      if (used.get() > target.capacity() / 2 && target.capacity() < mostSlots) {
        grow(target);
        target = target();
      }
      switch (target == null ? Put.MOVING : putIn(target, hash, high, low, server, tick)) {
        case DONE -> {
          return false;
        }
        case REPLACED -> {
          return true;
        }
        // The larger memory is there already, or has just become the current one.
        case MOVING -> {}
      }
    }
  }

  /** Where changes go; null when there is no memory for a first entry. */
  private @Nullable Slots target() {
    while (true) {
      // In this order: what grows is first to be seen as next, then as current.
      Slots now = current.get();
      Slots newer = next;
      if (newer != null) {
        return newer;
      }
      if (now != null) {
        return now;
      }
      Slots first = allocate(FIRST_CAPACITY);
      if (first == null) {
        return null;
      }
      current.compareAndSet(null, first);
    }
  }

  private @Nullable Slots allocate(int capacity) {
    try {
      return new Slots(capacity);
    } catch (OutOfMemoryError e) {
      // Thrown by the accounting of direct buffers, before anything was allocated.
      shortOfMemory = true;
      return null;
    }
  }

  private Put putIn(Slots slots, long hash, long high, long low, int server, int tick) {
    long tag = Slots.tag(hash);
    retry:
    while (true) {
      int slot = slots.home(hash);
      int place = -1;
      long placeWord = 0;
      boolean placeIsLive = false;
      for (int i = 0; i < WINDOW; i++) {
        long word = slots.word(slot);
        long kind = Slots.kind(word);
        if (kind == Slots.MOVING || kind == Slots.GONE) {
          return Put.MOVING;
        }
        if (kind == Slots.LIVE) {
          if (Slots.hasTag(word, tag) && slots.holds(slot, word, high, low)) {
            if (slots.change(slot, word, Slots.used(word, server, tick))) {
              return Put.DONE;
            }
            continue retry;
          }
          if (place < 0 || (placeIsLive && Slots.usedAt(word) - Slots.usedAt(placeWord) < 0)) {
            place = slot;
            placeWord = word;
            placeIsLive = true;
          }
        } else if (kind != Slots.CLAIMED && (place < 0 || placeIsLive)) {
          place = slot;
          placeWord = word;
          placeIsLive = false;
        }
        if (word == Slots.EMPTY) {
          break;
        }
        slot = slots.after(slot);
      }
      if (place < 0) {
        // Every slot of the window is being written at this moment.
        Thread.onSpinWait();
        continue;
      }
      long claimed = Slots.claimed(placeWord);
      if (!slots.change(place, placeWord, claimed)) {
        continue;
      }
      slots.write(place, high, low);
      long live = Slots.live(claimed, tag, server, tick);
      if (!slots.change(place, claimed, live)) {
        return Put.MOVING;
      }
      if (!placeIsLive) {
        used.incrementAndGet();
      }
      dropDouble(slots, tag, place, live);
      return placeIsLive ? Put.REPLACED : Put.DONE;
    }
  }

  /**
   * Two loops may have put the same address into two slots at once. Each looks after it has
   * published, so at least one of them sees both, and the later slot goes.
   */
  private void dropDouble(Slots slots, long tag, int own, long ownWord) {
    long high = slots.high(own);
    long low = slots.low(own);
    boolean seenOwn = false;
    int slot = slots.home(StickTable.hash(high, low));
    for (int i = 0; i < WINDOW; i++) {
      long word = slots.word(slot);
      if (slot == own) {
        seenOwn = true;
      } else if (Slots.kind(word) == Slots.LIVE
          && Slots.hasTag(word, tag)
          && slots.holds(slot, word, high, low)) {
        if (seenOwn) {
          drop(slots, slot, word);
        } else {
          drop(slots, own, ownWord);
        }
        return;
      } else if (word == Slots.EMPTY) {
        return;
      }
      slot = slots.after(slot);
    }
  }

  /** Forgets the entry that was not used for longest, of some; false when none was found. */
  boolean evict() {
    Slots slots = current.get();
    if (slots == null || next != null) {
      return false;
    }
    int size = slots.capacity() <= WHOLE ? slots.capacity() : SAMPLE;
    int samples = slots.capacity() <= WHOLE ? 1 : slots.capacity() / SAMPLE;
    int oldest = -1;
    long oldestWord = 0;
    for (int i = 0; i < samples; i++) {
      int slot = Math.floorMod(hand.getAndAdd(size), slots.capacity());
      for (int j = 0; j < size; j++) {
        long word = slots.word(slot);
        if (Slots.kind(word) == Slots.LIVE
            && (oldest < 0 || Slots.usedAt(word) - Slots.usedAt(oldestWord) < 0)) {
          oldest = slot;
          oldestWord = word;
        }
        slot = slots.after(slot);
      }
      // Where everybody is younger than who went last, the next neighbours may not be.
      if (oldest >= 0 && (i + 1 >= MORE_SAMPLES || Slots.usedAt(oldestWord) - evictedUsedAt <= 0)) {
        break;
      }
    }
    if (oldest < 0) {
      return false;
    }
    evictedUsedAt = Slots.usedAt(oldestWord);
    return drop(slots, oldest, oldestWord);
  }

  private boolean drop(Slots slots, int slot, long word) {
    if (!slots.change(slot, word, Slots.free(word))) {
      return false;
    }
    used.decrementAndGet();
    return true;
  }

  /** Forgets expired entries in a part of the slots, the next one each time; returns how many. */
  int sweep(int tick, int expireTicks, int parts) {
    Slots slots = current.get();
    if (slots == null || next != null || expireTicks == 0) {
      return 0;
    }
    int many = slots.capacity() / parts + 1;
    int slot = Math.floorMod(swept.getAndAdd(many), slots.capacity());
    int dropped = 0;
    for (int i = 0; i < many; i++) {
      long word = slots.word(slot);
      if (Slots.kind(word) == Slots.LIVE
          && isExpired(word, tick, expireTicks)
          && drop(slots, slot, word)) {
        dropped++;
      }
      slot = slots.after(slot);
    }
    return dropped;
  }

  /** Forgets what the test says; returns how many. Not on an event loop: it may have to wait. */
  int removeIf(StickTable.EntryTest test) {
    while (!growing.compareAndSet(false, true)) {
      Thread.onSpinWait();
    }
    try {
      Slots slots = current.get();
      int dropped = 0;
      for (int slot = 0; slots != null && slot < slots.capacity(); slot++) {
        long word = slots.word(slot);
        if (Slots.kind(word) == Slots.LIVE) {
          long high = slots.high(slot);
          long low = slots.low(slot);
          if (slots.holds(slot, word, high, low)
              && test.test(high, low, Slots.server(word), Slots.usedAt(word))
              && dropInAnyState(slots, slot, word)) {
            dropped++;
          }
        }
      }
      return dropped;
    } finally {
      growing.set(false);
    }
  }

  /** Also when it is used in this moment. */
  private boolean dropInAnyState(Slots slots, int slot, long seen) {
    long word = seen;
    while (Slots.kind(word) == Slots.LIVE && Slots.claimed(word) == Slots.claimed(seen)) {
      if (drop(slots, slot, word)) {
        return true;
      }
      word = slots.word(slot);
    }
    return false;
  }

  private void grow(Slots from) {
    if (!growing.compareAndSet(false, true)) {
      return;
    }
    try {
      if (current.get() != from || shortOfMemory) {
        return;
      }
      Slots to = allocate(Math.min(mostSlots, from.capacity() * 2));
      if (to == null) {
        return;
      }
      next = to;
      for (int slot = 0; slot < from.capacity(); slot++) {
        move(from, slot, to);
      }
      current.set(to);
      next = null;
    } finally {
      growing.set(false);
    }
  }

  private void move(Slots from, int slot, Slots to) {
    while (true) {
      long word = from.word(slot);
      if (Slots.kind(word) != Slots.LIVE) {
        if (from.change(slot, word, Slots.GONE)) {
          return;
        }
      } else if (from.change(slot, word, Slots.moving(word))) {
        long high = from.high(slot);
        long low = from.low(slot);
        long hash = StickTable.hash(high, low);
        if (!isIn(to, hash, high, low)) {
          putIn(to, hash, high, low, Slots.server(word), Slots.usedAt(word));
        }
        // In the new memory it, or the newer one that was there already, has been counted again.
        used.decrementAndGet();
        return;
      }
    }
  }

  private static boolean isIn(Slots slots, long hash, long high, long low) {
    long tag = Slots.tag(hash);
    int slot = slots.home(hash);
    for (int i = 0; i < WINDOW; i++) {
      long word = slots.word(slot);
      if (word == Slots.EMPTY) {
        return false;
      }
      if (Slots.kind(word) == Slots.LIVE
          && Slots.hasTag(word, tag)
          && slots.holds(slot, word, high, low)) {
        return true;
      }
      slot = slots.after(slot);
    }
    return false;
  }
}
