package dev.fairlead.benchmarks.jmh;

import dev.fairlead.config.StickTableConfig;
import dev.fairlead.config.StickTableConfig.ServerDown;
import dev.fairlead.config.StickTableConfig.ServerFull;
import dev.fairlead.lb.stick.StickTable;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A stick table that is full, asked in random order: most entries are in no cache. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@NullUnmarked // JMH fills the fields
public class StickTableBenchmark {

  private static final long IPV4 = 0xffff_0000_0000L;

  @Param({"1024", "204800"})
  int size;

  private StickTable table;

  /** What each event loop does next, and when. */
  @State(Scope.Thread)
  public static class Loop {
    private long random = Thread.currentThread().threadId();
    private long nowNanos = 1L << 40;

    private int next(int bound) {
      random = random * 6364136223846793005L + 1442695040888963407L;
      // The clock of an event loop moves every 100 ms, which is some thousand connections.
      nowNanos += 20_000;
      return (int) (((random >>> 33) * bound) >>> 31);
    }
  }

  @Setup
  public void fill() {
    table =
        new StickTable(
            new StickTableConfig(
                size, Duration.ofMinutes(30), 32, 128, ServerDown.REDISPATCH, ServerFull.WAIT),
            1L << 40);
    for (int i = 0; i < size; i++) {
      table.put(0, IPV4 + i, i & 3, 1L << 40);
    }
    System.out.printf(
        "%n%d entries, %d bytes: %.1f each%n",
        table.used(), table.bytes(), (double) table.bytes() / table.used());
  }

  /** A client that is known. */
  @Benchmark
  public int hit(Loop loop) {
    return table.find(0, IPV4 + loop.next(size), loop.nowNanos);
  }

  /** A client that is not. */
  @Benchmark
  public int miss(Loop loop) {
    return table.find(0, IPV4 + size + loop.next(size), loop.nowNanos);
  }

  /** A client that comes again. */
  @Benchmark
  public void putKnown(Loop loop) {
    table.put(0, IPV4 + loop.next(size), 1, loop.nowNanos);
  }
}
