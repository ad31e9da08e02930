package dev.fairlead.lb.stick;

import dev.fairlead.config.StickTableConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Which server a client was sent to, by the first bits of its address.
 *
 * <p>One table for all event loops, since a client's next connection may be accepted by any of
 * them: open addressing in native memory, every change a compare-and-set, so a loop never waits for
 * another. It is divided by hash into shards that grow on their own: an empty table costs nothing,
 * a full one 49 bytes for each entry, and growing never moves more than a sixteenth at once.
 *
 * <p>The least recently used of {@value Shard#SAMPLE} neighbours makes room when it is full. A list
 * in exact order would be a place that every loop writes on every use; a sample forgets the same
 * clients but for a few, and in tables of up to 112 entries exactly the same.
 *
 * <p>Servers are numbers here; who calls keeps their names.
 */
public final class StickTable {

  /** What can be stored: numbers of servers below this. */
  public static final int MAX_SERVERS = Slots.MAX_SERVER + 1;

  private static final int SMALL = 4096;
  private static final int SHARDS = 16;

  /** About 17 ms: two years fit into 32 bits. */
  private static final int TICK_SHIFT = 24;

  /**
   * One client.
   *
   * @param high the first 64 bits of its address, without those that do not count
   * @param low the rest; IPv4 is IPv4-mapped
   * @param idleNanos since it was last used
   */
  public record Entry(long high, long low, int server, long idleNanos) {}

  /** Chooses entries. */
  interface EntryTest {
    boolean test(long high, long low, int server, int usedAt);
  }

  /** Chooses servers. */
  public interface ServerTest {
    /** Whether entries of the server with this number are meant. */
    boolean test(int server);
  }

  private final StickTableConfig config;
  private final long startedAt;
  private final int expireTicks;
  private final long[] masks;
  private final Shard[] shards;
  private final AtomicLong evicted = new AtomicLong();
  private final AtomicLong expired = new AtomicLong();

  /**
   * An empty table; takes no memory before the first entry.
   *
   * @param nowNanos this moment, on the clock that the other methods are told
   */
  public StickTable(StickTableConfig config, long nowNanos) {
    this.config = config;
    this.startedAt = nowNanos;
    this.expireTicks =
        config.expire().isZero() ? 0 : (int) Math.max(1, config.expire().toNanos() >> TICK_SHIFT);
    this.masks =
        new long[] {
          mask(config.ipv6Prefix()),
          mask(config.ipv6Prefix() - 64),
          mask(config.ipv4Prefix() + 96 - 64)
        };
    this.shards = new Shard[config.size() <= SMALL ? 1 : SHARDS];
    int slots = (int) (config.size() * 2L / shards.length) + Shard.WINDOW;
    for (int i = 0; i < shards.length; i++) {
      shards[i] = new Shard(slots);
    }
  }

  private static long mask(int bits) {
    return bits <= 0 ? 0 : bits >= 64 ? -1 : -1L << (64 - bits);
  }

  static long hash(long high, long low) {
    long z = low * 0x9e3779b97f4a7c15L ^ (high + 0x9e3779b97f4a7c15L) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 32)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 29);
  }

  public StickTableConfig config() {
    return config;
  }

  /**
   * The server of a client, which counts as used.
   *
   * @param high the first 64 bits of its address
   * @param low the rest; IPv4 is IPv4-mapped
   * @return -1 when it is not known, or was not used for too long
   */
  public int find(long high, long low, long nowNanos) {
    boolean ipv4 = isIpv4(high, low);
    long first = ipv4 ? 0 : high & masks[0];
    long rest = low & masks[ipv4 ? 2 : 1];
    long hash = hash(first, rest);
    return shard(hash).find(hash, first, rest, tick(nowNanos), expireTicks);
  }

  /** Remembers the server of a client. */
  public void put(long high, long low, int server, long nowNanos) {
    boolean ipv4 = isIpv4(high, low);
    put(ipv4 ? 0 : high & masks[0], low & masks[ipv4 ? 2 : 1], server, tick(nowNanos));
  }

  private void put(long high, long low, int server, int tick) {
    if (server < 0 || server >= MAX_SERVERS) {
      throw new IllegalArgumentException("no number of a server: " + server);
    }
    long hash = hash(high, low);
    Shard shard = shard(hash);
    // One that is there already is changed, and takes no room.
    if (used() >= config.size() && shard.find(hash, high, low, tick, 0) < 0 && shard.evict()) {
      evicted.incrementAndGet();
    }
    if (shard.put(hash, high, low, server, tick)) {
      evicted.incrementAndGet();
    }
    // Several loops may have found the last place. Each makes up for it, or it would add up.
    if (used() > config.size() && shard.evict()) {
      evicted.incrementAndGet();
    }
  }

  /** IPv4-mapped IPv6: ::ffff:a.b.c.d. */
  private static boolean isIpv4(long high, long low) {
    return high == 0 && low >>> 32 == 0xffff;
  }

  /** Entries that are there, some of which may have expired since the last {@link #sweep}. */
  public int used() {
    int used = 0;
    for (Shard shard : shards) {
      used += shard.used();
    }
    return Math.max(0, used);
  }

  /** Native memory taken. */
  public long bytes() {
    long bytes = 0;
    for (Shard shard : shards) {
      bytes += shard.bytes();
    }
    return bytes;
  }

  /** Entries that had to go for others. */
  public long evicted() {
    return evicted.get();
  }

  /** Entries that were not used for too long. */
  public long expired() {
    return expired.get();
  }

  /** Whether it stays smaller than it may be, because native memory could not be had. */
  public boolean isShortOfMemory() {
    for (Shard shard : shards) {
      if (shard.isShortOfMemory()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Forgets expired entries, looking at a part of the table.
   *
   * @param parts in how many calls all of it has been looked at
   */
  public void sweep(long nowNanos, int parts) {
    int tick = tick(nowNanos);
    for (Shard shard : shards) {
      expired.addAndGet(shard.sweep(tick, expireTicks, parts));
    }
  }

  /** Forgets one client; false when it was not known. Not on an event loop. */
  public boolean remove(long high, long low) {
    boolean ipv4 = isIpv4(high, low);
    long first = ipv4 ? 0 : high & masks[0];
    long rest = low & masks[ipv4 ? 2 : 1];
    return shard(hash(first, rest)).removeIf((h, l, server, usedAt) -> h == first && l == rest) > 0;
  }

  /** Forgets every client of some servers; returns how many. Not on an event loop. */
  public int removeIf(ServerTest test) {
    int removed = 0;
    for (Shard shard : shards) {
      removed += shard.removeIf((high, low, server, usedAt) -> test.test(server));
    }
    return removed;
  }

  /**
   * What is there, in no order; entries that come and go meanwhile may be among them or not. Not on
   * an event loop.
   *
   * @param most entries at most
   */
  public List<Entry> entries(long nowNanos, int most) {
    int tick = tick(nowNanos);
    List<Entry> entries = new ArrayList<>();
    for (Shard shard : shards) {
      shard.removeIf((high, low, server, usedAt) -> {
        int idle = Math.max(0, tick - usedAt);
        if (entries.size() < most && (expireTicks == 0 || idle < expireTicks)) {
          entries.add(new Entry(high, low, server, (long) idle << TICK_SHIFT));
        }
        return false;
      });
    }
    return entries;
  }

  /**
   * A table with other settings and the same clients, as far as they fit and can be told apart:
   * with a longer prefix than before the family's clients are forgotten. Takes about 100 ns an
   * entry. Not on an event loop.
   */
  public StickTable with(StickTableConfig next, long nowNanos) {
    StickTable table = new StickTable(next, nowNanos);
    boolean keepIpv4 = next.ipv4Prefix() <= config.ipv4Prefix();
    boolean keepIpv6 = next.ipv6Prefix() <= config.ipv6Prefix();
    for (Entry entry : entries(nowNanos, Integer.MAX_VALUE)) {
      if (isIpv4(entry.high(), entry.low()) ? keepIpv4 : keepIpv6) {
        table.put(entry.high(), entry.low(), entry.server(), nowNanos - entry.idleNanos());
      }
    }
    table.evicted.addAndGet(evicted.get());
    table.expired.addAndGet(expired.get());
    return table;
  }

  /**
   * How long a client that is not seen any more is remembered after {@code idleNanos}; 0 = ever.
   */
  public long leftNanos(long idleNanos) {
    return config.expire().isZero()
        ? 0
        : Math.max(TimeUnit.MILLISECONDS.toNanos(1), config.expire().toNanos() - idleNanos);
  }

  private Shard shard(long hash) {
    return shards.length == 1 ? shards[0] : shards[(int) (hash >>> 60)];
  }

  private int tick(long nowNanos) {
    return (int) ((nowNanos - startedAt) >> TICK_SHIFT);
  }
}
