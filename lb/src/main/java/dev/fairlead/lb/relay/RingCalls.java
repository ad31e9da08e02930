package dev.fairlead.lb.relay;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The system calls of io_uring, which neither the JDK nor Netty's epoll transport has.
 *
 * <p>By java.lang.foreign and not by JNA: a call costs 0.12 µs more than the system call itself,
 * JNA's 0.7 µs. Loading this class takes some tens of milliseconds, so it is not done on an event
 * loop.
 */
final class RingCalls {

  /** Numbers of system calls, the same on every architecture. */
  private static final long IO_URING_SETUP = 425;

  private static final long IO_URING_ENTER = 426;
  private static final long IO_URING_REGISTER = 427;

  private static final int PROT_READ_WRITE = 3;

  /** MAP_SHARED | MAP_POPULATE. */
  private static final int MAP_FLAGS = 0x8001;

  private static final MemoryLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      ERRNO_LAYOUT.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  /** Of glibc's {@code long syscall(long number, ...)}: five arguments are as many as we need. */
  private static final FunctionDescriptor SYSCALL =
      FunctionDescriptor.of(
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG);

  private static final MethodHandle FAST = handle("syscall", SYSCALL);
  private static final MethodHandle TELLING =
      handle("syscall", SYSCALL, Linker.Option.captureCallState("errno"));
  private static final MethodHandle MMAP =
      handle(
          "mmap",
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG));
  private static final MethodHandle MUNMAP =
      handle(
          "munmap",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));

  private RingCalls() {}

  /** Makes sure that the first call on an event loop has nothing left to load. */
  static void load() {
    // An invalid descriptor: EBADF, and the way there is walked.
    int _ = enter(-1, 0, 0, 0);
    long _ = telling(IO_URING_ENTER, -1, 0, 0, 0);
  }

  /**
   * io_uring_setup(2).
   *
   * @param parameters address of a struct io_uring_params
   * @return the ring's descriptor, or the negative errno
   */
  static int setup(int entries, long parameters) {
    return (int) telling(IO_URING_SETUP, entries, parameters, 0, 0);
  }

  /** The negative errno, or what io_uring_register(2) returns. */
  static int register(int ring, int operation, long argument, int count) {
    return (int) telling(IO_URING_REGISTER, ring, operation, argument, count);
  }

  /** How many entries the kernel has taken; -1 when it refuses. */
  static int enter(int ring, int submitted, int awaited, int flags) {
    try {
      return (int)
          (long)
              FAST.invokeExact(
                  IO_URING_ENTER,
                  (long) ring,
                  (long) submitted,
                  (long) awaited,
                  (long) flags,
                  0L,
                  0L);
    } catch (Throwable e) {
      throw new IllegalStateException("io_uring_enter", e);
    }
  }

  /** The address, or a small negative number. */
  static long map(int ring, long offset, long bytes) {
    try {
      return (long) MMAP.invokeExact(0L, bytes, PROT_READ_WRITE, MAP_FLAGS, ring, offset);
    } catch (Throwable e) {
      throw new IllegalStateException("mmap", e);
    }
  }

  static void unmap(long address, long bytes) {
    try {
      int _ = (int) MUNMAP.invokeExact(address, bytes);
    } catch (Throwable e) {
      throw new IllegalStateException("munmap", e);
    }
  }

  private static long telling(long call, long first, long second, long third, long fourth) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(ERRNO_LAYOUT);
      long result = (long) TELLING.invokeExact(state, call, first, second, third, fourth, 0L, 0L);
      return result < 0 ? -(int) ERRNO.get(state, 0L) : result;
    } catch (Throwable e) {
      throw new IllegalStateException("io_uring", e);
    }
  }

  private static MethodHandle handle(
      String name, FunctionDescriptor type, Linker.Option... options) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), type, options);
  }
}
