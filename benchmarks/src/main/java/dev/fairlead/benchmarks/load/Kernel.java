package dev.fairlead.benchmarks.load;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The Linux system calls the load generator needs, without allocation: each returns what the kernel
 * returned, or {@code -errno}.
 *
 * <p>One instance belongs to one thread, because it owns the memory that errno, addresses and
 * events are passed in. IPv4 only: the network under test is our own.
 *
 * <p>Why not Netty's or the JDK's sockets: neither has MSG_TRUNC (a sink that does not copy) or
 * epoll_pwait2 (timeouts below a millisecond), and a generator that costs more than the proxy
 * measures itself.
 */
final class Kernel {
  static final int EPOLLIN = 0x1;
  static final int EPOLLOUT = 0x4;
  static final int EPOLLERR = 0x8;
  static final int EPOLLHUP = 0x10;

  static final int EAGAIN = 11;
  static final int EINPROGRESS = 115;

  /** recv discards the bytes instead of copying them. */
  static final int MSG_TRUNC = 0x20;

  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int AF_INET = 2;
  private static final int SOCK_STREAM_NONBLOCK_CLOEXEC = 1 | 0x800 | 0x80000;
  private static final int SOCK_NONBLOCK_CLOEXEC = 0x800 | 0x80000;
  private static final int IPPROTO_TCP = 6;
  private static final int TCP_NODELAY = 1;
  private static final int SOL_SOCKET = 1;
  private static final int SO_REUSEADDR = 2;
  private static final int SO_ERROR = 4;
  private static final int EPOLL_CTL_ADD = 1;
  private static final int EPOLL_CTL_MOD = 3;
  private static final int BACKLOG = 4096;
  private static final int PR_SET_TIMERSLACK = 29;
  private static final int MAX_EVENTS = 512;

  /** struct epoll_event is packed on x86-64 and nowhere else. */
  private static final boolean PACKED = System.getProperty("os.arch").equals("amd64");

  private static final int EVENT_SIZE = PACKED ? 12 : 16;
  private static final int EVENT_DATA = PACKED ? 4 : 8;

  private static final StructLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      ERRNO_LAYOUT.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final AddressLayout ADDRESS = ValueLayout.ADDRESS;
  private static final ValueLayout.OfShort SHORT_BIG_ENDIAN =
      ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt INT_UNALIGNED = ValueLayout.JAVA_INT_UNALIGNED;

  private static final MethodHandle SOCKET = function("socket", INT, INT, INT, INT);
  private static final MethodHandle CONNECT = function("connect", INT, INT, ADDRESS, INT);
  private static final MethodHandle BIND = function("bind", INT, INT, ADDRESS, INT);
  private static final MethodHandle LISTEN = function("listen", INT, INT, INT);
  private static final MethodHandle ACCEPT = function("accept4", INT, INT, ADDRESS, ADDRESS, INT);
  private static final MethodHandle GETSOCKNAME =
      function("getsockname", INT, INT, ADDRESS, ADDRESS);
  private static final MethodHandle SETSOCKOPT =
      function("setsockopt", INT, INT, INT, INT, ADDRESS, INT);
  private static final MethodHandle GETSOCKOPT =
      function("getsockopt", INT, INT, INT, INT, ADDRESS, ADDRESS);
  private static final MethodHandle RECV = function("recv", LONG, INT, ADDRESS, LONG, INT);
  private static final MethodHandle SEND = function("send", LONG, INT, ADDRESS, LONG, INT);
  private static final MethodHandle CLOSE = function("close", INT, INT);
  private static final MethodHandle EPOLL_CREATE = function("epoll_create1", INT, INT);
  private static final MethodHandle EPOLL_CTL = function("epoll_ctl", INT, INT, INT, INT, ADDRESS);
  private static final MethodHandle EPOLL_PWAIT2 =
      function("epoll_pwait2", INT, INT, ADDRESS, INT, ADDRESS, ADDRESS);
  private static final MethodHandle PRCTL = function("prctl", INT, INT, LONG, LONG, LONG, LONG);

  private final Arena arena = Arena.ofAuto();
  private final MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
  private final MemorySegment address = arena.allocate(16, 8);
  private final MemorySegment option = arena.allocate(8, 8);
  private final MemorySegment length = arena.allocate(8, 8);
  private final MemorySegment event = arena.allocate(16, 8);
  private final MemorySegment events = arena.allocate((long) EVENT_SIZE * MAX_EVENTS, 8);
  private final MemorySegment timeout = arena.allocate(16, 8);

  private static MethodHandle function(
      String name, MemoryLayout result, MemoryLayout... arguments) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, arguments),
        Linker.Option.captureCallState("errno"));
  }

  /** A buffer that lives as long as this instance. */
  MemorySegment buffer(long sizeBytes) {
    return arena.allocate(sizeBytes, 4096);
  }

  /** Timers of the calling thread fire when due, not up to 50 µs later. */
  void exactTimers() {
    try {
      int ignored = (int) PRCTL.invokeExact(errno, PR_SET_TIMERSLACK, 1L, 0L, 0L, 0L);
    } catch (Throwable broken) {
      throw new AssertionError(broken);
    }
  }

  /** A non-blocking TCP socket with TCP_NODELAY. */
  int tcpSocket() {
    try {
      int fd = result((int) SOCKET.invokeExact(errno, AF_INET, SOCK_STREAM_NONBLOCK_CLOEXEC, 0));
      if (fd >= 0) {
        setOption(fd, IPPROTO_TCP, TCP_NODELAY);
      }
      return fd;
    } catch (Throwable broken) {
      throw new AssertionError(broken);
    }
  }

  /** A listening socket on all addresses. */
  int listen(int port) {
    int fd = tcpSocket();
    if (fd < 0) {
      return fd;
    }
    setOption(fd, SOL_SOCKET, SO_REUSEADDR);
    setAddress(0, port);
    try {
      int bound = result((int) BIND.invokeExact(errno, fd, address, 16));
      if (bound < 0) {
        return bound;
      }
      int listening = result((int) LISTEN.invokeExact(errno, fd, BACKLOG));
      return listening < 0 ? listening : fd;
    } catch (Throwable broken) {
      throw new AssertionError(broken);
    }
  }

  int localPort(int fd) {
    length.set(INT, 0, 16);
    try {
      int result = result((int) GETSOCKNAME.invokeExact(errno, fd, address, length));
      return result < 0 ? result : Short.toUnsignedInt(address.get(SHORT_BIG_ENDIAN, 2));
    } catch (Throwable broken) {
      throw new AssertionError(broken);
    }
  }

  /**
   * Begins to connect.
   *
   * @param ipv4 the address, its first byte in the highest bits
   */
  int connect(int fd, int ipv4, int port) {
    setAddress(ipv4, port);
    try {
      return result((int) CONNECT.invokeExact(errno, fd, address, 16));
    } catch (Throwable broken) {
      throw new AssertionError(broken);
    }
  }

  /** TCP_NODELAY comes from the listener: Linux lets accepted sockets inherit it. */
  int accept(int listener) {
    try {
      return result(
          (int)
              ACCEPT.invokeExact(
                  errno, listener, MemorySegment.NULL, MemorySegment.NULL, SOCK_NONBLOCK_CLOEXEC));
    } catch (Throwable broken) {
      throw new AssertionError(broken);
    }
  }

  int recv(int fd, MemorySegment buffer, long sizeBytes, int flags) {
    try {
      long n = (long) RECV.invokeExact(errno, fd, buffer, sizeBytes, flags);
      return n < 0 ? -errno() : (int) n;
    } catch (Throwable broken) {
      throw new AssertionError(broken);
    }
  }

  int send(int fd, MemorySegment buffer, long sizeBytes) {
    try {
      long n = (long) SEND.invokeExact(errno, fd, buffer, sizeBytes, MSG_NOSIGNAL);
      return n < 0 ? -errno() : (int) n;
    } catch (Throwable broken) {
      throw new AssertionError(broken);
    }
  }

  /** The pending error of a socket, 0 for none. */
  int socketError(int fd) {
    length.set(INT, 0, 4);
    try {
      int result =
          result((int) GETSOCKOPT.invokeExact(errno, fd, SOL_SOCKET, SO_ERROR, option, length));
      return result < 0 ? -result : option.get(INT, 0);
    } catch (Throwable broken) {
      throw new AssertionError(broken);
    }
  }

  void close(int fd) {
    try {
      // Nothing is to be done about a failing close; the descriptor is gone all the same.
      int ignored = (int) CLOSE.invokeExact(errno, fd);
    } catch (Throwable broken) {
      throw new AssertionError(broken);
    }
  }

  int epoll() {
    try {
      return result((int) EPOLL_CREATE.invokeExact(errno, 0));
    } catch (Throwable broken) {
      throw new AssertionError(broken);
    }
  }

  /** Registers a descriptor, level-triggered; {@code slot} comes back with each event. */
  int watch(int epoll, int fd, int interest, int slot) {
    return control(epoll, EPOLL_CTL_ADD, fd, interest, slot);
  }

  int rewatch(int epoll, int fd, int interest, int slot) {
    return control(epoll, EPOLL_CTL_MOD, fd, interest, slot);
  }

  private int control(int epoll, int operation, int fd, int interest, int slot) {
    event.set(INT_UNALIGNED, 0, interest);
    event.set(INT_UNALIGNED, EVENT_DATA, slot);
    event.set(INT_UNALIGNED, EVENT_DATA + 4L, 0);
    try {
      return result((int) EPOLL_CTL.invokeExact(errno, epoll, operation, fd, event));
    } catch (Throwable broken) {
      throw new AssertionError(broken);
    }
  }

  /**
   * Waits for events, which {@link #slot} and {@link #readiness} then answer by index.
   *
   * @param timeoutNanos 0 or less returns at once
   * @return how many events there are
   */
  int await(int epoll, long timeoutNanos) {
    long nanos = Math.max(0, timeoutNanos);
    timeout.set(LONG, 0, nanos / 1_000_000_000L);
    timeout.set(LONG, 8, nanos % 1_000_000_000L);
    try {
      return Math.max(
          0,
          (int)
              EPOLL_PWAIT2.invokeExact(
                  errno, epoll, events, MAX_EVENTS, timeout, MemorySegment.NULL));
    } catch (Throwable broken) {
      throw new AssertionError(broken);
    }
  }

  int slot(int index) {
    return events.get(INT_UNALIGNED, (long) index * EVENT_SIZE + EVENT_DATA);
  }

  int readiness(int index) {
    return events.get(INT_UNALIGNED, (long) index * EVENT_SIZE);
  }

  private void setOption(int fd, int level, int name) {
    option.set(INT, 0, 1);
    try {
      // Best effort: a socket without the option still carries the load.
      int ignored = (int) SETSOCKOPT.invokeExact(errno, fd, level, name, option, 4);
    } catch (Throwable broken) {
      throw new AssertionError(broken);
    }
  }

  private void setAddress(int ipv4, int port) {
    address.fill((byte) 0);
    address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_INET);
    address.set(SHORT_BIG_ENDIAN, 2, (short) port);
    address.set(INT.withOrder(ByteOrder.BIG_ENDIAN), 4, ipv4);
  }

  private int result(int returned) {
    return returned < 0 ? -errno() : returned;
  }

  private int errno() {
    return (int) ERRNO.get(errno, 0L);
  }
}
