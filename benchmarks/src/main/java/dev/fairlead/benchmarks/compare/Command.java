package dev.fairlead.benchmarks.compare;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Programs that are run to their end: {@code ip}, {@code sysctl}, {@code h2load}. Always bounded in
 * time.
 */
public final class Command {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private Command() {}

  /** Runs it and answers what it printed; throws when it fails. */
  public static String run(String... words) {
    return run(List.of(words), PATIENCE);
  }

  public static String run(List<String> words, Duration patience) {
    try {
      // Through a file: a pipe nobody drains would block the program, and a reader thread is not
      // needed for a few kilobytes.
      Path output = Files.createTempFile("fairlead-command-", ".out");
      try {
        Process process =
            new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(output.toFile())
                .start();
        if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
          process.destroyForcibly();
          throw new IllegalStateException("still running after " + patience + ": " + words);
        }
        String text = Files.readString(output, StandardCharsets.UTF_8);
        if (process.exitValue() != 0) {
          throw new IllegalStateException(
              "exit code " + process.exitValue() + " of " + words + ": " + text.strip());
        }
        return text;
      } finally {
        Files.deleteIfExists(output);
      }
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted: " + words, interrupted);
    }
  }

  /** What it printed, or nothing where it is missing or fails. */
  public static Optional<String> tryRun(String... words) {
    try {
      return Optional.of(run(words));
    } catch (IllegalStateException | UncheckedIOException unavailable) {
      return Optional.empty();
    }
  }

  public static void pause(Duration length) {
    try {
      Thread.sleep(length);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", interrupted);
    }
  }
}
