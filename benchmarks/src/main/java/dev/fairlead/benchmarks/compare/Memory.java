package dev.fairlead.benchmarks.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What processes hold in RAM, in bytes.
 *
 * @param rss all pages mapped
 * @param pss the same with shared pages divided among their users
 * @param anonymous pages no file stands behind
 */
record Memory(long rss, long pss, long anonymous) {

  static Memory of(List<Long> pids) {
    long rss = 0;
    long pss = 0;
    long anonymous = 0;
    for (long pid : pids) {
      try {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup"))) {
          rss += bytes(line, "Rss:");
          pss += bytes(line, "Pss:");
          anonymous += bytes(line, "Anonymous:");
        }
      } catch (IOException ended) {
        // A process that is gone holds nothing.
      }
    }
    return new Memory(rss, pss, anonymous);
  }

  private static long bytes(String line, String key) {
    return line.startsWith(key)
        ? Long.parseLong(line.substring(key.length(), line.length() - 2).strip()) * 1024
        : 0;
  }
}
