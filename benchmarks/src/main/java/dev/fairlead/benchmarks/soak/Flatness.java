package dev.fairlead.benchmarks.soak;

import java.util.List;

/**
 * Whether memory grows: the median of the last third of the samples against that of the first.
 *
 * <p>Medians, because a collection or a burst of buffers moves single samples by megabytes; thirds,
 * because a leak of one session per second shows in ten minutes as several hundred, and one that
 * does not show in a third of that time is below what the allocators round up to.
 *
 * @param firstBytes median of the first third
 * @param lastBytes median of the last third
 */
record Flatness(long firstBytes, long lastBytes) {

  /** A heap that has not yet been collected as a whole, and code compiled late. */
  private static final long ALLOWED_BYTES = 4 << 20;

  /**
   * @param samples bytes, evenly spaced, after the warm-up; at least three
   */
  static Flatness of(List<Long> samples) {
    int third = samples.size() / 3;
    if (third == 0) {
      throw new IllegalArgumentException("three samples or more are needed: " + samples);
    }
    return new Flatness(
        median(samples.subList(0, third)),
        median(samples.subList(samples.size() - third, samples.size())));
  }

  boolean isFlat() {
    return lastBytes - firstBytes <= ALLOWED_BYTES;
  }

  String text() {
    return "resident memory %.1f MiB in the first third, %.1f MiB in the last (allowed: %d MiB more)"
        .formatted(
            firstBytes / (double) (1 << 20), lastBytes / (double) (1 << 20), ALLOWED_BYTES >> 20);
  }

  private static long median(List<Long> samples) {
    return samples.stream().sorted().skip(samples.size() / 2).findFirst().orElseThrow();
  }
}
