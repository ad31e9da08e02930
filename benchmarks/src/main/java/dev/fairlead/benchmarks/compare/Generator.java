package dev.fairlead.benchmarks.compare;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A load client or load server as a child process: one order in, one line of counters out. */
public final class Generator implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  private final Process process;
  private final BufferedReader output;
  private final Writer input;
  private final Answer greeting;

  /**
   * @param before words put in front of the command: namespace, CPU, limits
   */
  public Generator(List<String> before, Class<?> main, String... arguments) {
    List<String> words = new ArrayList<>(before);
    words.add(ProcessHandle.current().info().command().orElse("java"));
    words.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-Xms32m",
            "-Xmx64m",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            main.getName()));
    words.addAll(List.of(arguments));
    try {
      process = new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
    output = process.inputReader();
    input = process.outputWriter();
    greeting = answer(main.getSimpleName());
  }

  /** What it said when it was ready. */
  public Answer greeting() {
    return greeting;
  }

  public Answer ask(String order) {
    try {
      input.write(order + "\n");
      input.flush();
    } catch (IOException gone) {
      throw new UncheckedIOException("load generator is gone at '" + order + "'", gone);
    }
    return answer(order);
  }

  /** Sends a signal by its name without SIG, e.g. {@code STOP}. */
  public void signal(String name) {
    Command.run("kill", "-" + name, Long.toString(process.pid()));
  }

  /** kill -9, and waits until it is gone. */
  public void kill() {
    process.destroyForcibly().onExit().join();
  }

  private Answer answer(String order) {
    try {
      long until = System.nanoTime() + PATIENCE.toNanos();
      // Polled, so that a generator that hangs is an error and not a run that never ends.
      while (!output.ready()) {
        if (!process.isAlive() || System.nanoTime() - until > 0) {
          // Its late answer would be taken for that to the next order.
          process.destroyForcibly();
          throw new IllegalStateException("load generator does not answer to '" + order + "'");
        }
        Command.pause(Duration.ofMillis(1));
      }
      return Answer.parse(output.readLine());
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  @Override
  public void close() {
    try {
      // The generator ends itself when its standard input does.
      input.close();
      if (!process.waitFor(2, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException gone) {
      process.destroyForcibly();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
  }
}
