package dev.fairlead.daemon.metrics;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What the kernel accounts to this process.
 *
 * <p>Read from /proc: the platform's management beans would tell the same, but cost tens of
 * milliseconds and megabytes once.
 *
 * @param cpuSeconds user and system time since start
 * @param openDescriptors at this moment
 * @param maxDescriptors soft limit
 */
public record ProcessFacts(
    double cpuSeconds, long residentBytes, int openDescriptors, long maxDescriptors, int threads) {

  /** USER_HZ: 100 on every architecture the JDK runs on, whatever the kernel's own HZ. */
  private static final double TICKS_PER_SECOND = 100;

  /** Reads /proc; blocks for well under a millisecond. */
  public static ProcessFacts read() {
    try {
      String stat = Files.readString(Path.of("/proc/self/stat"));
      // The second field is the command in parentheses and may hold spaces: count from its end.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      double cpuSeconds =
          (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
      return new ProcessFacts(
          cpuSeconds,
          statusKilobytes("VmRSS:") * 1024,
          openNow(),
          descriptorLimit(),
          Integer.parseInt(fields[17]));
    } catch (IOException e) {
      // Without /proc (a strange container) these few figures are unknown, nothing else.
      return new ProcessFacts(Double.NaN, 0, 0, 0, 0);
    }
  }

  private static long statusKilobytes(String key) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith(key))
          .map(line -> Long.parseLong(line.substring(key.length(), line.length() - 2).strip()))
          .findFirst()
          .orElse(0L);
    }
  }

  private static int openNow() throws IOException {
    try (Stream<Path> entries = Files.list(Path.of("/proc/self/fd"))) {
      // One of them is the directory being listed.
      return Math.toIntExact(entries.count() - 1);
    }
  }

  private static long descriptorLimit() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/limits"))) {
      return lines
          .filter(line -> line.startsWith("Max open files"))
          .map(line -> line.substring("Max open files".length()).strip().split(" +")[0])
          .map(soft -> soft.equals("unlimited") ? -1L : Long.parseLong(soft))
          .findFirst()
          .orElse(0L);
    }
  }
}
