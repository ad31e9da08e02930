package dev.fairlead.benchmarks.failover;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One process of a node, with the log of its present life. */
final class Daemon {
  private final List<String> command;
  private final Path log;
  private @Nullable Process process;

  Daemon(List<String> command, Path log) {
    this.command = command;
    this.log = log;
  }

  void start() throws IOException {
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(log.toFile())
            .start();
  }

  boolean isAlive() {
    Process running = process;
    return running != null && running.isAlive();
  }

  long pid() {
    Process running = process;
    return running == null ? -1 : running.pid();
  }

  void terminate() {
    Process running = process;
    if (running != null) {
      running.destroy();
    }
  }

  /** It and its children get a signal. */
  void signal(int signal) {
    Process running = process;
    if (running != null && running.isAlive()) {
      RawSocket.signal(running.pid(), signal);
      running.descendants().forEach(child -> RawSocket.signal(child.pid(), signal));
    }
  }

  /**
   * kill -9 of it and its children, none of whom has a chance to clean up: keepalived's parent,
   * awake, would start another child, and its death first would be a SIGTERM to the child.
   */
  void kill() throws InterruptedException {
    Process running = process;
    if (running == null) {
      return;
    }
    RawSocket.signal(running.pid(), NodeProcesses.SIGSTOP);
    running.descendants().forEach(ProcessHandle::destroyForcibly);
    running.destroyForcibly();
    awaitEnd();
  }

  void awaitEnd() throws InterruptedException {
    Process running = process;
    if (running != null && !running.waitFor(20, TimeUnit.SECONDS)) {
      running.destroyForcibly();
      throw new IllegalStateException("no end of " + command);
    }
  }

  boolean hasLogged(String... words) {
    String text = text();
    for (String word : words) {
      if (text.contains(word)) {
        return true;
      }
    }
    return false;
  }

  String text() {
    try {
      return Files.exists(log) ? Files.readString(log) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
