package dev.fairlead.benchmarks.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * How much CPU a process and a CPU have used.
 *
 * <p>/proc/PID/stat counts in steps of 10 ms, which is 5 % of what a proxy uses in a window of the
 * paced load. The CPU clock of the same process holds the same sum (user + system, all threads,
 * ended ones too) in nanoseconds.
 */
final class CpuClock {
  private static final Pattern SPACES = Pattern.compile(" +");
  private static final long TICK_NANOS = 10_000_000L;

  /** Fields of a cpu line in /proc/stat, counted with its name. */
  private static final int IDLE_FIELD = 4;

  private static final int IOWAIT_FIELD = 5;
  private static final int STEAL_FIELD = 8;

  /** CPUCLOCK_SCHED of the kernel's per-process clocks. */
  private static final int SCHED = 2;

  private static final MethodHandle CLOCK_GETTIME =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("clock_gettime"),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));

  private CpuClock() {}

  /** CPU nanoseconds these processes have used since they began; ended ones count nothing. */
  static long usedNanos(List<Long> pids) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment time = arena.allocate(16, 8);
      long sum = 0;
      for (long pid : pids) {
        int clock = ~((int) pid) << 3 | SCHED;
        if ((int) CLOCK_GETTIME.invokeExact(clock, time) == 0) {
          sum +=
              time.get(ValueLayout.JAVA_LONG, 0) * 1_000_000_000L
                  + time.get(ValueLayout.JAVA_LONG, 8);
        }
      }
      return sum;
    } catch (Throwable broken) {
      throw new AssertionError(broken);
    }
  }

  /**
   * Nanoseconds these CPUs have *not* worked for us since boot: idle, waiting for a disk, or stolen
   * by the hypervisor. The kernel measures idleness exactly and samples the rest, so busy time is
   * what remains of the wall clock.
   */
  static long idleNanos(List<Integer> cpus) {
    long ticks = 0;
    try {
      for (String line : Files.readAllLines(Path.of("/proc/stat"))) {
        String[] fields = SPACES.split(line, -1);
        if (fields[0].length() > 3
            && fields[0].startsWith("cpu")
            && cpus.contains(Integer.parseInt(fields[0].substring(3)))) {
          ticks +=
              Long.parseLong(fields[IDLE_FIELD])
                  + Long.parseLong(fields[IOWAIT_FIELD])
                  + Long.parseLong(fields[STEAL_FIELD]);
        }
      }
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
    return ticks * TICK_NANOS;
  }
}
