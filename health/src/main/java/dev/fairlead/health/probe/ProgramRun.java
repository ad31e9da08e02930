package dev.fairlead.health.probe;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * One run of a program, within its time, with all that it has started. Blocks: call it on a virtual
 * thread.
 *
 * <p>It begins a session of its own with setsid(1), so that what it leaves running in pipelines and
 * in the background can be found and killed with it; Java by itself can only end the one process.
 * Where there is no setsid, its descendants are killed.
 *
 * <p>Of the environment it gets PATH, HOME, the locale, and what it is told: secrets that came to
 * this process by its environment are not its business.
 */
final class ProgramRun {

  private static final List<Path> SETSID =
      List.of(Path.of("/usr/bin/setsid"), Path.of("/bin/setsid"));

  private static final List<String> INHERITED = List.of("PATH", "HOME", "LANG", "LC_ALL", "TZ");

  private static final int MAX_LINE_CHARS = 120;

  /** A program that forks faster than it is killed is left to its operator. */
  private static final int KILL_ROUNDS = 20;

  /** For output that is still in the pipe when the program has ended. */
  private static final Duration LAST_WORDS = Duration.ofMillis(100);

  /** Field 6 of /proc/PID/stat, counted from behind the name: state, ppid, pgrp, session. */
  private static final int SESSION_FIELD = 3;

  /**
   * How it ended.
   *
   * @param timedOut killed; the exit code says nothing then
   * @param firstLine of what it printed on either stream, cut and without control characters
   */
  record Ended(boolean timedOut, int exitCode, String firstLine) {}

  private ProgramRun() {}

  /**
   * Runs it to its end, or kills it.
   *
   * @throws IOException it cannot be started
   */
  static Ended run(List<String> arguments, Map<String, String> environment, Duration timeout)
      throws IOException, InterruptedException {
    Optional<Path> setsid = SETSID.stream().filter(Files::isExecutable).findFirst();
    List<String> command = new ArrayList<>();
    // With setsid in front a missing program would look like a program that says no.
    if (!Files.isExecutable(Path.of(arguments.getFirst()))) {
      throw new IOException(arguments.getFirst() + " is not a program that can be executed");
    }
    setsid.ifPresent(path -> command.add(path.toString()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    keepHarmless(builder.environment());
    builder.environment().putAll(environment);
    Process process = builder.start();
    close(process.getOutputStream());
    FirstLine line = new FirstLine();
    Thread reader =
        Thread.ofVirtual()
            .name("check-command-output")
            .start(() -> line.read(process.getInputStream()));
    boolean ended;
    try {
      ended = process.waitFor(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } finally {
      if (process.isAlive()) {
        kill(process, setsid.isPresent());
      }
    }
    int exitCode = ended ? process.exitValue() : -1;
    reader.join(LAST_WORDS);
    // Each check would leave another child in the background behind. That the reader has ended does
    // not say there is none: Java closes the pipe when the program ends, whoever still holds it.
    killSession(setsid.isPresent(), process.pid());
    close(process.getInputStream());
    return new Ended(!ended, exitCode, line.text());
  }

  private static void keepHarmless(Map<String, String> environment) {
    environment.keySet().removeIf(name -> !INHERITED.contains(name));
  }

  private static void kill(Process process, boolean ownSession) {
    List<ProcessHandle> descendants = process.descendants().toList();
    process.destroyForcibly();
    descendants.forEach(ProcessHandle::destroyForcibly);
    killSession(ownSession, process.pid());
  }

  /** What it forked meanwhile, and what is no descendant any more because its parent has ended. */
  private static void killSession(boolean ownSession, long session) {
    for (int round = 0; ownSession && round < KILL_ROUNDS; round++) {
      List<ProcessHandle> left = ofSession(session);
      if (left.isEmpty()) {
        return;
      }
      left.forEach(ProcessHandle::destroyForcibly);
    }
  }

  /** Those of a session that still run; zombies do not. */
  private static List<ProcessHandle> ofSession(long session) {
    List<ProcessHandle> found = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path one : all) {
        long pid = Long.parseLong(one.getFileName().toString());
        if (isOfSession(one, session)) {
          ProcessHandle.of(pid).ifPresent(found::add);
        }
      }
    } catch (IOException e) {
      // Without /proc there is nothing to be found.
      return List.of();
    }
    return found;
  }

  private static boolean isOfSession(Path process, long session) {
    try {
      String stat = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
      // The name may contain anything, so count from the last parenthesis.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", SESSION_FIELD + 2);
      return !fields[0].equals("Z") && fields[SESSION_FIELD].equals(String.valueOf(session));
    } catch (IOException e) {
      // It has ended in this moment.
      return false;
    }
  }

  private static void close(AutoCloseable stream) {
    try {
      stream.close();
    } catch (Exception e) {
      // A pipe whose other end has gone: closed is what it should be.
      return;
    }
  }

  /** Reads all, so that nobody waits for room in the pipe, and keeps a line. */
  private static final class FirstLine {

    /** Guarded by this. */
    private final StringBuilder text = new StringBuilder();

    /** Guarded by this. */
    private boolean over;

    void read(InputStream in) {
      byte[] buffer = new byte[4096];
      try {
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
          keep(buffer, count);
        }
      } catch (IOException e) {
        // Closed from the other side of this class: the program has ended.
        return;
      }
    }

    private synchronized void keep(byte[] buffer, int count) {
      for (int i = 0; i < count && !over; i++) {
        char c = (char) (buffer[i] & 0xff);
        over = text.length() == MAX_LINE_CHARS || (c == '\n' && !text.isEmpty());
        if (!over && c != '\n') {
          text.append(c >= ' ' && c < 0x7f ? c : '?');
        }
      }
    }

    synchronized String text() {
      return text.toString().strip();
    }
  }
}
