package dev.fairlead.benchmarks.jmh;

import dev.fairlead.config.BackendConfig.Balance;
import dev.fairlead.lb.balance.Beginning;
import dev.fairlead.lb.balance.Candidate;
import dev.fairlead.lb.balance.ClientHash;
import dev.fairlead.lb.balance.Releases;
import dev.fairlead.lb.balance.Selection;
import dev.fairlead.lb.balance.SourceRing;
import dev.fairlead.lb.balance.Tried;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Choosing a server for a new connection, with sessions that come and go. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@NullUnmarked // JMH fills the fields
public class SelectionBenchmark {
  private static final int OPEN_SESSIONS = 1024;

  @Param({"ROUND_ROBIN", "LEAST_CONNECTIONS", "RANDOM", "SOURCE", "FIRST"})
  Balance balance;

  @Param({"3", "50", "500"})
  int servers;

  private Selection<Target> selection;
  private Target[] sessions;
  private int oldest;

  private final Releases releases = new Releases();
  private long client;

  private record Target(int slot, int share, int limit, AtomicInteger sessions)
      implements Candidate {
    @Override
    public double weight(long nowNanos) {
      return share;
    }

    @Override
    public boolean isRamping(long nowNanos) {
      return false;
    }

    @Override
    public int load() {
      return sessions.get();
    }

    @Override
    public boolean isFull() {
      return limit > 0 && sessions.get() >= limit;
    }
  }

  @Setup
  public void fill() {
    List<Target> targets = new ArrayList<>();
    List<SourceRing.Member> members = new ArrayList<>();
    // Only "first" needs limits; with these, nine of ten servers are full.
    int limit = balance == Balance.FIRST ? OPEN_SESSIONS * 10 / 9 / servers + 1 : 0;
    for (int i = 0; i < servers; i++) {
      targets.add(new Target(i, 1 + i % 3, limit, new AtomicInteger()));
      members.add(new SourceRing.Member("server-" + i, i, 1 + i % 3));
    }
    selection =
        Selection.of(balance, targets, new Beginning(0, 1, releases, SourceRing.of(members), 0));
    sessions = new Target[OPEN_SESSIONS];
    for (int i = 0; i < OPEN_SESSIONS; i++) {
      sessions[i] = selection.choose(ClientHash.of(0, client++), 0, Tried.NONE);
      sessions[i].sessions().incrementAndGet();
    }
  }

  /** One session begins on the chosen server, the oldest ends. */
  @Benchmark
  public Object choose() {
    Target ended = sessions[oldest];
    ended.sessions().decrementAndGet();
    releases.add(ended.slot());
    Target chosen = selection.choose(ClientHash.of(0, client++), 0, Tried.NONE);
    chosen.sessions().incrementAndGet();
    sessions[oldest] = chosen;
    oldest = (oldest + 1) % OPEN_SESSIONS;
    return chosen;
  }
}
