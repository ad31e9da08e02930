package dev.fairlead.benchmarks.load;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The orders of the process that runs the comparison: lines on standard input, one answer line each
 * on standard output. Descriptor 0 sits in the generator's own epoll set, so no second thread is
 * needed and no turn is spent looking for orders that did not come.
 */
final class Commands {
  static final int FD = 0;

  private final FileInputStream input = new FileInputStream(FileDescriptor.in);
  private final PrintStream output;
  private final byte[] chunk = new byte[4096];
  private final StringBuilder partial = new StringBuilder();
  private final Deque<String> lines = new ArrayDeque<>();
  private boolean ended;

  Commands() {
    this.output =
        new PrintStream(
            new java.io.FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
  }

  /** Reads what has arrived; called when descriptor 0 is readable. */
  void read() {
    try {
      int n = input.read(chunk);
      if (n < 0) {
        ended = true;
        return;
      }
      partial.append(new String(chunk, 0, n, StandardCharsets.UTF_8));
    } catch (IOException broken) {
      ended = true;
      return;
    }
    int end;
    while ((end = partial.indexOf("\n")) >= 0) {
      lines.add(partial.substring(0, end).trim());
      partial.delete(0, end + 1);
    }
  }

  /** Whoever gave the orders is gone: the generator must end too, or it would load for ever. */
  boolean ended() {
    return ended;
  }

  @Nullable String next() {
    return lines.poll();
  }

  void answer(String line) {
    output.println(line);
  }
}
