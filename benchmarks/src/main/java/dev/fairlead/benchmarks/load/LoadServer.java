package dev.fairlead.benchmarks.load;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The server behind the proxies: echo, sink, source and close-first, chosen by each connection's
 * {@link Greeting}.
 *
 * <p>Orders: {@code read} answers the counters since the start, {@code quit} ends. One thread.
 */
public final class LoadServer {
  private static final int READ_BYTES = 1 << 20;
  private static final int WRITE_BYTES = 256 << 10;
  private static final int PACED_CHUNK_BYTES = 64 << 10;
  private static final int ACCEPTS_PER_TURN = 64;
  private static final long IDLE_NANOS = 100_000_000L;
  private static final long PACED_RETRY_NANOS = 200_000L;

  private static final int LISTENER = -1;
  private static final int COMMANDS = -2;

  /** Fresh connections have no mode yet. */
  private static final byte GREETING = 0;

  private final Kernel kernel = new Kernel();
  private final MemorySegment inbound = kernel.buffer(READ_BYTES);
  private final MemorySegment outbound = kernel.buffer(WRITE_BYTES);
  private final Commands commands = new Commands();
  private final int epoll;
  private final int listener;

  private int[] fds = new int[0];
  private byte[] modes = new byte[0];
  // SOURCE: bytes per second. ECHO_AND_CLOSE: bytes still to be echoed.
  private long[] arguments = new long[0];
  private long[] dueAt = new long[0];
  private int[] free = new int[0];
  private int freeCount;
  private final int[] paced = new int[64];
  private int pacedCount;

  private long received;
  private long sent;
  private long accepted;
  private long failed;

  private LoadServer(int port) {
    epoll = kernel.epoll();
    listener = kernel.listen(port);
    if (epoll < 0 || listener < 0) {
      throw new IllegalStateException("cannot listen on port " + port + ": errno " + -listener);
    }
    kernel.watch(epoll, listener, Kernel.EPOLLIN, LISTENER);
    kernel.watch(epoll, Commands.FD, Kernel.EPOLLIN, COMMANDS);
  }

  /**
   * Serves until told to quit or until standard input ends.
   *
   * @param args the port, 0 for any; the first line printed is {@code port=N}
   */
  public static void main(String[] args) {
    LoadServer server = new LoadServer(Integer.parseInt(args[0]));
    server.commands.answer("port=" + server.kernel.localPort(server.listener));
    server.run();
  }

  private void run() {
    kernel.exactTimers();
    while (true) {
      int n = kernel.await(epoll, timeoutNanos());
      for (int i = 0; i < n; i++) {
        int slot = kernel.slot(i);
        if (slot == LISTENER) {
          accept();
        } else if (slot == COMMANDS) {
          commands.read();
        } else {
          serve(slot, kernel.readiness(i));
        }
      }
      sendPaced();
      if (!obey()) {
        return;
      }
    }
  }

  private boolean obey() {
    @Nullable String line;
    while ((line = commands.next()) != null) {
      switch (line) {
        case "read" ->
            commands.answer(
                "received=%d sent=%d accepted=%d failed=%d open=%d"
                    .formatted(received, sent, accepted, failed, fds.length - freeCount));
        case "quit" -> {
          return false;
        }
        default -> commands.answer("error=unknown-command");
      }
    }
    return !commands.ended();
  }

  private void accept() {
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
      int fd = kernel.accept(listener);
      if (fd < 0) {
        if (fd != -Kernel.EAGAIN) {
          failed++;
        }
        return;
      }
      accepted++;
      if (freeCount == 0) {
        grow();
      }
      int slot = free[--freeCount];
      fds[slot] = fd;
      modes[slot] = GREETING;
      kernel.watch(epoll, fd, Kernel.EPOLLIN, slot);
    }
  }

  private void grow() {
    int old = fds.length;
    int size = Math.max(1024, old * 2);
    fds = Arrays.copyOf(fds, size);
    modes = Arrays.copyOf(modes, size);
    arguments = Arrays.copyOf(arguments, size);
    dueAt = Arrays.copyOf(dueAt, size);
    free = Arrays.copyOf(free, size);
    for (int slot = size - 1; slot >= old; slot--) {
      free[freeCount++] = slot;
    }
  }

  private void serve(int slot, int readiness) {
    switch (modes[slot]) {
      case Greeting.SOURCE -> serveSource(slot, readiness);
      case Greeting.SINK -> serveSink(slot);
      default -> serveEcho(slot);
    }
  }

  private void serveSource(int slot, int readiness) {
    if ((readiness & (Kernel.EPOLLIN | Kernel.EPOLLERR | Kernel.EPOLLHUP)) != 0) {
      // A source hears from its client only once: when it has had enough.
      close(slot);
      return;
    }
    int n = kernel.send(fds[slot], outbound, WRITE_BYTES);
    if (n > 0) {
      sent += n;
    } else if (n != -Kernel.EAGAIN) {
      close(slot);
    }
  }

  private void serveSink(int slot) {
    int n = kernel.recv(fds[slot], inbound, READ_BYTES, Kernel.MSG_TRUNC);
    if (n > 0) {
      received += n;
    } else if (n != -Kernel.EAGAIN) {
      close(slot);
    }
  }

  private void serveEcho(int slot) {
    int fd = fds[slot];
    int n = kernel.recv(fd, inbound, READ_BYTES, 0);
    if (n <= 0) {
      if (n != -Kernel.EAGAIN) {
        close(slot);
      }
      return;
    }
    received += n;
    if (modes[slot] == GREETING && !greet(slot, n)) {
      return;
    }
    // Messages are far smaller than a socket buffer; one that does not fit is a failed load.
    if (kernel.send(fd, inbound, n) != n) {
      failed++;
      close(slot);
      return;
    }
    sent += n;
    if (modes[slot] == Greeting.ECHO_AND_CLOSE) {
      arguments[slot] -= n;
      if (arguments[slot] <= 0) {
        close(slot);
      }
    }
  }

  /** Answers whether the bytes just read are to be echoed. */
  private boolean greet(int slot, int n) {
    if (n < Greeting.SIZE_BYTES) {
      failed++;
      close(slot);
      return false;
    }
    modes[slot] = Greeting.mode(inbound);
    arguments[slot] = Greeting.argument(inbound);
    return switch (modes[slot]) {
      case Greeting.ECHO, Greeting.ECHO_AND_CLOSE -> true;
      case Greeting.SINK -> false;
      case Greeting.SOURCE -> {
        beginSource(slot);
        yield false;
      }
      default -> {
        failed++;
        close(slot);
        yield false;
      }
    };
  }

  private void beginSource(int slot) {
    if (arguments[slot] > 0 && pacedCount < paced.length) {
      dueAt[slot] = System.nanoTime();
      paced[pacedCount++] = slot;
    } else {
      kernel.rewatch(epoll, fds[slot], Kernel.EPOLLIN | Kernel.EPOLLOUT, slot);
    }
  }

  private long timeoutNanos() {
    if (pacedCount == 0) {
      return IDLE_NANOS;
    }
    long now = System.nanoTime();
    long nearest = IDLE_NANOS;
    for (int i = 0; i < pacedCount; i++) {
      nearest = Math.min(nearest, dueAt[paced[i]] - now);
    }
    return nearest;
  }

  private void sendPaced() {
    if (pacedCount == 0) {
      return;
    }
    long now = System.nanoTime();
    for (int i = pacedCount - 1; i >= 0; i--) {
      int slot = paced[i];
      if (dueAt[slot] - now > 0) {
        continue;
      }
      int n = kernel.send(fds[slot], outbound, PACED_CHUNK_BYTES);
      if (n > 0) {
        sent += n;
        dueAt[slot] += n * 1_000_000_000L / arguments[slot];
      } else if (n == -Kernel.EAGAIN) {
        // The load that could not be delivered is lost, not saved up: the result shows it.
        dueAt[slot] = now + PACED_RETRY_NANOS;
      } else {
        close(slot);
      }
    }
  }

  private void close(int slot) {
    for (int i = 0; i < pacedCount; i++) {
      if (paced[i] == slot) {
        paced[i] = paced[--pacedCount];
        break;
      }
    }
    kernel.close(fds[slot]);
    free[freeCount++] = slot;
  }
}
