package dev.fairlead.lb.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.lb.LoadBalancerSnapshot;
import dev.fairlead.lb.SessionEnd;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is short, and who must not notice. */
@Timeout(60)
class PressureTest {

  private static final byte[] HELLO = "hello".getBytes(StandardCharsets.US_ASCII);

  @Test
  void withoutAPipeBulkIsCopiedAndArrivesUnchanged() throws Exception {
    long each = 48L << 20;
    int streams = 4;
    try (TestServer server = new TestServer(socket -> send(socket, each, new CRC32(), 5));
        TestPlane plane = new TestPlane(1, new PoolLimits(64, 0), server.address())) {
      CRC32 sent = checksum(each, 5);
      List<AtomicLong> sums = new ArrayList<>();
      List<Thread> readers = new ArrayList<>();
      for (int i = 0; i < streams; i++) {
        AtomicLong sum = new AtomicLong();
        sums.add(sum);
        Socket client = plane.connect();
        readers.add(Thread.ofPlatform().start(() -> sum.set(received(client, each))));
      }
      for (Thread reader : readers) {
        reader.join();
      }
      assertThat(sums).extracting(AtomicLong::get).containsOnly(sent.getValue());
      LoadBalancerSnapshot.Resources used = plane.balancer.snapshot().resources();
      assertThat(used.pipesRefused()).isPositive();
      assertThat(used.pipesPooled()).isZero();
      plane.awaitNothingInUse();
    }
  }

  @Test
  void readersThatStandStillTakeAllBuffersAndNobodyElseNotices() throws Exception {
    int stalled = 24;
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, new PoolLimits(8, 0), server.address());
        Socket old = plane.connect()) {
      assertEcho(old);
      List<Socket> still = new ArrayList<>();
      List<Thread> writers = new ArrayList<>();
      for (int i = 0; i < stalled; i++) {
        Socket client = plane.connect();
        still.add(client);
        writers.add(
            Thread.ofPlatform().daemon().start(() -> send(client, 64 << 20, new CRC32(), 3)));
      }
      TestPlane.await(
          "more are stalled than there are buffers",
          () -> plane.balancer.snapshot().resources().buffersInUse() >= stalled);
      for (int i = 0; i < 200; i++) {
        assertEcho(old);
      }
      try (Socket late = plane.connect()) {
        for (int i = 0; i < 200; i++) {
          assertEcho(late);
        }
      }
      // Eight of 64 KiB, and as many bytes again in small ones.
      assertThat(plane.balancer.snapshot().resources().buffersInUse())
          .isLessThanOrEqualTo(8 + 8 * 16);
      TestPlane.await(
          "all the others are still there", () -> plane.status().sessions() == stalled + 1);
      for (Socket client : still) {
        client.setSoLinger(true, 0);
        client.close();
      }
      for (Thread writer : writers) {
        writer.join();
      }
      assertEcho(old);
      old.close();
      plane.awaitNothingInUse();
      assertThat(plane.ended(SessionEnd.RESOURCES)).isZero();
      assertThat(plane.ended(SessionEnd.INTERNAL)).isZero();
    }
  }

  /** Whoever has to wait goes on by itself as soon as somebody else's bytes have gone. */
  @Test
  void withNoBufferAtAllReadsWaitAndGoOnAndNoSessionEnds() throws Exception {
    long each = 8L << 20;
    CountDownLatch mayRead = new CountDownLatch(1);
    try (TestServer server = new TestServer(socket -> send(socket, each, new CRC32(), 5));
        TestPlane plane = new TestPlane(1, new PoolLimits(1, 0), server.address())) {
      int clients = 40;
      AtomicLong right = new AtomicLong();
      long wanted = checksum(each, 5).getValue();
      List<Thread> readers = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        Socket client = new Socket();
        client.setReceiveBufferSize(8 << 10);
        client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), plane.port()));
        readers.add(
            Thread.ofPlatform()
                .start(() -> {
                  await(mayRead);
                  if (received(client, each) == wanted) {
                    right.incrementAndGet();
                  }
                }));
      }
      TestPlane.await(
          "somebody has to wait",
          () -> plane.balancer.snapshot().resources().bufferShortages() > 0);
      mayRead.countDown();
      for (Thread reader : readers) {
        reader.join();
      }
      assertThat(right).hasValue(clients);
      plane.awaitNothingInUse();
      assertThat(plane.ended(SessionEnd.NORMAL)).isEqualTo(clients);
    }
  }

  /** The JVM ends when its heap is used up, and with it all sessions there are. */
  @Test
  void whomTheHeapHasNoRoomForWaitsAndTheOthersLive() throws Exception {
    int most = 10;
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(2, new PoolLimits(64, 0, most), server.address())) {
      List<Socket> living = new ArrayList<>();
      for (int i = 0; i < most; i++) {
        Socket client = plane.connect();
        living.add(client);
        assertEcho(client);
      }
      List<Socket> waiting = new ArrayList<>();
      for (int i = 0; i < most; i++) {
        Socket client = plane.connect();
        waiting.add(client);
        client.getOutputStream().write(HELLO);
      }
      TestPlane.await("a pause", () -> plane.status().maxConnectionsReached() > 0);
      for (Socket client : living) {
        assertEcho(client);
      }
      assertThat(plane.status().connections()).isEqualTo(most);
      for (Socket client : living) {
        client.close();
      }
      for (Socket client : waiting) {
        assertThat(client.getInputStream().readNBytes(HELLO.length)).isEqualTo(HELLO);
        client.close();
      }
      plane.awaitNothingInUse();
      assertThat(plane.ended(SessionEnd.NORMAL)).isEqualTo(2 * most);
    }
  }

  @Test
  void aSlowReaderBehindAFastWriterCostsOneBuffer() throws Exception {
    AtomicReference<CRC32> sent = new AtomicReference<>(new CRC32());
    AtomicLong written = new AtomicLong();
    CountDownLatch enough = new CountDownLatch(1);
    try (TestServer server =
            new TestServer(socket -> {
              byte[] block = new byte[1 << 16];
              Random random = new Random(1);
              CRC32 sum = sent.get();
              while (enough.getCount() > 0) {
                random.nextBytes(block);
                socket.getOutputStream().write(block);
                sum.update(block);
                written.addAndGet(block.length);
              }
            });
        TestPlane plane = new TestPlane(1, server.address());
        Socket client = plane.connect()) {
      CRC32 got = new CRC32();
      byte[] buffer = new byte[8 << 10];
      InputStream in = client.getInputStream();
      int most = 0;
      long until = System.nanoTime() + Duration.ofSeconds(5).toNanos();
      while (System.nanoTime() - until < 0) {
        got.update(buffer, 0, in.read(buffer));
        LoadBalancerSnapshot.Resources used = plane.balancer.snapshot().resources();
        most = Math.max(most, used.buffersInUse() + used.pipesInUse());
        LockSupport.parkNanos(2_000_000);
      }
      assertThat(most).isEqualTo(1);
      long ahead = plane.status().bytesOut();
      // What the kernel keeps between the two, and no more: its largest buffers.
      assertThat(written.get() - ahead).isLessThan(32 << 20);
      enough.countDown();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        got.update(buffer, 0, n);
      }
      assertThat(got.getValue()).isEqualTo(sent.get().getValue());
      client.close();
      plane.awaitNothingInUse();
    }
  }

  @Test
  void fiftyThousandThatConnectAndResetLeakNothingAndHoldUpNobody() throws Exception {
    int threads = 8;
    int each = 6250;
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, server.address());
        Socket bystander = plane.connect()) {
      assertEcho(bystander);
      long descriptors = openDescriptors();
      InetSocketAddress address =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), plane.port());
      AtomicReference<Throwable> failure = new AtomicReference<>();
      List<Thread> clients = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        clients.add(
            Thread.ofPlatform()
                .start(() -> {
                  try {
                    for (int i = 0; i < each; i++) {
                      try (SocketChannel client = SocketChannel.open(address)) {
                        client.setOption(StandardSocketOptions.SO_LINGER, 0);
                      }
                    }
                  } catch (IOException | RuntimeException e) {
                    failure.set(e);
                  }
                }));
      }
      long slowest = 0;
      while (clients.stream().anyMatch(Thread::isAlive)) {
        long asked = System.nanoTime();
        assertEcho(bystander);
        slowest = Math.max(slowest, System.nanoTime() - asked);
      }
      assertThat(failure.get()).isNull();
      assertThat(Duration.ofNanos(slowest)).isLessThan(Duration.ofSeconds(1));
      // Whoever resets before there is room in the kernel's queue is never seen.
      assertThat(plane.status().connections()).isGreaterThan(20_000);
      TestPlane.await("all but one have ended", () -> plane.status().sessions() == 1);
      assertEcho(bystander);
      server.sockets.removeIf(Socket::isClosed);
      TestPlane.await("their descriptors", () -> openDescriptors() <= descriptors + 2);
      assertThat(plane.ended(SessionEnd.INTERNAL)).isZero();
      assertThat(plane.ended(SessionEnd.RESOURCES)).isZero();
    }
  }

  @Test
  void aServerThatAcceptsAndNeverAnswersHoldsItsOwnClientsUntilTheyLeave() throws Exception {
    CountDownLatch silence = new CountDownLatch(1);
    try (TestServer mute = new TestServer(socket -> await(silence));
        TestServer echo = TestServer.echo();
        TestPlane plane = new TestPlane(1, mute.address(), echo.address())) {
      List<Socket> held = new ArrayList<>();
      // In turn: every other client is led to the mute one.
      for (int i = 0; i < 100; i++) {
        Socket client = plane.connect();
        client.getOutputStream().write(HELLO);
        if (i % 2 == 0) {
          held.add(client);
          continue;
        }
        assertThat(client.getInputStream().readNBytes(HELLO.length)).isEqualTo(HELLO);
        client.close();
      }
      TestPlane.await("only they are left", () -> plane.status().sessions() == held.size());
      assertThat(plane.server(0).sessions()).isEqualTo(50);
      assertThat(plane.server(0).bytesToServer()).isEqualTo(50L * HELLO.length);
      for (Socket client : held.subList(0, 25)) {
        client.setSoLinger(true, 0);
        client.close();
      }
      TestPlane.await("who resets is forgotten", () -> plane.server(0).sessions() == 25);
      plane.backend(b -> plane.withTimeouts(Duration.ofMillis(400), Duration.ofSeconds(1), 0));
      // The timeout is for connections made from now on, and those before it have none.
      try (Socket impatient = plane.connect();
          Socket answered = plane.connect()) {
        answered.getOutputStream().write(HELLO);
        assertThat(impatient.getInputStream().read()).isEqualTo(-1);
      }
      assertThat(plane.ended(SessionEnd.SERVER_IDLE)).isPositive();
      assertThat(plane.server(0).sessions()).isEqualTo(25);
      for (Socket client : held) {
        client.close();
      }
      silence.countDown();
      plane.awaitNothingInUse();
    }
  }

  @Test
  void aBurstLargerThanTheBacklogIsServedToTheLast() throws Exception {
    int burst = 3000;
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(2, server.address());
        Selector selector = Selector.open()) {
      InetSocketAddress address =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), plane.port());
      // 1,024 wait in the kernel's queue; whose SYN finds it full tries again after a second.
      for (int i = 0; i < burst; i++) {
        SocketChannel client = SocketChannel.open();
        client.configureBlocking(false);
        client.connect(address);
        client.register(selector, SelectionKey.OP_CONNECT);
      }
      int answered = 0;
      ByteBuffer buffer = ByteBuffer.allocateDirect(64);
      long until = System.nanoTime() + Duration.ofSeconds(30).toNanos();
      while (answered < burst) {
        assertThat(System.nanoTime() - until).as("answered %d", answered).isNegative();
        selector.select(100);
        for (SelectionKey key : selector.selectedKeys()) {
          SocketChannel client = (SocketChannel) key.channel();
          if (key.isConnectable()) {
            client.finishConnect();
            client.write(ByteBuffer.wrap(HELLO));
            key.interestOps(SelectionKey.OP_READ);
            continue;
          }
          buffer.clear();
          assertThat(client.read(buffer)).isEqualTo(HELLO.length);
          client.close();
          answered++;
        }
        selector.selectedKeys().clear();
      }
      assertThat(plane.status().connections()).isEqualTo(burst);
      plane.awaitNothingInUse();
      assertThat(plane.ended(SessionEnd.NORMAL)).isEqualTo(burst);
    }
  }

  private static void assertEcho(Socket socket) throws IOException {
    socket.getOutputStream().write(HELLO);
    assertThat(socket.getInputStream().readNBytes(HELLO.length)).isEqualTo(HELLO);
  }

  private static long openDescriptors() {
    try (Stream<Path> entries = Files.list(Path.of("/proc/self/fd"))) {
      return entries.count();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static CRC32 checksum(long total, int seed) {
    CRC32 sum = new CRC32();
    Random random = new Random(seed);
    byte[] block = new byte[1 << 18];
    for (long made = 0; made < total; made += block.length) {
      random.nextBytes(block);
      sum.update(block);
    }
    return sum;
  }

  private static void send(Socket socket, long total, CRC32 sum, int seed) {
    Random random = new Random(seed);
    byte[] block = new byte[1 << 18];
    try {
      OutputStream out = socket.getOutputStream();
      for (long sent = 0; sent < total; sent += block.length) {
        random.nextBytes(block);
        sum.update(block);
        out.write(block);
      }
    } catch (IOException e) {
      // The test resets this connection, or notices by its checksum.
    }
  }

  /** The checksum of all that comes; it pauses now and then. */
  private static long received(Socket socket, long total) {
    CRC32 sum = new CRC32();
    byte[] buffer = new byte[1 << 16];
    int reads = 0;
    try (socket) {
      InputStream in = socket.getInputStream();
      long got = 0;
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        sum.update(buffer, 0, n);
        got += n;
        if (++reads % 64 == 0) {
          LockSupport.parkNanos(2_000_000);
        }
      }
      return got == total ? sum.getValue() : -got;
    } catch (SocketException e) {
      return -1;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
