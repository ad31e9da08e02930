package dev.fairlead.daemon.program;

import com.sun.jna.Native;
import java.util.List;

/**
 * A program and all that it has started.
 *
 * <p>The JDK signals single processes only; {@code kill(2)} with a negative number reaches the
 * whole group at once, so that none can start another meanwhile.
 */
final class ProcessGroup {

  private static final int SIGKILL = 9;
  private static final int SIGTERM = 15;

  private ProcessGroup() {}

  /** Loaded with the first program that has to be killed. */
  private static final class LibC {
    static {
      Native.register(LibC.class, "c");
    }

    private LibC() {}

    static native int kill(int pid, int signal);
  }

  static void terminate(Process process, boolean ownGroup) {
    if (ownGroup) {
      signal(process, SIGTERM);
    } else {
      everybody(process).forEach(ProcessHandle::destroy);
    }
  }

  static void kill(Process process, boolean ownGroup) {
    if (ownGroup) {
      signal(process, SIGKILL);
    } else {
      everybody(process).forEach(ProcessHandle::destroyForcibly);
    }
  }

  private static void signal(Process process, int signal) {
    // Nobody is left in the group: ESRCH, which is what was wanted. Its number cannot have been
    // given to a stranger: the kernel gives no number that is still a group's.
    int ignored = LibC.kill(-Math.toIntExact(process.pid()), signal);
  }

  private static List<ProcessHandle> everybody(Process process) {
    List<ProcessHandle> all = new java.util.ArrayList<>(process.descendants().toList());
    all.add(process.toHandle());
    return all;
  }
}
