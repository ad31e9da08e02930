package dev.fairlead.config;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;

/**
 * Which source addresses are let in: networks that are allowed and networks that are denied, of
 * which the longest prefix that covers an address decides; of two equal ones the denial.
 *
 * <p>An address that none covers is let in unless something is allowed by name.
 *
 * <p>Compiled once, when it is read, into the sorted addresses at which the answer changes: a
 * lookup is a binary search, and memory is 4 bytes (IPv4) or 16 (IPv6) and a bit for each change,
 * at most two of them for each network. A tree of prefixes would have taken ten times as much.
 */
public final class AccessList {

  /** Everybody is let in. */
  public static final AccessList EVERYBODY = new Builder().build();

  /** One network: address bits in 128, prefix length in 128, and what becomes of its addresses. */
  private record Entry(long high, long low, int length, boolean allowed) {
    private static final Comparator<Entry> ORDER =
        (one, other) -> {
          int byAddress = compare(one.high, one.low, other.high, other.low);
          if (byAddress != 0) {
            return byAddress;
          }
          // The shorter prefix is the outer one. Of two equal ones the denial comes last and wins.
          return one.length != other.length
              ? Integer.compare(one.length, other.length)
              : Boolean.compare(other.allowed, one.allowed);
        };

    long lastHigh() {
      return length >= 64 ? high : high | (length == 0 ? -1L : -1L >>> length);
    }

    long lastLow() {
      return length <= 64 ? -1L : length == 128 ? low : low | (-1L >>> (length - 64));
    }
  }

  private final boolean otherwise;
  private final int allowed;
  private final int denied;

  /** IPv4 addresses, ascending as unsigned numbers, from which on the answer is another. */
  private final int[] ipv4;

  private final BitSet ipv4Allowed;

  /** The same for IPv6: halves of 128 bits. */
  private final long[] high;

  private final long[] low;
  private final BitSet ipv6Allowed;

  private AccessList(Builder builder) {
    allowed = builder.allowed;
    denied = builder.denied;
    otherwise = allowed == 0;
    Changes small = Changes.of(builder.ipv4, otherwise);
    // Behind the last IPv4 address there is none that an int could say.
    boolean isPastEnd = small.count > 0 && small.low[small.count - 1] > 0xffff_ffffL;
    ipv4 = new int[isPastEnd ? small.count - 1 : small.count];
    for (int i = 0; i < ipv4.length; i++) {
      ipv4[i] = (int) small.low[i];
    }
    ipv4Allowed = small.allowed;
    Changes large = Changes.of(builder.ipv6, otherwise);
    high = Arrays.copyOf(large.high, large.count);
    low = Arrays.copyOf(large.low, large.count);
    ipv6Allowed = large.allowed;
  }

  /** Whether it says anything at all. */
  public boolean isEverybody() {
    return allowed == 0 && denied == 0;
  }

  /** How many networks are allowed. */
  public int allowed() {
    return allowed;
  }

  /** How many networks are denied. */
  public int denied() {
    return denied;
  }

  /**
   * Whether an address is let in.
   *
   * @param addressHigh its first 64 bits
   * @param addressLow the rest; an IPv4 address is IPv4-mapped
   */
  public boolean allows(long addressHigh, long addressLow) {
    if (addressHigh == 0 && addressLow >>> 32 == 0xffff) {
      int at = lastUpTo((int) addressLow);
      return at < 0 ? otherwise : ipv4Allowed.get(at);
    }
    int at = lastUpTo(addressHigh, addressLow);
    return at < 0 ? otherwise : ipv6Allowed.get(at);
  }

  /** As {@link #allows(long, long)}. */
  public boolean allows(InetAddress address) {
    byte[] bytes = address.getAddress();
    ByteBuffer bits = ByteBuffer.wrap(bytes);
    return bytes.length == 4
        ? allows(0, 0xffff_0000_0000L | (bits.getInt() & 0xffff_ffffL))
        : allows(bits.getLong(), bits.getLong());
  }

  private int lastUpTo(int address) {
    int from = 0;
    int until = ipv4.length;
    while (from < until) {
      int middle = (from + until) >>> 1;
      if (Integer.compareUnsigned(ipv4[middle], address) <= 0) {
        from = middle + 1;
      } else {
        until = middle;
      }
    }
    return from - 1;
  }

  private int lastUpTo(long addressHigh, long addressLow) {
    int from = 0;
    int until = high.length;
    while (from < until) {
      int middle = (from + until) >>> 1;
      if (compare(high[middle], low[middle], addressHigh, addressLow) <= 0) {
        from = middle + 1;
      } else {
        until = middle;
      }
    }
    return from - 1;
  }

  private static int compare(long high, long low, long otherHigh, long otherLow) {
    int byHigh = Long.compareUnsigned(high, otherHigh);
    return byHigh != 0 ? byHigh : Long.compareUnsigned(low, otherLow);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof AccessList that
        && otherwise == that.otherwise
        && allowed == that.allowed
        && denied == that.denied
        && Arrays.equals(ipv4, that.ipv4)
        && ipv4Allowed.equals(that.ipv4Allowed)
        && Arrays.equals(high, that.high)
        && Arrays.equals(low, that.low)
        && ipv6Allowed.equals(that.ipv6Allowed);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(ipv4) * 31 + Arrays.hashCode(low);
  }

  @Override
  public String toString() {
    if (isEverybody()) {
      return "everybody";
    }
    return allowed == 0
        ? "everybody but " + networks(denied)
        : "only " + networks(allowed) + (denied == 0 ? "" : ", without " + networks(denied));
  }

  private static String networks(int count) {
    return count == 1 ? "1 network" : count + " networks";
  }

  /** Collects networks in any order. */
  public static final class Builder {
    private final List<Entry> ipv4 = new ArrayList<>();
    private final List<Entry> ipv6 = new ArrayList<>();
    private int allowed;
    private int denied;

    /** Networks so far. */
    public int size() {
      return allowed + denied;
    }

    /**
     * Adds one; bits behind the prefix are ignored.
     *
     * @param prefixLength 0..32 or 0..128
     */
    public void add(InetAddress network, int prefixLength, boolean allow) {
      byte[] bytes = network.getAddress();
      ByteBuffer bits = ByteBuffer.wrap(bytes);
      boolean small = bytes.length == 4;
      int length = small ? prefixLength + 96 : prefixLength;
      long highBits = small ? 0 : bits.getLong();
      long lowBits = small ? bits.getInt() & 0xffff_ffffL : bits.getLong();
      highBits &= length >= 64 ? -1L : length == 0 ? 0 : -1L << (64 - length);
      lowBits &= length <= 64 ? 0 : -1L << (128 - length);
      (small ? ipv4 : ipv6).add(new Entry(highBits, lowBits, length, allow));
      if (allow) {
        allowed++;
      } else {
        denied++;
      }
    }

    public AccessList build() {
      return new AccessList(this);
    }
  }

  /** Where the answer changes, from lists of nested networks. */
  private static final class Changes {
    private final long[] high;
    private final long[] low;
    private final BitSet allowed = new BitSet();
    private final boolean otherwise;
    private int count;

    private Changes(int networks, boolean otherwise) {
      high = new long[2 * networks];
      low = new long[2 * networks];
      this.otherwise = otherwise;
    }

    static Changes of(List<Entry> entries, boolean otherwise) {
      entries.sort(Entry.ORDER);
      Changes changes = new Changes(entries.size(), otherwise);
      // Networks are nested or apart, never half over each other: those around the one that is
      // looked at are a stack.
      List<Entry> around = new ArrayList<>();
      for (Entry entry : entries) {
        while (!around.isEmpty()
            && compare(
                    around.getLast().lastHigh(), around.getLast().lastLow(), entry.high, entry.low)
                < 0) {
          changes.leave(around);
        }
        around.add(entry);
        changes.from(entry.high, entry.low, entry.allowed);
      }
      while (!around.isEmpty()) {
        changes.leave(around);
      }
      return changes;
    }

    /** The innermost network ends, and the one around it goes on. */
    private void leave(List<Entry> around) {
      Entry inner = around.removeLast();
      long nextLow = inner.lastLow() + 1;
      long nextHigh = nextLow == 0 ? inner.lastHigh() + 1 : inner.lastHigh();
      if (nextLow != 0 || nextHigh != 0) {
        from(nextHigh, nextLow, around.isEmpty() ? otherwise : around.getLast().allowed);
      }
    }

    private void from(long fromHigh, long fromLow, boolean allow) {
      if (count > 0 && high[count - 1] == fromHigh && low[count - 1] == fromLow) {
        count--;
      }
      boolean before = count == 0 ? otherwise : allowed.get(count - 1);
      if (before != allow) {
        high[count] = fromHigh;
        low[count] = fromLow;
        allowed.set(count++, allow);
      }
      allowed.clear(count, allowed.length() + 1);
    }
  }
}
