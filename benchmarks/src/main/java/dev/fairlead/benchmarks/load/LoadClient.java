package dev.fairlead.benchmarks.load;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * The client in front of the proxies: carries out a {@link LoadPlan} until told to stop.
 *
 * <p>Orders: {@code start PLAN}, {@code mark} (forget the latencies so far), {@code read} (counters
 * since the start, latencies since the mark), {@code more N} (raise the plan's limit and go on),
 * {@code stop} (close all), {@code first ADDRESS:PORT} (knock until somebody answers), {@code
 * quit}. One thread.
 */
public final class LoadClient {
  private static final int READ_BYTES = 1 << 20;
  private static final int WRITE_BYTES = 256 << 10;
  private static final int PACED_CHUNK_BYTES = 64 << 10;
  private static final long IDLE_NANOS = 100_000_000L;
  private static final long PACED_RETRY_NANOS = 200_000L;

  /** How often, and how many at once, connections are opened that the plan has and we have not. */
  private static final long REFILL_NANOS = 10_000_000L;

  private static final int REFILL_CONNECTIONS = 128;

  private static final int COMMANDS = -2;

  private static final byte DOWNLOAD = 0;
  private static final byte UPLOAD = 1;
  private static final byte CONVERSATION = 2;
  private static final byte OPENER = 3;
  private static final byte IDLE = 4;

  private static final byte ABSENT = 0;
  private static final byte CONNECTING = 1;
  private static final byte STREAMING = 2;
  private static final byte ASKED = 3;
  private static final byte READY = 4;
  private static final byte ENDING = 5;

  private static final long HIGHEST_LATENCY_NANOS = 60_000_000_000L;

  private final Kernel kernel = new Kernel();
  private final MemorySegment inbound = kernel.buffer(READ_BYTES);
  private final MemorySegment stream = kernel.buffer(WRITE_BYTES);
  private final MemorySegment message = kernel.buffer(64 << 10);
  private final Commands commands = new Commands();
  private final Histogram requestNanos = new Histogram(HIGHEST_LATENCY_NANOS, 3);
  private final Histogram openNanos = new Histogram(HIGHEST_LATENCY_NANOS, 3);
  private final int epoll;

  private @Nullable LoadPlan plan;
  private int ipv4;
  private int port;
  private int messageBytes;
  private long limit;
  private Pace requestPace = new Pace(0, 0);
  private Pace openPace = new Pace(0, 0);
  private long refillAt;
  private int absent;

  private int[] fds = new int[0];
  private byte[] kinds = new byte[0];
  private byte[] states = new byte[0];
  private int[] missing = new int[0];
  private long[] startedAt = new long[0];
  private long[] dueAt = new long[0];
  private int[] ready = new int[0];
  private int readyCount;
  private int[] closed = new int[0];
  private int closedCount;
  private int pacedUploads;

  private long received;
  private long sent;
  private long begun;
  private long requests;
  private long opened;
  private long failed;
  private int idleOpen;
  private int lastErrno;

  private LoadClient() {
    epoll = kernel.epoll();
    if (epoll < 0) {
      throw new IllegalStateException("epoll_create1: errno " + -epoll);
    }
    kernel.watch(epoll, Commands.FD, Kernel.EPOLLIN, COMMANDS);
  }

  /** Takes no arguments; prints {@code ready=1} when it listens to orders. */
  public static void main(String[] args) {
    LoadClient client = new LoadClient();
    client.commands.answer("ready=1");
    client.run();
  }

  private void run() {
    kernel.exactTimers();
    while (true) {
      int n = kernel.await(epoll, timeoutNanos());
      for (int i = 0; i < n; i++) {
        int slot = kernel.slot(i);
        if (slot == COMMANDS) {
          commands.read();
        } else {
          advance(slot);
        }
      }
      if (plan != null) {
        keepPace();
        refill();
      }
      if (!obey()) {
        return;
      }
    }
  }

  // Orders

  private boolean obey() {
    @Nullable String line;
    while ((line = commands.next()) != null) {
      int space = line.indexOf(' ');
      String verb = space < 0 ? line : line.substring(0, space);
      String rest = space < 0 ? "" : line.substring(space + 1);
      switch (verb) {
        case "start" -> {
          start(LoadPlan.parse(rest));
          commands.answer("started=1");
        }
        case "mark" -> {
          requestNanos.reset();
          openNanos.reset();
          commands.answer("marked=1");
        }
        case "read" -> commands.answer(counters());
        case "more" -> {
          goOn(Long.parseLong(rest));
          commands.answer("more=1");
        }
        case "stop" -> {
          stop();
          commands.answer("stopped=1");
        }
        case "first" -> commands.answer(knock(rest));
        case "quit" -> {
          return false;
        }
        default -> commands.answer("error=unknown-command");
      }
    }
    return !commands.ended();
  }

  private String counters() {
    return ("received=%d sent=%d requests=%d opened=%d failed=%d errno=%d idle=%d"
            + " requestP50=%d requestP99=%d requestP999=%d openP50=%d openP99=%d")
        .formatted(
            received,
            sent,
            requests,
            opened,
            failed,
            lastErrno,
            idleOpen,
            requestNanos.getValueAtPercentile(50),
            requestNanos.getValueAtPercentile(99),
            requestNanos.getValueAtPercentile(99.9),
            openNanos.getValueAtPercentile(50),
            openNanos.getValueAtPercentile(99));
  }

  private void start(LoadPlan next) {
    stop();
    int size = next.connections();
    fds = new int[size];
    kinds = new byte[size];
    states = new byte[size];
    missing = new int[size];
    startedAt = new long[size];
    dueAt = new long[size];
    ready = new int[size];
    closed = new int[size];
    int slot = 0;
    slot = assign(slot, next.downloads(), DOWNLOAD);
    slot = assign(slot, next.uploads(), UPLOAD);
    slot = assign(slot, next.conversations(), CONVERSATION);
    slot = assign(slot, next.openers(), OPENER);
    assign(slot, next.idle(), IDLE);
    ipv4 = next.ipv4();
    port = next.port();
    messageBytes = next.messageBytes();
    limit = next.limit();
    received = 0;
    sent = 0;
    begun = 0;
    requests = 0;
    opened = 0;
    failed = 0;
    idleOpen = 0;
    lastErrno = 0;
    readyCount = 0;
    closedCount = 0;
    pacedUploads = 0;
    absent = size;
    requestNanos.reset();
    openNanos.reset();
    long now = System.nanoTime();
    requestPace = new Pace(next.requestRate(), now);
    openPace = new Pace(next.openRate(), now);
    refillAt = now;
    plan = next;
  }

  /** So that a given number of requests can be made on connections that are there already. */
  private void goOn(long more) {
    limit = begun + more;
    long now = System.nanoTime();
    for (int slot = 0; slot < fds.length; slot++) {
      if (states[slot] == READY && kinds[slot] == CONVERSATION) {
        ask(slot, now);
      } else if (states[slot] == READY && kinds[slot] == OPENER) {
        open(slot, now);
      }
    }
  }

  private int assign(int from, int count, byte kind) {
    for (int slot = from; slot < from + count; slot++) {
      kinds[slot] = kind;
    }
    return from + count;
  }

  private void stop() {
    plan = null;
    for (int slot = 0; slot < fds.length; slot++) {
      if (states[slot] != ABSENT) {
        kernel.close(fds[slot]);
        states[slot] = ABSENT;
      }
    }
    fds = new int[0];
  }

  /** Tries every millisecond, for at most 30 s, until an echo comes back through the proxy. */
  private static String knock(String target) {
    int colon = target.indexOf(':');
    long until = System.nanoTime() + 30_000_000_000L;
    byte[] question = new byte[Greeting.SIZE_BYTES];
    question[0] = Greeting.ECHO;
    while (System.nanoTime() - until < 0) {
      try (Socket socket =
          new Socket(
              InetAddress.getByName(target.substring(0, colon)),
              Integer.parseInt(target.substring(colon + 1)))) {
        socket.setSoTimeout(1000);
        socket.getOutputStream().write(question);
        if (socket.getInputStream().readNBytes(question.length).length == question.length) {
          return "answeredAt=" + ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
        }
      } catch (IOException notYet) {
        // Refused or reset: not up yet.
      }
      try {
        Thread.sleep(1);
      } catch (InterruptedException unexpected) {
        break;
      }
    }
    return "error=no-answer";
  }

  // Time

  private long timeoutNanos() {
    if (plan == null) {
      return IDLE_NANOS;
    }
    long now = System.nanoTime();
    long nearest = absent > 0 ? refillAt - now : IDLE_NANOS;
    nearest = Math.min(nearest, requestPace.untilDue(now));
    nearest = Math.min(nearest, openPace.untilDue(now));
    if (pacedUploads > 0) {
      for (int slot = 0; slot < fds.length; slot++) {
        if (kinds[slot] == UPLOAD && states[slot] == STREAMING) {
          nearest = Math.min(nearest, dueAt[slot] - now);
        }
      }
    }
    return nearest;
  }

  private void keepPace() {
    long now = System.nanoTime();
    while (requestPace.isDue(now)) {
      if (readyCount == 0) {
        requestPace.starve(now);
        break;
      }
      ask(ready[--readyCount], requestPace.take(now));
      now = System.nanoTime();
    }
    while (openPace.isDue(now)) {
      if (closedCount == 0) {
        openPace.starve(now);
        break;
      }
      int slot = closed[--closedCount];
      open(slot, openPace.take(now));
      now = System.nanoTime();
    }
    if (pacedUploads > 0) {
      for (int slot = 0; slot < fds.length; slot++) {
        if (kinds[slot] == UPLOAD && states[slot] == STREAMING && dueAt[slot] - now <= 0) {
          uploadPaced(slot, now);
        }
      }
    }
  }

  /** Opens what the plan has and we have not: all at first, later what failed. */
  private void refill() {
    if (absent == 0) {
      return;
    }
    long now = System.nanoTime();
    if (refillAt - now > 0) {
      return;
    }
    refillAt = now + REFILL_NANOS;
    int budget = REFILL_CONNECTIONS;
    for (int slot = 0; slot < fds.length && budget > 0; slot++) {
      if (states[slot] != ABSENT) {
        continue;
      }
      absent--;
      if (kinds[slot] == OPENER && openPace.isSteady()) {
        states[slot] = READY;
        fds[slot] = -1;
        closed[closedCount++] = slot;
        continue;
      }
      budget--;
      open(slot, now);
    }
  }

  // Connections

  private void open(int slot, long now) {
    if (kinds[slot] == OPENER && !mayBegin()) {
      fds[slot] = -1;
      states[slot] = READY;
      return;
    }
    startedAt[slot] = now;
    int fd = kernel.tcpSocket();
    fds[slot] = fd;
    if (fd < 0) {
      absent(slot, -fd);
      return;
    }
    states[slot] = CONNECTING;
    int result = kernel.connect(fd, ipv4, port);
    if (result != 0 && result != -Kernel.EINPROGRESS) {
      fail(slot, -result);
      return;
    }
    // Across a veth pair the handshake is usually over before connect returns.
    int greeted = greet(slot);
    if (greeted == -Kernel.EAGAIN) {
      kernel.watch(epoll, fd, Kernel.EPOLLIN | Kernel.EPOLLOUT, slot);
    } else if (greeted < 0) {
      fail(slot, -greeted);
    } else {
      kernel.watch(epoll, fd, interest(slot), slot);
    }
  }

  private boolean mayBegin() {
    if (limit > 0 && begun >= limit) {
      return false;
    }
    begun++;
    return true;
  }

  private int interest(int slot) {
    return kinds[slot] == UPLOAD && pacedUploads == 0
        ? Kernel.EPOLLIN | Kernel.EPOLLOUT
        : Kernel.EPOLLIN;
  }

  /**
   * Sends the first message, which says what the connection is for.
   *
   * @return bytes sent, or -errno
   */
  private int greet(int slot) {
    LoadPlan current = current();
    int n;
    switch (kinds[slot]) {
      case DOWNLOAD -> {
        Greeting.write(message, Greeting.SOURCE, current.streamRate());
        n = kernel.send(fds[slot], message, Greeting.SIZE_BYTES);
      }
      case UPLOAD -> {
        Greeting.write(message, Greeting.SINK, 0);
        n = kernel.send(fds[slot], message, Greeting.SIZE_BYTES);
      }
      case OPENER -> {
        Greeting.write(
            message,
            current.serverCloses() ? Greeting.ECHO_AND_CLOSE : Greeting.ECHO,
            messageBytes);
        n = kernel.send(fds[slot], message, messageBytes);
      }
      default -> {
        Greeting.write(message, Greeting.ECHO, 0);
        n = kernel.send(fds[slot], message, messageBytes);
      }
    }
    if (n < 0) {
      return n;
    }
    sent += n;
    if (kinds[slot] == DOWNLOAD || kinds[slot] == UPLOAD) {
      states[slot] = STREAMING;
      if (kinds[slot] == UPLOAD && current.streamRate() > 0) {
        pacedUploads++;
        dueAt[slot] = System.nanoTime();
      }
    } else {
      states[slot] = ASKED;
      missing[slot] = messageBytes;
    }
    return n;
  }

  private LoadPlan current() {
    if (plan == null) {
      throw new IllegalStateException("no plan");
    }
    return plan;
  }

  private void advance(int slot) {
    if (slot >= fds.length) {
      // Left over from a plan that was stopped in the middle of this batch.
      return;
    }
    switch (states[slot]) {
      case CONNECTING -> connected(slot);
      case STREAMING -> {
        if (kinds[slot] == DOWNLOAD) {
          download(slot);
        } else {
          upload(slot);
        }
      }
      case ASKED, READY, ENDING -> hear(slot);
      default -> {}
    }
  }

  private void connected(int slot) {
    int error = kernel.socketError(fds[slot]);
    int greeted = error != 0 ? -error : greet(slot);
    if (greeted == -Kernel.EAGAIN) {
      return;
    }
    if (greeted < 0) {
      fail(slot, -greeted);
      return;
    }
    kernel.rewatch(epoll, fds[slot], interest(slot), slot);
  }

  private void download(int slot) {
    int n = kernel.recv(fds[slot], inbound, READ_BYTES, Kernel.MSG_TRUNC);
    if (n > 0) {
      received += n;
    } else if (n != -Kernel.EAGAIN) {
      fail(slot, -n);
    }
  }

  private void upload(int slot) {
    int n = kernel.send(fds[slot], stream, WRITE_BYTES);
    if (n > 0) {
      sent += n;
    } else if (n != -Kernel.EAGAIN) {
      fail(slot, -n);
    }
  }

  private void uploadPaced(int slot, long now) {
    int n = kernel.send(fds[slot], stream, PACED_CHUNK_BYTES);
    if (n > 0) {
      sent += n;
      dueAt[slot] += n * 1_000_000_000L / current().streamRate();
    } else if (n == -Kernel.EAGAIN) {
      dueAt[slot] = now + PACED_RETRY_NANOS;
    } else {
      fail(slot, -n);
    }
  }

  private void ask(int slot, long from) {
    if (!mayBegin()) {
      states[slot] = READY;
      return;
    }
    startedAt[slot] = from;
    states[slot] = ASKED;
    missing[slot] = messageBytes;
    int n = kernel.send(fds[slot], message, messageBytes);
    if (n == messageBytes) {
      sent += n;
    } else {
      fail(slot, n < 0 ? -n : 0);
    }
  }

  private void hear(int slot) {
    int n = kernel.recv(fds[slot], inbound, READ_BYTES, 0);
    if (n == -Kernel.EAGAIN) {
      return;
    }
    if (n == 0 && states[slot] == ENDING) {
      finishOpener(slot);
      return;
    }
    if (n <= 0 || n > missing[slot]) {
      fail(slot, n < 0 ? -n : 0);
      return;
    }
    received += n;
    missing[slot] -= n;
    if (missing[slot] == 0) {
      answered(slot);
    }
  }

  private void answered(int slot) {
    long now = System.nanoTime();
    switch (kinds[slot]) {
      case CONVERSATION -> {
        requestNanos.recordValue(Math.min(now - startedAt[slot], HIGHEST_LATENCY_NANOS));
        requests++;
        if (requestPace.isSteady()) {
          states[slot] = READY;
          ready[readyCount++] = slot;
        } else {
          ask(slot, now);
        }
      }
      case OPENER -> {
        openNanos.recordValue(Math.min(now - startedAt[slot], HIGHEST_LATENCY_NANOS));
        if (current().serverCloses()) {
          states[slot] = ENDING;
        } else {
          finishOpener(slot);
        }
      }
      default -> {
        states[slot] = READY;
        idleOpen++;
      }
    }
  }

  private void finishOpener(int slot) {
    kernel.close(fds[slot]);
    opened++;
    if (openPace.isSteady()) {
      fds[slot] = -1;
      states[slot] = READY;
      closed[closedCount++] = slot;
    } else {
      open(slot, System.nanoTime());
    }
  }

  private void fail(int slot, int errno) {
    kernel.close(fds[slot]);
    if (kinds[slot] == CONVERSATION && states[slot] == READY) {
      forgetReady(slot);
    }
    if (kinds[slot] == IDLE && states[slot] == READY) {
      idleOpen--;
    }
    if (kinds[slot] == UPLOAD && states[slot] == STREAMING && pacedUploads > 0) {
      pacedUploads--;
    }
    absent(slot, errno);
  }

  private void forgetReady(int slot) {
    for (int i = 0; i < readyCount; i++) {
      if (ready[i] == slot) {
        ready[i] = ready[--readyCount];
        return;
      }
    }
  }

  private void absent(int slot, int errno) {
    failed++;
    lastErrno = errno;
    states[slot] = ABSENT;
    absent++;
  }
}
