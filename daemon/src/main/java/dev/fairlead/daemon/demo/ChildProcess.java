package dev.fairlead.daemon.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A process we started, whose output goes to a log file or to a consumer of lines. */
public final class ChildProcess {

  private final Process process;
  private final Path log;

  private ChildProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /** Starts a process with both output streams appended to a file, and an open standard input. */
  public static ChildProcess logged(List<String> command, Path log) throws IOException {
    return new ChildProcess(
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start(),
        log);
  }

  /**
   * Starts a process whose standard output is read line by line.
   *
   * @param lines called on a thread of its own
   * @param log where standard error goes
   */
  public static ChildProcess streamed(List<String> command, Consumer<String> lines, Path log)
      throws IOException {
    Process process =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    Thread.ofPlatform()
        .daemon()
        .name("output of " + process.pid())
        .start(() -> read(process, lines));
    return new ChildProcess(process, log);
  }

  private static void read(Process process, Consumer<String> lines) {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      reader.lines().forEach(lines);
    } catch (IOException | UncheckedIOException e) {
      // The pipe breaks when the process is killed; its end is noticed by isAlive().
    }
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** Everything logged so far. */
  public String output() throws IOException {
    return Files.exists(log) ? Files.readString(log) : "";
  }

  /** Writes one line to its standard input. */
  public void say(String line) throws IOException {
    OutputStream in = process.getOutputStream();
    in.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    in.flush();
  }

  /** Ends its standard input. */
  public void hangUp() throws IOException {
    process.getOutputStream().close();
  }

  /** SIGTERM. */
  public void terminate() {
    process.destroy();
  }

  /** SIGKILL. */
  public void kill() {
    process.destroyForcibly();
  }

  /** Sends a signal by its name without SIG, e.g. {@code STOP}. */
  public void signal(String name) throws IOException, InterruptedException {
    Shell.run("sh", "-c", "kill -" + name + " " + process.pid());
  }

  /** Whether it has ended within that time. */
  public boolean hasEndedWithin(Duration limit) throws InterruptedException {
    return process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Its exit status; 128 + signal when killed. */
  public int exitStatus() {
    return process.exitValue();
  }
}
