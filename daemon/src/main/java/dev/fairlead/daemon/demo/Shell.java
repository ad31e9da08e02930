package dev.fairlead.daemon.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs short commands to their end. */
final class Shell {

  private static final int TIMEOUT_SECONDS = 30;

  private Shell() {}

  /** Joins parts of a command line. */
  @SafeVarargs
  static List<String> command(List<String>... parts) {
    List<String> all = new ArrayList<>();
    for (List<String> part : parts) {
      all.addAll(part);
    }
    return all;
  }

  /**
   * Runs a command and returns what it wrote, both streams together.
   *
   * @throws IOException it cannot be started, takes longer than 30 s, or ends with a status other
   *     than 0; the message holds the command and its output
   */
  static String run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      process.getOutputStream().close();
      // Outputs here are a few lines, so reading to the end cannot outlast the command by much.
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException(String.join(" ", command) + ": no end after 30 s");
      }
      if (process.exitValue() != 0) {
        throw new IOException(
            String.join(" ", command) + ": exit " + process.exitValue() + ": " + output);
      }
      return output;
    } finally {
      process.destroyForcibly();
    }
  }

  /** As {@link #run(List)}. */
  static String run(String... command) throws IOException, InterruptedException {
    return run(List.of(command));
  }
}
