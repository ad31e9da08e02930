package dev.fairlead.program;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
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
 * @param timeout after which it is killed, with all that it has started
 * @param leftovers what becomes of what it has started, when it ends in time
 */
public record Program(
    List<String> command, Optional<String> user, Duration timeout, Leftovers leftovers) {

  /** What a program has started and not waited for. */
  public enum Leftovers {
    /** It may have been sent to start something, as hooks are. */
    STAY,
    /** It is run again and again, and would leave one more behind each time. */
    ARE_KILLED
  }

  /** Between SIGTERM and SIGKILL. */
  static final Duration GRACE = Duration.ofMillis(500);

  /** How often output is taken while it runs; no thread may wait in a pipe that nobody closes. */
  private static final long POLL_MILLIS = 50;

  /** Of its output beginning and end are kept, for one line of a log. */
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

    /** It ended. */
    record Ended(int status, Output output) implements Outcome {
      @Override
      public String detail() {
        return "exit status " + status + output.quoted();
      }
    }

    /** It was killed. */
    record TimedOut(Duration after, Output output) implements Outcome {
      @Override
      public String detail() {
        return "killed after " + after.toMillis() + " ms" + output.quoted();
      }
    }

    /** It never ran. */
    record NotStarted(String detail) implements Outcome {}
  }

  /**
   * What it wrote on either stream, fit for a log.
   *
   * @param first line that is not blank: where programs that check something answer
   * @param last line that is not blank: where programs that fail say why
   */
  public record Output(String first, String last) {
    private String quoted() {
      return last.isEmpty() ? "" : ", \"" + last + '"';
    }
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
    ProcessSession session = new ProcessSession(process, setsid.isPresent());
    Listening output = new Listening();
    try {
      if (await(process, output, timeout)) {
        output.take(process.getInputStream());
        if (leftovers == Leftovers.ARE_KILLED) {
          session.kill();
        }
        return ended(process.exitValue(), output.heard(), setsid.isPresent());
      }
      session.terminate();
      await(process, output, GRACE);
      // Also when it has ended: what it has started need not have heard of SIGTERM.
      session.kill();
      process.waitFor();
      output.take(process.getInputStream());
      return new Outcome.TimedOut(timeout, output.heard());
    } catch (InterruptedException e) {
      session.kill();
      throw e;
    }
  }

  /** What setsid could not execute it says itself, and ends as a shell would: 126, 127. */
  private static Outcome ended(int status, Output output, boolean wrapped) {
    return wrapped && (status == 126 || status == 127) && output.last().startsWith("setsid:")
        ? new Outcome.NotStarted(output.last())
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

  private static boolean await(Process process, Listening output, Duration limit)
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
      output.take(process.getInputStream());
    }
  }

  private static Optional<String> tool(String name) {
    return FOLDERS.stream()
        .map(folder -> folder + name)
        .filter(file -> Files.isExecutable(Path.of(file)))
        .findFirst();
  }

  /** Takes all that is written, so that nobody waits for room in the pipe. */
  private static final class Listening {
    private byte[] beginning = new byte[0];
    private byte[] end = new byte[0];

    void take(InputStream in) {
      try {
        while (in.available() > 0) {
          byte[] more = in.readNBytes(Math.min(in.available(), 64 << 10));
          if (beginning.length < MAX_OUTPUT_BYTES) {
            byte[] all = joined(beginning, more);
            beginning = Arrays.copyOf(all, Math.min(all.length, MAX_OUTPUT_BYTES));
          }
          byte[] all = joined(end, more);
          end = Arrays.copyOfRange(all, Math.max(0, all.length - MAX_OUTPUT_BYTES), all.length);
        }
      } catch (IOException e) {
        // The pipe is closed: there is no more.
      }
    }

    private static byte[] joined(byte[] one, byte[] other) {
      byte[] all = Arrays.copyOf(one, one.length + other.length);
      System.arraycopy(other, 0, all, one.length, other.length);
      return all;
    }

    Output heard() {
      return new Output(lines(beginning)[0], lines(end)[lines(end).length - 1]);
    }

    private static String[] lines(byte[] text) {
      String[] lines = new String(text, StandardCharsets.UTF_8).strip().split("\\s*[\r\n]+\\s*");
      return Arrays.stream(lines)
          .map(line -> line.replaceAll("\\p{Cntrl}", " ").strip())
          .toArray(String[]::new);
    }
  }
}
