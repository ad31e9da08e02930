package dev.fairlead.daemon.program;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * One program, to be run as often as one likes.
 *
 * <p>{@code setsid} puts it into a session of its own: the JDK cannot, and without a process group
 * of its own a script that is killed would leave its children behind. Where that tool is missing
 * they are looked for by descent, which finds all but those that have detached themselves.
 *
 * @param command program and arguments
 * @param user whom it runs as; empty = as this process
 * @param timeout after which it is killed
 */
public record Program(List<String> command, Optional<String> user, Duration timeout) {

  /** Between SIGTERM and SIGKILL. */
  static final Duration GRACE = Duration.ofMillis(500);

  /** How often output is taken while it runs; no thread may wait in a pipe that nobody closes. */
  private static final long POLL_MILLIS = 50;

  /** Of its output the end is kept, for one line of a log. */
  private static final int MAX_OUTPUT_BYTES = 400;

  private static final List<String> FOLDERS =
      List.of("/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/", "/usr/local/bin/");

  /**
   * All that a program inherits. The rest is ours: a password, what tells systemd about us, options
   * of our JVM.
   */
  private static final List<String> INHERITED = List.of("PATH", "HOME", "LANG", "LC_ALL", "TZ");

  private static final String DEFAULT_PATH =
      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  public Program {
    command = List.copyOf(command);
  }

  /** How a run ended. */
  public sealed interface Outcome {

    /** For people: {@code exit status 1, "no route"}. */
    String detail();

    /**
     * It ended.
     *
     * @param output the end of what it wrote, as one line
     */
    record Ended(int status, String output) implements Outcome {
      @Override
      public String detail() {
        return "exit status " + status + (output.isEmpty() ? "" : ", \"" + output + '"');
      }
    }

    /** It was killed. */
    record TimedOut(Duration after, String output) implements Outcome {
      @Override
      public String detail() {
        return "killed after "
            + after.toMillis()
            + " ms"
            + (output.isEmpty() ? "" : ", \"" + output + '"');
      }
    }

    /** It never ran. */
    record NotStarted(String detail) implements Outcome {}
  }

  /**
   * Why it can never run here, although the configuration is right.
   *
   * @return empty = it can, as far as one can tell
   */
  public Optional<String> problem() {
    if (user.isEmpty() || Account.isOwn(user.get())) {
      return Optional.empty();
    }
    if (!Account.mayChange()) {
      return Optional.of(
          "cannot run %s as %s: that needs root (CAP_SETUID and CAP_SETGID), which this process has"
                  .formatted(command.getFirst(), user.get())
              + " not");
    }
    if (Account.find(user.get()).isEmpty()) {
      return Optional.of(
          "cannot run %s as %s: /etc/passwd has no such user"
              .formatted(command.getFirst(), user.get()));
    }
    return tool("setpriv").isPresent()
        ? Optional.empty()
        : Optional.of(
            "cannot run %s as %s: there is no setpriv (util-linux) on this host"
                .formatted(command.getFirst(), user.get()));
  }

  /**
   * Runs it to its end, or until its time is over.
   *
   * @param environment beside what all programs inherit
   */
  public Outcome run(Map<String, String> environment) throws InterruptedException {
    Optional<String> setsid = tool("setsid");
    Process process;
    try {
      ProcessBuilder builder =
          new ProcessBuilder(commandLine(setsid))
              .directory(new File("/"))
              .redirectErrorStream(true)
              .redirectInput(Redirect.from(new File("/dev/null")));
      Map<String, String> variables = builder.environment();
      variables.keySet().retainAll(INHERITED);
      variables.putIfAbsent("PATH", DEFAULT_PATH);
      variables.putAll(environment);
      process = builder.start();
    } catch (IOException e) {
      return new Outcome.NotStarted(String.valueOf(e.getMessage()));
    }
    Tail tail = new Tail();
    try {
      if (await(process, tail, timeout)) {
        tail.take(process.getInputStream());
        return ended(process.exitValue(), tail.line(), setsid.isPresent());
      }
      kill(process, setsid.isPresent(), tail);
      return new Outcome.TimedOut(timeout, tail.line());
    } catch (InterruptedException e) {
      ProcessGroup.kill(process, setsid.isPresent());
      throw e;
    }
  }

  /** What setsid could not execute it says itself, and ends as a shell would: 126, 127. */
  private static Outcome ended(int status, String output, boolean wrapped) {
    return wrapped && (status == 126 || status == 127) && output.startsWith("setsid:")
        ? new Outcome.NotStarted(output)
        : new Outcome.Ended(status, output);
  }

  private List<String> commandLine(Optional<String> setsid) throws IOException {
    List<String> line = new ArrayList<>();
    setsid.ifPresent(line::add);
    if (user.isPresent() && !Account.isOwn(user.get())) {
      Account account =
          Account.find(user.get())
              .orElseThrow(() -> new IOException("no user " + user.get() + " in /etc/passwd"));
      line.add(tool("setpriv").orElseThrow(() -> new IOException("no setpriv on this host")));
      line.add("--reuid=" + account.name());
      line.add("--regid=" + account.groupId());
      line.add("--init-groups");
      line.add("--");
    }
    line.addAll(command);
    return line;
  }

  private static boolean await(Process process, Tail tail, Duration limit)
      throws InterruptedException {
    long startedAt = System.nanoTime();
    while (true) {
      long left = limit.toMillis() - (System.nanoTime() - startedAt) / 1_000_000;
      if (process.waitFor(Math.clamp(left, 0, POLL_MILLIS), TimeUnit.MILLISECONDS)) {
        return true;
      }
      if (left <= 0) {
        return false;
      }
      tail.take(process.getInputStream());
    }
  }

  private static void kill(Process process, boolean ownGroup, Tail tail)
      throws InterruptedException {
    ProcessGroup.terminate(process, ownGroup);
    await(process, tail, GRACE);
    // Also when it has ended: what it has started need not have heard of SIGTERM.
    ProcessGroup.kill(process, ownGroup);
    process.waitFor();
    tail.take(process.getInputStream());
  }

  private static Optional<String> tool(String name) {
    return FOLDERS.stream()
        .map(folder -> folder + name)
        .filter(file -> Files.isExecutable(Path.of(file)))
        .findFirst();
  }

  /** The end of an output. */
  private static final class Tail {
    private byte[] kept = new byte[0];

    void take(InputStream in) {
      try {
        while (in.available() > 0) {
          byte[] more = in.readNBytes(Math.min(in.available(), 64 << 10));
          byte[] all = new byte[kept.length + more.length];
          System.arraycopy(kept, 0, all, 0, kept.length);
          System.arraycopy(more, 0, all, kept.length, more.length);
          int from = Math.max(0, all.length - MAX_OUTPUT_BYTES);
          kept = java.util.Arrays.copyOfRange(all, from, all.length);
        }
      } catch (IOException e) {
        // The pipe is closed: there is no more.
      }
    }

    /** Its last line that is not empty, fit for a log. */
    String line() {
      String[] lines = new String(kept, StandardCharsets.UTF_8).strip().split("[\r\n]+");
      return lines[lines.length - 1].replaceAll("\\p{Cntrl}", " ").strip();
    }
  }
}
