package dev.fairlead.lb.source;

import dev.fairlead.config.SourceLimitsConfig;
import dev.fairlead.lb.Rejection;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * How many sessions each client address has, and how fast it has opened them.
 *
 * <p>A table of sets with eight places each, as in a processor's cache: an address can be in one
 * set only, and the one of its set that was not seen for longest and has no session makes room. A
 * hash map with a list of all its entries in order of use would need a lock. Places hold
 * references, so a session gives back what it took without a lookup, even after its table has been
 * replaced.
 *
 * <p>Every change is one compare-and-set. Two loops that meet the same new address at the same
 * moment may both put it in; whoever finds the other's entry gives up his own and begins anew.
 */
public final class SourceTable {

  private static final int WAYS = 8;
  private static final int MOST_TRIES = 16;

  /** State of an entry that has lost its place: nobody may count in it. */
  private static final int GONE = -1;

  /** State of an entry that may turn out to be somebody's second. */
  private static final int NEW = -2;

  private static final int COUNT_BITS = 20;
  private static final long COUNT_MASK = (1L << COUNT_BITS) - 1;

  /** What one client has taken. Given back by its session, once. */
  public static final class Source {
    private static final AtomicIntegerFieldUpdater<Source> SESSIONS =
        AtomicIntegerFieldUpdater.newUpdater(Source.class, "sessions");
    private static final AtomicLongFieldUpdater<Source> WINDOWS =
        AtomicLongFieldUpdater.newUpdater(Source.class, "windows");

    private final long high;
    private final long low;

    /** Sessions now, {@link #GONE} or {@link #NEW}. */
    private volatile int sessions = NEW;

    /** Number of a window (24 bits), connections in the one before it, and in it. */
    private volatile long windows;

    /** Ticks of about a second, for who was not seen for longest. A lost update does not matter. */
    private int seenAt;

    private Source(long high, long low) {
      this.high = high;
      this.low = low;
    }

    /** One session has ended. */
    public void leave() {
      SESSIONS.decrementAndGet(this);
    }

    private boolean is(long otherHigh, long otherLow) {
      return high == otherHigh && low == otherLow;
    }
  }

  /** What became of a connection: exactly one of the two is set, or neither when it may pass. */
  public record Answer(@Nullable Source source, @Nullable Rejection rejection) {
    private static final Answer UNTRACKED = new Answer(null, null);
    private static final Answer FULL = new Answer(null, Rejection.SOURCES_FULL);
    private static final Answer SESSIONS = new Answer(null, Rejection.SOURCE_SESSIONS);
    private static final Answer RATE = new Answer(null, Rejection.SOURCE_RATE);
  }

  /** So that nobody outside can choose addresses that meet in one set, and fill it. */
  private final long seed = ThreadLocalRandom.current().nextLong();

  private final AtomicReferenceArray<Source> places;
  private final int sets;
  private final AtomicLong used = new AtomicLong();
  private final AtomicLong evicted = new AtomicLong();
  private final AtomicLong untracked = new AtomicLong();

  /**
   * @param size entries at most; rounded up to whole sets
   */
  public SourceTable(int size) {
    sets = (size + WAYS - 1) / WAYS;
    places = new AtomicReferenceArray<>(sets * WAYS);
  }

  public int size() {
    return sets * WAYS;
  }

  /** Addresses known now. */
  public long used() {
    return used.get();
  }

  /** Addresses forgotten for others. */
  public long evicted() {
    return evicted.get();
  }

  /** Connections of addresses that found no room. */
  public long untracked() {
    return untracked.get();
  }

  /**
   * A connection asks to be let in.
   *
   * @param limits of this moment
   * @param nowNanos {@code System.nanoTime()}
   */
  public Answer enter(long clientHigh, long clientLow, SourceLimitsConfig limits, long nowNanos) {
    boolean ipv4 = clientHigh == 0 && clientLow >>> 32 == 0xffff;
    int prefix = ipv4 ? 96 + limits.ipv4Prefix() : limits.ipv6Prefix();
    long high = prefix >= 64 ? clientHigh : clientHigh & (-1L << (64 - prefix));
    long low = prefix <= 64 ? 0 : clientLow & (-1L << (128 - prefix));
    for (int attempt = 0; attempt < MOST_TRIES; attempt++) {
      Source source = find(high, low, nowNanos);
      if (source == null) {
        untracked.incrementAndGet();
        return limits.whenFull() == SourceLimitsConfig.WhenFull.ACCEPT
            ? Answer.UNTRACKED
            : Answer.FULL;
      }
      int sessions = source.sessions;
      if (sessions == GONE) {
        continue;
      }
      // Also of one that is refused: who keeps trying is not forgotten.
      source.seenAt = (int) (nowNanos >> 30);
      if (limits.maxConnections() > 0 && sessions >= limits.maxConnections()) {
        return Answer.SESSIONS;
      }
      if (!Source.SESSIONS.compareAndSet(source, sessions, sessions + 1)) {
        attempt--;
        continue;
      }
      if (limits.rate() > 0 && !count(source, limits.rate(), limits.per().toNanos(), nowNanos)) {
        source.leave();
        return Answer.RATE;
      }
      return new Answer(source, null);
    }
    untracked.incrementAndGet();
    return Answer.UNTRACKED;
  }

  /**
   * Counts one connection if the window has room for it: connections of this window, and of the one
   * before as many as the part of it that is not past yet. That is never more than the limit in a
   * window, and never forgets a burst at its edge.
   */
  private static boolean count(Source source, int most, long windowNanos, long nowNanos) {
    long window = Math.floorDiv(nowNanos, windowNanos);
    long into = Math.floorMod(nowNanos, windowNanos);
    long number = window & 0xff_ffffL;
    while (true) {
      long state = source.windows;
      long known = state >>> (2 * COUNT_BITS);
      long before = (state >>> COUNT_BITS) & COUNT_MASK;
      long within = state & COUNT_MASK;
      if (known != number) {
        boolean isNext = known == ((number - 1) & 0xff_ffffL);
        before = isNext ? within : 0;
        within = 0;
      }
      long rest = (long) Math.ceil((double) before * (windowNanos - into) / windowNanos);
      if (within + rest >= most) {
        return false;
      }
      long next = number << (2 * COUNT_BITS) | before << COUNT_BITS | (within + 1);
      if (Source.WINDOWS.compareAndSet(source, state, next)) {
        return true;
      }
    }
  }

  /** The entry of an address, made if there is room; null when there is none. */
  private @Nullable Source find(long high, long low, long nowNanos) {
    int first = (int) Math.floorMod(hash(high, low), (long) sets) * WAYS;
    for (int attempt = 0; attempt < MOST_TRIES; attempt++) {
      Source source = lookUp(first, high, low, null);
      if (source == null) {
        source = new Source(high, low);
        source.seenAt = (int) (nowNanos >> 30);
        if (!place(first, source)) {
          return null;
        }
      }
      settle(first, source);
      if (source.sessions != GONE) {
        return source;
      }
    }
    return null;
  }

  /**
   * A new entry may be used once nobody else's is there for the same address. Whoever meets one
   * that is not settled does it, so that none waits for another. Of two entries that were put in at
   * the same moment at least the later one's makers see the other.
   */
  private void settle(int first, Source source) {
    if (source.sessions == NEW) {
      boolean alone = lookUp(first, source.high, source.low, source) == null;
      Source.SESSIONS.compareAndSet(source, NEW, alone ? 0 : GONE);
    }
  }

  private @Nullable Source lookUp(int first, long high, long low, @Nullable Source except) {
    for (int i = first; i < first + WAYS; i++) {
      Source source = places.get(i);
      if (source != null && source != except && source.is(high, low) && source.sessions != GONE) {
        return source;
      }
    }
    return null;
  }

  private boolean place(int first, Source made) {
    for (int attempt = 0; attempt < MOST_TRIES; attempt++) {
      int oldestAt = -1;
      Source oldest = null;
      for (int i = first; i < first + WAYS; i++) {
        Source source = places.get(i);
        if (source == null) {
          if (places.compareAndSet(i, null, made)) {
            used.incrementAndGet();
            return true;
          }
          source = places.get(i);
        }
        if (source != null
            && (source.sessions == 0 || source.sessions == GONE)
            && (oldest == null
                || source.sessions == GONE
                || (oldest.sessions != GONE && source.seenAt - oldest.seenAt < 0))) {
          oldest = source;
          oldestAt = i;
        }
      }
      if (oldest == null) {
        return false;
      }
      boolean wasGone = oldest.sessions == GONE;
      if (wasGone || Source.SESSIONS.compareAndSet(oldest, 0, GONE)) {
        if (places.compareAndSet(oldestAt, oldest, made)) {
          if (!wasGone) {
            evicted.incrementAndGet();
          }
          return true;
        }
      }
    }
    return false;
  }

  /** Neighbouring addresses must not meet in one set. */
  private long hash(long high, long low) {
    long mixed = ((high ^ seed) * 0x9E3779B97F4A7C15L) ^ low ^ Long.rotateLeft(seed, 32);
    mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return mixed ^ (mixed >>> 31);
  }
}
