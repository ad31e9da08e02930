package dev.fairlead.daemon.demo;

/**
 * A watch of the steady client that has ended.
 *
 * @param startNanos when it was opened, {@code System.nanoTime()}
 * @param endNanos when its end was noticed
 * @param servedBy which server it was on; {@code ?} when it ended before that was known
 * @param reason how it ended
 */
public record Watch(long startNanos, long endNanos, String servedBy, String reason) {

  static final String WORD = "watch ";

  /** {@code watch START END SERVER REASON}. */
  String toLine() {
    return WORD + startNanos + " " + endNanos + " " + servedBy + " " + reason;
  }

  /** The inverse of {@link #toLine()}. */
  static Watch parse(String line) {
    String[] words = line.split(" ", 5);
    return new Watch(Long.parseLong(words[1]), Long.parseLong(words[2]), words[3], words[4]);
  }
}
