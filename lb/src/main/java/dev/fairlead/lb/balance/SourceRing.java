package dev.fairlead.lb.balance;

import java.util.Arrays;
import java.util.List;

/**
 * Every server of a backend at many points of a circle of hashes; a client belongs to the server of
 * the next point after its own hash that may be used.
 *
 * <p>A server's points depend on its name and weight alone, and servers that are down stay on the
 * circle and are passed over. So a server that is lost moves its own clients and nobody else's, and
 * gets them back when it returns, on every node alike. (A Maglev table would find a client's server
 * in one step, but moves a few per cent of the others' clients whenever one is lost; rendezvous
 * hashing moves none, but asks every server.)
 *
 * <p>Slow start does not apply: moving clients in small groups would break what this is for.
 * Immutable, so all event loops share it.
 */
public final class SourceRing {

  /** About so many points in all: 128 KiB, and shares within 2 % with three servers. */
  private static final int POINTS = 16 * 1024;

  private static final int SLOT_BITS = 16;
  private static final long SLOT_MASK = (1 << SLOT_BITS) - 1;

  /** No server at all. */
  public static final SourceRing EMPTY = new SourceRing(new long[0]);

  /** A server's place on the circle. */
  public record Member(String name, int slot, int weight) {}

  /** Hashes in unsigned order, each with its server's slot in the low bits. */
  private final long[] points;

  private SourceRing(long[] points) {
    this.points = points;
  }

  /** Builds the circle; some milliseconds when there are hundreds of servers. */
  public static SourceRing of(List<Member> members) {
    long total = members.stream().mapToLong(Member::weight).sum();
    if (total == 0) {
      return EMPTY;
    }
    // A power of two, so that it rarely changes; when it does, points are added or taken away, and
    // those that stay are where they were.
    long perWeight = Math.max(1, Long.highestOneBit(POINTS / total));
    long[] points = new long[Math.toIntExact(perWeight * total)];
    int at = 0;
    for (Member member : members) {
      long name = hash(member.name());
      for (int i = 0; i < perWeight * member.weight(); i++) {
        long hash = ClientHash.mix(name + i * 0x9e3779b97f4a7c15L);
        points[at++] = ((hash & ~SLOT_MASK) | member.slot()) ^ Long.MIN_VALUE;
      }
    }
    Arrays.sort(points);
    return new SourceRing(points);
  }

  int size() {
    return points.length;
  }

  /** Index of the first point at or after a hash. */
  int firstAfter(long hash) {
    int found = Arrays.binarySearch(points, (hash & ~SLOT_MASK) ^ Long.MIN_VALUE);
    int at = found >= 0 ? found : -found - 1;
    return at < points.length ? at : 0;
  }

  /** The server at a point. */
  int slotAt(int point) {
    return (int) (points[point] & SLOT_MASK);
  }

  private static long hash(String name) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.charAt(i)) * 0x100000001b3L;
    }
    return ClientHash.mix(hash);
  }
}
