package dev.fairlead.benchmarks.jmh;

import dev.fairlead.config.BackendConfig.Balance;
import dev.fairlead.lb.balance.Candidate;
import dev.fairlead.lb.balance.Selection;
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

  @Param({"ROUND_ROBIN", "LEAST_CONNECTIONS"})
  Balance balance;

  @Param({"3", "50", "500"})
  int servers;

  private Selection<Target> selection;
  private Target[] sessions;
  private int oldest;

  private record Target(int weight, AtomicInteger sessions) implements Candidate {
    @Override
    public int load() {
      return sessions.get();
    }
  }

  @Setup
  public void fill() {
    List<Target> targets = new ArrayList<>();
    for (int i = 0; i < servers; i++) {
      targets.add(new Target(1 + i % 3, new AtomicInteger()));
    }
    selection = Selection.of(balance, targets, 0);
    sessions = new Target[OPEN_SESSIONS];
    for (int i = 0; i < OPEN_SESSIONS; i++) {
      sessions[i] = selection.choose(Tried.NONE);
      sessions[i].sessions().incrementAndGet();
    }
  }

  /** One session begins on the chosen server, the oldest ends. */
  @Benchmark
  public Object choose() {
    sessions[oldest].sessions().decrementAndGet();
    Target chosen = selection.choose(Tried.NONE);
    chosen.sessions().incrementAndGet();
    sessions[oldest] = chosen;
    oldest = (oldest + 1) % OPEN_SESSIONS;
    return chosen;
  }
}
