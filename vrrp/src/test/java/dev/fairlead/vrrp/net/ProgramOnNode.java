package dev.fairlead.vrrp.net;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program that runs in a namespace until it is told to end. */
final class ProgramOnNode implements AutoCloseable {

  private static final int PATIENCE_SECONDS = 5;

  private final Process process;
  private final Path log;

  /**
   * Starts it.
   *
   * @param log where its output goes
   */
  ProgramOnNode(String namespace, Path log, String... command) {
    this.log = log;
    List<String> whole = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
    whole.addAll(List.of(command));
    try {
      process =
          new ProcessBuilder(whole)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** {@code ip netns exec} becomes the program. */
  long pid() {
    return process.pid();
  }

  boolean isRunning() {
    return process.isAlive();
  }

  String output() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** SIGTERM, and SIGKILL if that does not help. */
  @Override
  public void close() {
    process.destroy();
    await();
    kill();
  }

  void kill() {
    process.destroyForcibly();
    await();
  }

  private void await() {
    try {
      process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
