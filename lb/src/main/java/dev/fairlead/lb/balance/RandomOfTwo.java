package dev.fairlead.lb.balance;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Draws two servers at random, by weight, and takes the one with fewer sessions in proportion to
 * its weight. Many balancers that do not know of each other's sessions do not all rush to the same
 * server, as they would with least connections.
 */
final class RandomOfTwo<S extends Candidate> implements Selection<S> {

  /** Draws before a scan: with a few servers the same one is often drawn twice. */
  private static final int DRAWS = 4;

  private static final long REWEIGH_NANOS = 250_000_000;

  private final List<S> servers;

  /** Sums of the weights up to and including each server. */
  private final double[] sums;

  private long state;
  private boolean ramping;
  private long weighedAt;

  RandomOfTwo(List<S> candidates, Beginning beginning) {
    this.servers = new ArrayList<>(candidates);
    this.sums = new double[servers.size()];
    this.state = beginning.seed();
    weigh(beginning.nowNanos());
  }

  @Override
  public @Nullable S choose(long clientHash, long nowNanos, Tried tried) {
    if (servers.isEmpty()) {
      return null;
    }
    if (ramping && nowNanos - weighedAt >= REWEIGH_NANOS) {
      weigh(nowNanos);
    }
    S one = null;
    for (int i = 0; i < DRAWS; i++) {
      S drawn = servers.get(draw());
      if (drawn.isFull() || (!tried.isEmpty() && tried.contains(drawn)) || isSame(drawn, one)) {
        continue;
      }
      if (one != null) {
        return better(one, drawn, nowNanos);
      }
      one = drawn;
    }
    return one != null ? one : anyFrom(draw(), tried);
  }

  /** Only when most are full or have been tried, so a scan is good enough. */
  private @Nullable S anyFrom(int start, Tried tried) {
    for (int i = 0; i < servers.size(); i++) {
      S server = servers.get((start + i) % servers.size());
      if (!server.isFull() && !tried.contains(server)) {
        return server;
      }
    }
    return null;
  }

  @SuppressWarnings("ReferenceEquality") // a server is itself only
  private boolean isSame(S drawn, @Nullable S other) {
    return drawn == other;
  }

  private S better(S one, S other, long nowNanos) {
    double first = (one.load() + 1) / one.weight(nowNanos);
    double second = (other.load() + 1) / other.weight(nowNanos);
    return second < first ? other : one;
  }

  private int draw() {
    // Steele and Vigna's splitmix: a counter, and a finalizer.
    state += 0x9e3779b97f4a7c15L;
    double wanted = (ClientHash.mix(state) >>> 11) * 0x1p-53 * sums[sums.length - 1];
    int low = 0;
    int high = sums.length - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sums[middle] > wanted) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private void weigh(long nowNanos) {
    double sum = 0;
    ramping = false;
    for (int i = 0; i < sums.length; i++) {
      sum += servers.get(i).weight(nowNanos);
      sums[i] = sum;
      ramping |= servers.get(i).isRamping(nowNanos);
    }
    weighedAt = nowNanos;
  }
}
