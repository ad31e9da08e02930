package dev.fairlead.benchmarks.failover;

import com.sun.jna.Library;
import com.sun.jna.Native;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;

/**
 * Threads of this process inside a network namespace.
 *
 * <p>A socket belongs for good to the namespace of the thread that opened it, so most users need
 * only {@link #call}.
 */
public final class Netns {

  private static final int O_RDONLY = 0;
  private static final int O_CLOEXEC = 0x80000;
  private static final int CLONE_NEWNET = 0x40000000;

  private interface LibC extends Library {
    int open(String path, int flags);

    int setns(int fd, int type);

    int close(int fd);
  }

  private static final LibC LIBC = Native.load("c", LibC.class);

  private Netns() {}

  /** Runs something on a thread of its own inside the namespace, and waits for it. */
  public static <T> T call(String namespace, Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    threads(namespace).newThread(task).start();
    try {
      return task.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("in " + namespace + ": " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Makes threads that enter the namespace before they do anything else. */
  public static ThreadFactory threads(String namespace) {
    // Platform threads only: a virtual thread would drag its carrier along.
    return work ->
        Thread.ofPlatform()
            .daemon()
            .name("in " + namespace)
            .unstarted(() -> {
              enter(namespace);
              work.run();
            });
  }

  private static void enter(String namespace) {
    int fd = LIBC.open("/run/netns/" + namespace, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
      throw new IllegalStateException("no network namespace " + namespace);
    }
    try {
      if (LIBC.setns(fd, CLONE_NEWNET) != 0) {
        throw new IllegalStateException("cannot enter " + namespace + ": not root?");
      }
    } finally {
      LIBC.close(fd);
    }
  }
}
