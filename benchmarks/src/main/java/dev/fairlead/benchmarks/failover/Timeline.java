package dev.fairlead.benchmarks.failover;

import java.util.Arrays;

/**
 * What a watch has seen, in the order it was seen; times are {@code System.nanoTime()}. Belongs to
 * one thread at a time, see {@link Watch#read}.
 */
final class Timeline {
  /** A change of address: bit 1 is the node, bit 0 whether it has it from now on. */
  private static final int PRESENT = 1;

  private final Times udp = new Times();
  private final Times tcp = new Times();
  private final Times claims = new Times();
  private final Times changes = new Times();
  private int holdersBefore;

  private long stall;

  /** Points in time, each with a small number. */
  private static final class Times {
    private long[] at = new long[1024];
    private int[] what = new int[1024];
    private int size;

    void add(long when, int value) {
      if (size == at.length) {
        at = Arrays.copyOf(at, size * 2);
        what = Arrays.copyOf(what, size * 2);
      }
      at[size] = when;
      what[size++] = value;
    }
  }

  /** A datagram was answered by that node. */
  void answered(long at, int node) {
    udp.add(at, node);
  }

  /** A connection through the address brought a byte. */
  void served(long at) {
    tcp.add(at, 0);
  }

  /**
   * Who answered a question for the address's hardware address.
   *
   * @param at when it was asked
   * @param nodes bit 0: node 1, bit 1: node 2
   */
  void claimed(long at, int nodes) {
    claims.add(at, nodes);
  }

  /** The address came to a node, or went. */
  void changed(long at, int node, boolean present) {
    changes.add(at, node << 1 | (present ? PRESENT : 0));
  }

  /** The probe did not run for so long. */
  void stalled(long nanos) {
    stall = Math.max(stall, nanos);
  }

  /** Forgets everything but who has the address. */
  void forget() {
    holdersBefore = holders();
    udp.size = 0;
    tcp.size = 0;
    claims.size = 0;
    changes.size = 0;
    stall = 0;
  }

  /** Bit 0: node 1 has it now, bit 1: node 2. */
  int holders() {
    int holders = holdersBefore;
    for (int i = 0; i < changes.size; i++) {
      holders = apply(changes.what[i], holders);
    }
    return holders;
  }

  long stallNanos() {
    return stall;
  }

  /** Whether both probes were served without a break between two moments. */
  boolean served(long from, long to, long longestGap) {
    return gap(udp, from, to) <= longestGap && gap(tcp, from, to) <= longestGap;
  }

  /** Whether this node, and no other, has answered datagrams between two moments. */
  boolean answeredOnlyBy(int node, long from, long to) {
    int answers = 0;
    for (int i = 0; i < udp.size; i++) {
      if (udp.at[i] - from > 0 && udp.at[i] - to < 0) {
        if (udp.what[i] != node) {
          return false;
        }
        answers++;
      }
    }
    return answers > 0;
  }

  /** The figures between two moments. */
  Episode.Figures figures(long from, long to) {
    return new Episode.Figures(
        millis(gap(udp, from, to)),
        millis(gap(tcp, from, to)),
        millis(bothClaim(from, to)),
        millis(held(from, to, 2)),
        millis(held(from, to, 0)));
  }

  /** The ends count as answers. */
  private static long gap(Times times, long from, long to) {
    long last = from;
    long longest = 0;
    for (int i = 0; i < times.size; i++) {
      long at = times.at[i];
      if (at - from > 0 && at - to < 0) {
        longest = Math.max(longest, at - last);
        last = at;
      }
    }
    return Math.max(longest, to - last);
  }

  /** Each answer stands for the time until the next question. */
  private long bothClaim(long from, long to) {
    long sum = 0;
    for (int i = 0; i < claims.size; i++) {
      long at = claims.at[i];
      if (at - from >= 0 && at - to < 0 && Integer.bitCount(claims.what[i]) > 1) {
        long next = i + 1 < claims.size ? claims.at[i + 1] : to;
        sum += Math.min(next - to < 0 ? next - at : to - at, Watch.CLAIM_PERIOD_NANOS * 2);
      }
    }
    return sum;
  }

  private long held(long from, long to, int count) {
    int holders = holdersBefore;
    long last = from;
    long sum = 0;
    for (int i = 0; i < changes.size; i++) {
      long at = changes.at[i];
      if (at - to >= 0) {
        break;
      }
      if (at - from > 0) {
        sum += Integer.bitCount(holders) == count ? at - last : 0;
        last = at;
      }
      holders = apply(changes.what[i], holders);
    }
    return sum + (Integer.bitCount(holders) == count ? to - last : 0);
  }

  private static int apply(int change, int holders) {
    int node = 1 << (change >> 1);
    return (change & PRESENT) != 0 ? holders | node : holders & ~node;
  }

  private static double millis(long nanos) {
    return nanos / 1e6;
  }
}
