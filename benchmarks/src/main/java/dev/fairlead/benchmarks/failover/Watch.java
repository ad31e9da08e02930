package dev.fairlead.benchmarks.failover;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Sees one lab from outside: a client that sends a datagram every millisecond and opens a
 * connection through the balancer every five, a host that asks every ten who has the address, and
 * the kernels' news of addresses. It also is what the client talks to: an echo on both nodes, and
 * an API server for each node's balancer.
 *
 * <p>One thread does all of it, so that a lab costs one thread and its figures need no comparison
 * of clocks. Whoever receives a datagram for the address answers it, daemon or not.
 */
final class Watch implements AutoCloseable {
  static final long CLAIM_PERIOD_NANOS = 10_000_000;
  static final int FRONTEND_PORT = 8443;

  private static final long DATAGRAM_PERIOD_NANOS = 1_000_000;
  private static final long CONNECTION_PERIOD_NANOS = 5_000_000;

  /** An attempt is given up then; a new one begins every five milliseconds in any case. */
  private static final long CONNECTION_LIMIT_NANOS = 300_000_000;

  private static final int ECHO_PORT = 7007;
  private static final int FIRST_BACKEND_PORT = 9001;

  /** Turns that come later than this are the probe's own fault. */
  private static final long STALL_NANOS = 2_000_000;

  private final FaultLab lab;
  private final Timeline timeline = new Timeline();
  private final CountDownLatch ready = new CountDownLatch(1);
  private final Thread thread;
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final List<Runnable> orders = new ArrayList<>();
  private volatile boolean closed;
  private volatile @Nullable Throwable failure;

  /** A connection under way. */
  private record Attempt(SocketChannel channel, long until) {}

  /** What is done with a socket that is ready. */
  private interface Turn {
    void take(SelectionKey key) throws IOException;
  }

  private Watch(FaultLab lab) {
    this.lab = lab;
    thread = Netns.threads(lab.namespace(FaultLab.CLIENT)).newThread(this::run);
    thread.setName("watch " + lab.namespace(FaultLab.CLIENT));
  }

  static int backendPort(int node) {
    return FIRST_BACKEND_PORT + node;
  }

  /** Starts it, and returns when it sees. */
  static Watch start(FaultLab lab) throws InterruptedException {
    Watch watch = new Watch(lab);
    watch.thread.start();
    watch.ready.await();
    watch.check();
    return watch;
  }

  /** Asks what has been seen since {@link #forget()}; the question must be short. */
  <T> T read(Function<Timeline, T> question) {
    check();
    synchronized (timeline) {
      return question.apply(timeline);
    }
  }

  void forget() {
    synchronized (timeline) {
      timeline.forget();
    }
  }

  /** A node without power holds nothing, whatever its kernel, which we cannot stop, believes. */
  void poweredOff(int node) {
    synchronized (timeline) {
      timeline.changed(System.nanoTime(), node, false);
    }
  }

  /** The API server of a node refuses connections, or takes them again. */
  void backend(int node, boolean up) {
    synchronized (orders) {
      orders.add(() -> serve(node, up));
    }
  }

  private void check() {
    Throwable broken = failure;
    if (broken != null) {
      throw new IllegalStateException("the watch has ended: " + broken, broken);
    }
  }

  // ---- all below belongs to the thread ----

  private final ByteBuffer probe = ByteBuffer.allocateDirect(16);
  private final ByteBuffer scratch = ByteBuffer.allocateDirect(64);
  private final ArrayDeque<Attempt> attempts = new ArrayDeque<>();
  private final Map<Integer, ServerSocketChannel> backends = new HashMap<>();
  private @Nullable Selector selector;

  private void run() {
    try (Selector opened = Selector.open()) {
      selector = opened;
      watch(opened);
    } catch (IOException | RuntimeException e) {
      if (!closed) {
        failure = e;
      }
    } finally {
      ready.countDown();
    }
  }

  private void watch(Selector selector) throws IOException {
    // Labs start processes all the time: a probe that waits for them measures them.
    RawSocket.goFirst();
    DatagramChannel client = add(DatagramChannel.open());
    client.configureBlocking(false);
    client.register(selector, SelectionKey.OP_READ, (Turn) _ -> readAnswers(client));
    List<byte[]> macs = new ArrayList<>();
    List<RawSocket> news = new ArrayList<>();
    for (int node = 0; node < 2; node++) {
      int number = node;
      String namespace = lab.namespace(FaultLab.node(node));
      DatagramChannel echo = in(namespace, DatagramChannel::open);
      echo.bind(new InetSocketAddress(ECHO_PORT));
      echo.configureBlocking(false);
      echo.register(selector, SelectionKey.OP_READ, (Turn) _ -> echo(echo, number));
      news.add(in(namespace, RawSocket::addresses));
      macs.add(link(FaultLab.node(node)).mac());
      serve(node, true);
    }
    FaultLab.Link asker = link(FaultLab.SERVER);
    InetAddress vip = lab.vipAddress();
    Question question = new Question(asker.mac(), lab.hostAddress(FaultLab.SERVER), vip);
    RawSocket frames =
        in(
            lab.namespace(FaultLab.SERVER),
            () -> RawSocket.frames(asker.index(), question.etherType()));
    InetSocketAddress target = new InetSocketAddress(vip, ECHO_PORT);
    InetSocketAddress frontend = new InetSocketAddress(vip, FRONTEND_PORT);
    long now = System.nanoTime();
    long datagramAt = now;
    long connectionAt = now;
    long claimAt = now;
    long askedAt = now;
    long turnAt = now;
    int claimants = 0;
    ready.countDown();
    while (!closed) {
      now = System.nanoTime();
      if (now - turnAt > STALL_NANOS) {
        synchronized (timeline) {
          timeline.stalled(now - turnAt);
        }
      }
      turnAt = now;
      if (now - datagramAt >= 0) {
        sendProbe(client, target);
        datagramAt = now + DATAGRAM_PERIOD_NANOS;
      }
      if (now - connectionAt >= 0) {
        connect(selector, frontend, now);
        connectionAt = now + CONNECTION_PERIOD_NANOS;
      }
      if (now - claimAt >= 0) {
        synchronized (timeline) {
          timeline.claimed(askedAt, claimants);
        }
        claimants = 0;
        askedAt = now;
        frames.send(question.frame());
        claimAt = now + CLAIM_PERIOD_NANOS;
      }
      selector.select(1);
      for (SelectionKey key : selector.selectedKeys()) {
        if (key.isValid() && key.attachment() instanceof Turn turn) {
          turn.take(key);
        }
      }
      selector.selectedKeys().clear();
      for (int node = 0; node < 2; node++) {
        int number = node;
        news.get(node).read(vip, present -> changed(number, present));
      }
      claimants |= readClaims(frames, question, macs);
      giveUp(System.nanoTime());
      obey();
    }
  }

  private <T extends AutoCloseable> T in(String namespace, Callable<T> open) {
    return add(Netns.call(namespace, open));
  }

  private <T extends AutoCloseable> T add(T made) {
    synchronized (opened) {
      opened.add(made);
    }
    return made;
  }

  private FaultLab.Link link(String host) throws IOException {
    try {
      return lab.link(host);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  private void changed(int node, boolean present) {
    synchronized (timeline) {
      timeline.changed(System.nanoTime(), node, present);
    }
  }

  private void sendProbe(DatagramChannel client, SocketAddress target) {
    probe.clear().limit(1);
    try {
      int ignored = client.send(probe, target);
    } catch (IOException e) {
      // Nobody has the address, or it is not reachable: the missing answer is the measurement.
    }
  }

  private void echo(DatagramChannel echo, int node) {
    try {
      for (SocketAddress from = receive(echo); from != null; from = receive(echo)) {
        scratch.clear().put((byte) node).flip();
        int ignored = echo.send(scratch, from);
      }
    } catch (IOException e) {
      // As above.
    }
  }

  private @Nullable SocketAddress receive(DatagramChannel channel) throws IOException {
    scratch.clear();
    return channel.receive(scratch);
  }

  private void readAnswers(DatagramChannel client) {
    while (true) {
      try {
        if (receive(client) == null) {
          return;
        }
      } catch (IOException e) {
        // "Unreachable", once for each datagram that it is about.
        continue;
      }
      synchronized (timeline) {
        timeline.answered(System.nanoTime(), scratch.get(0));
      }
    }
  }

  private static int readClaims(RawSocket frames, Question question, List<byte[]> macs) {
    int claimants = 0;
    for (ByteBuffer frame = frames.receive(); frame.remaining() > 0; frame = frames.receive()) {
      if (question.isAnswer(frame)) {
        for (int node = 0; node < 2; node++) {
          claimants |= RawSocket.equals(frame, 6, macs.get(node)) ? 1 << node : 0;
        }
      }
    }
    return claimants;
  }

  private void connect(Selector selector, InetSocketAddress frontend, long now) throws IOException {
    SocketChannel channel = SocketChannel.open();
    try {
      channel.configureBlocking(false);
      // Resets: its port is free at once.
      SocketOption<Integer> linger = StandardSocketOptions.SO_LINGER;
      channel.setOption(linger, 0);
      boolean connected = channel.connect(frontend);
      channel.register(
          selector,
          connected ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT,
          (Turn) key -> advance(channel, key));
      attempts.add(new Attempt(channel, now + CONNECTION_LIMIT_NANOS));
    } catch (IOException e) {
      // No route: nobody has answered for the address.
      channel.close();
    }
  }

  private void advance(SocketChannel channel, SelectionKey key) throws IOException {
    try {
      if (key.isConnectable()) {
        if (channel.finishConnect()) {
          key.interestOps(SelectionKey.OP_READ);
        }
        return;
      }
      scratch.clear();
      int read = channel.read(scratch);
      if (read == 0) {
        return;
      }
      if (read > 0) {
        synchronized (timeline) {
          timeline.served(System.nanoTime());
        }
      }
    } catch (IOException e) {
      // Refused, reset, unreachable: not served.
    }
    channel.close();
  }

  private void giveUp(long now) throws IOException {
    for (Attempt first = attempts.peek();
        first != null && (!first.channel().isOpen() || now - first.until() >= 0);
        first = attempts.peek()) {
      first.channel().close();
      attempts.remove();
    }
  }

  private void obey() {
    List<Runnable> now;
    synchronized (orders) {
      if (orders.isEmpty()) {
        return;
      }
      now = List.copyOf(orders);
      orders.clear();
    }
    now.forEach(Runnable::run);
  }

  /** Whoever connects gets one byte; the other side closes. */
  private void serve(int node, boolean up) {
    Selector selector = this.selector;
    if (selector == null || up == backends.containsKey(node)) {
      return;
    }
    try {
      ServerSocketChannel before = backends.remove(node);
      if (before != null) {
        before.close();
        return;
      }
      ServerSocketChannel server = in(lab.namespace(FaultLab.SERVER), ServerSocketChannel::open);
      server.configureBlocking(false);
      server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      server.bind(new InetSocketAddress(backendPort(node)), 1024);
      server.register(selector, SelectionKey.OP_ACCEPT, (Turn) _ -> accept(selector, server));
      backends.put(node, server);
    } catch (IOException e) {
      throw new IllegalStateException("no API server for node " + (node + 1), e);
    }
  }

  private void accept(Selector selector, ServerSocketChannel server) {
    try {
      for (SocketChannel channel = server.accept(); channel != null; channel = server.accept()) {
        try {
          channel.configureBlocking(false);
          int ignored = channel.write(ByteBuffer.wrap(new byte[] {'x'}));
          SocketChannel accepted = channel;
          channel.register(selector, SelectionKey.OP_READ, (Turn) _ -> readToEnd(accepted));
        } catch (IOException e) {
          channel.close();
        }
      }
    } catch (IOException e) {
      // Closed meanwhile.
    }
  }

  private void readToEnd(SocketChannel channel) throws IOException {
    scratch.clear();
    try {
      if (channel.read(scratch) >= 0) {
        return;
      }
    } catch (IOException e) {
      // Reset: the end, too.
    }
    channel.close();
  }

  @Override
  public void close() {
    closed = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (opened) {
      for (AutoCloseable each : opened) {
        try {
          each.close();
        } catch (Exception e) {
          System.err.println("closing a watch: " + e);
        }
      }
      opened.clear();
    }
    for (Attempt attempt : attempts) {
      try {
        attempt.channel().close();
      } catch (IOException e) {
        System.err.println("closing a watch: " + e);
      }
    }
  }
}
