package dev.fairlead.daemon.demo;

/**
 * One request of the steady client.
 *
 * @param startNanos {@code System.nanoTime()}: one clock for all processes of a machine on Linux
 * @param endNanos when the answer was complete, or the failure known
 * @param detail who answered, or why it failed
 */
public record Request(long startNanos, long endNanos, boolean ok, String detail) {

  /** Whether it ended at or after the first moment, and before the second. */
  boolean endedBetween(long fromNanos, long toNanos) {
    return endNanos - fromNanos >= 0 && endNanos - toNanos < 0;
  }

  /** {@code START END ok|failed DETAIL}. */
  String toLine() {
    return startNanos + " " + endNanos + (ok ? " ok " : " failed ") + detail;
  }

  /** The inverse of {@link #toLine()}. */
  static Request parse(String line) {
    String[] words = line.split(" ", 4);
    return new Request(
        Long.parseLong(words[0]), Long.parseLong(words[1]), words[2].equals("ok"), words[3]);
  }
}
