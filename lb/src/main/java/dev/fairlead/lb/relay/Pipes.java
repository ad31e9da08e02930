package dev.fairlead.lb.relay;

import com.sun.jna.Library;
import com.sun.jna.Native;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pipes of one event loop. A relay holds one only while there are bytes in it, so a loop with
 * many bulk streams and readers that keep up needs a single one, and that one stays in the caches.
 *
 * <p>A pipe of the default 64 KiB costs 15–55 % more CPU per byte than one of 1 MiB. The kernel
 * gives an unprivileged user 64 of those (pipe-user-pages-soft); when it refuses, we are at the
 * bound, relays without a pipe copy, and a second later it is asked again.
 */
final class Pipes {

  /** Asked of the kernel for each pipe. */
  static final int PIPE_BYTES = 1 << 20;

  private static final int KEPT = 32;

  /** fcntl.h: F_SETPIPE_SZ. */
  private static final int F_SETPIPE_SZ = 1031;

  private static final Logger LOG = LoggerFactory.getLogger(Pipes.class);

  /** The one call that Netty does not have; loaded with the first bulk stream. */
  private interface Fcntl extends Library {
    Fcntl C = Native.load("c", Fcntl.class);

    int fcntl(int descriptor, int command, int argument);
  }

  private final Deque<Pipe> free = new ArrayDeque<>(KEPT);
  private final int most;
  private int limit;
  private boolean withoutLibrary;
  private int inUse;
  private long refused;
  private final AtomicBoolean told;

  /**
   * None yet.
   *
   * @param told whether people know that bulk is copied
   */
  Pipes(int most, AtomicBoolean told) {
    this.most = most;
    this.told = told;
    this.limit = most;
  }

  /** Null when there is none to be had: the relay copies instead. */
  @Nullable Pipe acquire() {
    Pipe pipe = free.pollLast();
    if (pipe == null) {
      if (inUse >= limit) {
        refused++;
        return null;
      }
      pipe = open();
      if (pipe == null) {
        return null;
      }
    }
    inUse++;
    return pipe;
  }

  /** Takes an emptied pipe back; one with bytes left in it is closed. */
  void release(@Nullable Pipe pipe) {
    if (pipe == null) {
      return;
    }
    inUse--;
    if (pipe.held() == 0 && free.size() < KEPT) {
      free.addLast(pipe);
      return;
    }
    pipe.close();
  }

  /** Time has passed: other processes of this user may have given back theirs. */
  void lookAgain() {
    if (!withoutLibrary) {
      limit = most;
    }
  }

  int inUse() {
    return inUse;
  }

  int pooled() {
    return free.size();
  }

  void close() {
    free.forEach(Pipe::close);
    free.clear();
  }

  private @Nullable Pipe open() {
    Pipe pipe = null;
    try {
      FileDescriptor[] ends = FileDescriptor.pipe();
      pipe = new Pipe(ends[0], ends[1]);
      if (Fcntl.C.fcntl(ends[1].intValue(), F_SETPIPE_SZ, PIPE_BYTES) < 0) {
        pipe.close();
        reachedBound("the kernel refuses another pipe of 1 MiB (fs.pipe-user-pages-soft)");
        return null;
      }
      return pipe;
    } catch (IOException e) {
      // Out of descriptors: that passes, so the bound stays where it is.
      warn(String.valueOf(e.getMessage()));
      refused++;
      return null;
    } catch (LinkageError e) {
      // JNA's library cannot be loaded, e.g. from a temporary directory mounted noexec: no pipes.
      if (pipe != null) {
        pipe.close();
      }
      reachedBound("JNA's native library cannot be loaded: " + e.getMessage());
      limit = 0;
      withoutLibrary = true;
      return null;
    }
  }

  /** For now there are no more than these; they come back. */
  private void reachedBound(String reason) {
    warn(reason);
    limit = Math.clamp(inUse, 1, most);
    refused++;
  }

  private void warn(String reason) {
    if (told.compareAndSet(false, true)) {
      LOG.warn(
          "bulk streams beyond {} of an event loop are copied instead of spliced: {}",
          inUse,
          reason);
    }
  }

  /** Times a relay had to copy for want of a pipe. */
  long refused() {
    return refused;
  }
}
