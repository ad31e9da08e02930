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
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A flood of clients that nobody has seen before, on a full table: each makes another go. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@NullUnmarked // JMH fills the fields
public class StickTableEvictionBenchmark {

  private static final int SIZE = 204_800;
  private static final long IPV6 = 0xfd00_0000_0000_0000L;

  private StickTable table;
  private long client;
  private long nowNanos = 1L << 40;

  @Setup
  public void fill() {
    table =
        new StickTable(
            new StickTableConfig(
                SIZE, Duration.ofMinutes(30), 32, 128, ServerDown.REDISPATCH, ServerFull.WAIT),
            nowNanos);
    for (int i = 0; i < 2 * SIZE; i++) {
      table.put(IPV6, client++, 1, nowNanos);
    }
  }

  @Benchmark
  public void putUnknown() {
    nowNanos += 20_000;
    table.put(IPV6, client++, 1, nowNanos);
  }
}
