package dev.fairlead.daemon;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.fairlead.config.ProcessConfig;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the kernel treats this process: real time for the control thread, and memory that is not
 * paged out. Both are optional, and what the kernel refuses costs one warning and nothing else.
 * Control loop only; without either option JNA is not even loaded.
 */
final class Scheduling {

  private static final Logger LOG = LoggerFactory.getLogger(Scheduling.class);

  /** What is in force. */
  record State(boolean realtime, boolean memoryLocked) {}

  /** Tells the kernel; answers 0 or an errno. */
  interface Kernel {
    /** SCHED_RR, or ordinary, for the calling thread and the JVM's own that it waits for. */
    int realtime(boolean on);

    /** Locks what is touched from now on and what is in memory, or unlocks all. */
    int lockMemory(boolean on);

    /** The kernel's words for an errno. */
    String words(int errno);
  }

  /** Asked for when there is something to tell: it is JNA. */
  private final Supplier<Kernel> kernels;

  private State state = new State(false, false);
  private ProcessConfig asked = new ProcessConfig(0, Duration.ZERO);

  Scheduling(Supplier<Kernel> kernels) {
    this.kernels = kernels;
  }

  State state() {
    return state;
  }

  /** Runs on the thread that is to be scheduled. What was refused is asked for again only anew. */
  void apply(ProcessConfig next) {
    if (next.realtime() != asked.realtime()) {
      realtime(next.realtime());
    }
    if (next.lockMemory() != asked.lockMemory()) {
      lockMemory(next.lockMemory());
    }
    asked = next;
  }

  private void realtime(boolean on) {
    if (on == state.realtime()) {
      return;
    }
    Kernel kernel = kernels.get();
    int errno = kernel.realtime(on);
    if (errno == 0) {
      state = new State(on, state.memoryLocked());
      LOG.info("the control thread is scheduled {}", on ? "in real time (SCHED_RR)" : "as others");
    } else {
      LOG.warn(
          "process.realtime is not in force: {} (it needs CAP_SYS_NICE, and a control group with"
              + " real-time budget where the kernel has those); a busy CPU can delay advertisements",
          kernel.words(errno));
    }
  }

  private void lockMemory(boolean on) {
    if (on == state.memoryLocked()) {
      return;
    }
    Kernel kernel = kernels.get();
    int errno = kernel.lockMemory(on);
    if (errno == 0) {
      state = new State(state.realtime(), on);
      LOG.info("memory is {}", on ? "locked as it is touched" : "no longer locked");
    } else {
      LOG.warn(
          "process.lock-memory is not in force: {} (it needs CAP_IPC_LOCK or a sufficient"
              + " RLIMIT_MEMLOCK); swapping can delay advertisements",
          kernel.words(errno));
    }
  }

  /** Linux, by JNA. */
  static final class Linux implements Kernel {

    private static final int SCHED_OTHER = 0;
    private static final int SCHED_RR = 2;

    /** Threads and programs that are started by a thread in real time are ordinary ones. */
    private static final int SCHED_RESET_ON_FORK = 0x40000000;

    /** The lowest: it precedes every ordinary thread, and none of the kernel's own. */
    private static final int PRIORITY = 1;

    private static final int MCL_CURRENT = 1;
    private static final int MCL_FUTURE = 2;

    /** Without it all of the reserved heap would be filled: 485 MiB instead of 60, and a stall. */
    private static final int MCL_ONFAULT = 4;

    private static final int NO_JNA = -1;

    /**
     * Does what the control thread has to wait for: garbage collections and other safepoints. In
     * the queue behind busy ordinary threads it would make the real-time thread wait, too.
     */
    private static final String VM_THREAD = "VM Thread";

    private static final class LibC {
      static {
        Native.register(LibC.class, "c");
      }

      private LibC() {}

      static native int sched_setscheduler(int thread, int policy, Pointer parameters);

      static native int mlockall(int flags);

      static native int munlockall();

      static native String strerror(int errno);
    }

    @Override
    public int realtime(boolean on) {
      try (Memory parameters = new Memory(Integer.BYTES)) {
        parameters.setInt(0, on ? PRIORITY : 0);
        int policy = on ? SCHED_RR | SCHED_RESET_ON_FORK : SCHED_OTHER;
        int errno = call(LibC.sched_setscheduler(0, policy, parameters));
        int vmThread = errno == 0 ? threadNamed(VM_THREAD) : 0;
        if (vmThread > 0) {
          // Without it the control thread is late now and then, not always.
          call(LibC.sched_setscheduler(vmThread, policy, parameters));
        }
        return errno;
      } catch (LinkageError e) {
        return NO_JNA;
      }
    }

    private static int threadNamed(String name) {
      try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
        for (Path thread : threads) {
          if (Files.readString(thread.resolve("comm")).strip().equals(name)) {
            return Integer.parseInt(thread.getFileName().toString());
          }
        }
      } catch (IOException e) {
        // Without /proc only the control thread itself is moved.
      }
      return 0;
    }

    @Override
    public int lockMemory(boolean on) {
      try {
        return call(on ? LibC.mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) : LibC.munlockall());
      } catch (LinkageError e) {
        return NO_JNA;
      }
    }

    private static int call(int result) {
      return result == 0 ? 0 : Native.getLastError();
    }

    @Override
    public String words(int errno) {
      return errno == NO_JNA
          ? "JNA's native library cannot be loaded"
          : LibC.strerror(errno) + " (errno " + errno + ")";
    }
  }
}
