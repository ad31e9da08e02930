package dev.fairlead.program;

import com.sun.jna.Native;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A program and all that it has started.
 *
 * <p>The JDK signals single processes only; {@code kill(2)} with a negative number reaches the
 * whole process group at once, so that none can start another meanwhile. What has a group of its
 * own, as behind timeout(1), is found by its session (proc(5), field 6 of {@code stat}). Only who
 * begins a new session escapes.
 */
final class ProcessSession {

  private static final int SIGKILL = 9;
  private static final int SIGTERM = 15;

  /** Counted from behind the name: state, parent, group, session. */
  private static final int SESSION_FIELD = 3;

  /** Who forks faster than it is killed is left to its operator. */
  private static final int KILL_ROUNDS = 20;

  private final Process process;

  private final boolean own;

  /**
   * @param own whether it leads a session; else its descendants are all that can be found
   */
  ProcessSession(Process process, boolean own) {
    this.process = process;
    this.own = own;
  }

  /** Loaded with the first program that has to be killed. */
  private static final class LibC {
    static {
      Native.register(LibC.class, "c");
    }

    private LibC() {}

    static native int kill(int pid, int signal);
  }

  void terminate() {
    if (own) {
      signal(SIGTERM);
    } else {
      everybody().forEach(ProcessHandle::destroy);
    }
  }

  /** Also when the program itself has ended. */
  void kill() {
    if (!own) {
      everybody().forEach(ProcessHandle::destroyForcibly);
      return;
    }
    signal(SIGKILL);
    for (int round = 0; round < KILL_ROUNDS; round++) {
      List<ProcessHandle> left = left();
      if (left.isEmpty()) {
        return;
      }
      left.forEach(ProcessHandle::destroyForcibly);
    }
  }

  private void signal(int signal) {
    // Nobody is left in the group: ESRCH, which is what was wanted. Its number cannot have been
    // given to a stranger: the kernel gives no number that is still a group's.
    int ignored = LibC.kill(-Math.toIntExact(process.pid()), signal);
  }

  private List<ProcessHandle> everybody() {
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    all.add(process.toHandle());
    return all;
  }

  /** Those of the session that still run; zombies do not. */
  private List<ProcessHandle> left() {
    List<ProcessHandle> found = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path one : all) {
        if (belongs(one)) {
          ProcessHandle.of(Long.parseLong(one.getFileName().toString())).ifPresent(found::add);
        }
      }
    } catch (IOException e) {
      // Without /proc there is nothing to be found.
      return List.of();
    }
    return found;
  }

  private boolean belongs(Path entry) {
    try {
      String stat = Files.readString(entry.resolve("stat"), StandardCharsets.ISO_8859_1);
      // The name may contain anything, so count from the last parenthesis.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", SESSION_FIELD + 2);
      return !fields[0].equals("Z") && fields[SESSION_FIELD].equals(String.valueOf(process.pid()));
    } catch (IOException e) {
      // It has ended in this moment.
      return false;
    }
  }
}
