package dev.fairlead.lb.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairlead.config.BackendConfig.AllDown;
import dev.fairlead.config.ListenerConfig;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.config.ServerConfig.Administrative;
import dev.fairlead.lb.Availability;
import dev.fairlead.lb.ListenException;
import dev.fairlead.lb.LoadBalancer;
import dev.fairlead.lb.SessionEnd;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class RelayTest {

  private static final byte[] HELLO = "hello".getBytes(StandardCharsets.US_ASCII);

  private static InetSocketAddress refusing() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return new InetSocketAddress(InetAddress.getLoopbackAddress(), socket.getLocalPort());
    }
  }

  private static void assertEcho(Socket socket) throws IOException {
    socket.getOutputStream().write(HELLO);
    assertThat(socket.getInputStream().readNBytes(HELLO.length)).isEqualTo(HELLO);
  }

  private static boolean isReset(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read() == -2;
    } catch (SocketException e) {
      return true;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void relaysBothWaysAndEndsInGoodOrder(int loops) throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(loops, server.address())) {
      for (int i = 0; i < 20; i++) {
        try (Socket client = plane.connect()) {
          assertEcho(client);
          client.shutdownOutput();
          assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
      }
      plane.awaitNothingInUse();
      assertThat(plane.ended(SessionEnd.NORMAL)).isEqualTo(20);
      assertThat(plane.status().bytesIn()).isEqualTo(100);
      assertThat(plane.status().bytesOut()).isEqualTo(100);
      assertThat(plane.server(0).connections()).isEqualTo(20);
      assertThat(plane.server(0).bytesToServer()).isEqualTo(100);
    }
  }

  @Test
  void aServerThatSpeaksFirstIsHeardAtOnce() throws Exception {
    try (TestServer server = new TestServer(socket -> socket.getOutputStream().write(HELLO));
        TestPlane plane = new TestPlane(1, server.address())) {
      long slowest = 0;
      for (int i = 0; i < 10; i++) {
        long from = System.nanoTime();
        try (Socket client = plane.connect()) {
          assertThat(client.getInputStream().readNBytes(HELLO.length)).isEqualTo(HELLO);
        }
        slowest = i == 0 ? 0 : Math.max(slowest, System.nanoTime() - from);
      }
      // An acknowledgement that waits for bytes to ride on waits 200 ms in a handshake.
      assertThat(Duration.ofNanos(slowest)).isLessThan(Duration.ofMillis(150));
    }
  }

  @Test
  void smallWritesInARowAreNotHeldBack() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, server.address());
        Socket client = plane.connect()) {
      client.setTcpNoDelay(true);
      assertEcho(client);
      long from = System.nanoTime();
      for (int i = 0; i < 10; i++) {
        // The second of two would wait for the acknowledgement of the first, 40 ms later.
        client.getOutputStream().write(1);
        client.getOutputStream().flush();
        client.getOutputStream().write(2);
        client.getOutputStream().flush();
        assertThat(client.getInputStream().readNBytes(2)).containsExactly(1, 2);
      }
      assertThat(Duration.ofNanos(System.nanoTime() - from)).isLessThan(Duration.ofMillis(300));
    }
  }

  @Test
  void aHalfClosedClientStillGetsItsAnswer() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    try (TestServer server =
            new TestServer(socket -> {
              byte[] request = socket.getInputStream().readAllBytes();
              ended.countDown();
              socket.getOutputStream().write(request);
            });
        TestPlane plane = new TestPlane(1, server.address());
        Socket client = plane.connect()) {
      client.getOutputStream().write(HELLO);
      client.shutdownOutput();
      ended.await();
      assertThat(client.getInputStream().readAllBytes()).isEqualTo(HELLO);
      plane.awaitNothingInUse();
    }
  }

  @Test
  void aHalfClosedServerStillGetsItsRequest() throws Exception {
    AtomicReference<byte[]> got = new AtomicReference<>();
    CountDownLatch done = new CountDownLatch(1);
    try (TestServer server =
            new TestServer(socket -> {
              socket.getOutputStream().write(HELLO);
              socket.shutdownOutput();
              got.set(socket.getInputStream().readAllBytes());
              done.countDown();
            });
        TestPlane plane = new TestPlane(1, server.address());
        Socket client = plane.connect()) {
      assertThat(client.getInputStream().readAllBytes()).isEqualTo(HELLO);
      client.getOutputStream().write(HELLO);
      client.shutdownOutput();
      done.await();
      assertThat(got.get()).isEqualTo(HELLO);
      plane.awaitNothingInUse();
    }
  }

  @Test
  void aHalfClosedSessionThatStaysSilentIsClosed() throws Exception {
    try (TestServer server = new TestServer(socket -> LockSupport.park());
        TestPlane plane = new TestPlane(1, server.address())) {
      plane.frontend(f -> plane.withLimits(0, Duration.ZERO, Duration.ofSeconds(1)));
      try (Socket client = plane.connect()) {
        client.shutdownOutput();
        assertThat(client.getInputStream().read()).isEqualTo(-1);
      }
      plane.awaitNothingInUse();
      assertThat(plane.ended(SessionEnd.HALF_CLOSED_TIMEOUT)).isEqualTo(1);
    }
  }

  @Test
  void aResetOfTheClientIsAResetOfTheServer() throws Exception {
    CountDownLatch reset = new CountDownLatch(1);
    try (TestServer server =
            new TestServer(socket -> {
              try {
                TestServer.echo(socket);
              } catch (SocketException e) {
                reset.countDown();
              }
            });
        TestPlane plane = new TestPlane(1, server.address())) {
      Socket client = plane.connect();
      assertEcho(client);
      client.setSoLinger(true, 0);
      client.close();
      reset.await();
      plane.awaitNothingInUse();
      assertThat(plane.ended(SessionEnd.CLIENT_RESET)).isEqualTo(1);
    }
  }

  /**
   * Then the end of the server is passed to a client whose reset is still unread: ENOTCONN. An
   * exception that reaches Netty's loop makes it sleep for a second, which every session on it
   * notices.
   */
  @Test
  void aServerThatEndsWhileTheClientResetsDelaysNobody() throws Exception {
    try (TestServer server = new TestServer(socket -> socket.getInputStream().read());
        TestPlane plane = new TestPlane(1, server.address())) {
      int delayed = 0;
      for (int i = 0; i < 2000; i++) {
        long start = System.nanoTime();
        try (Socket client = plane.connect()) {
          client.getOutputStream().write(HELLO);
          client.setSoLinger(true, 0);
          // Now the server closes, too: half of the time first.
          LockSupport.parkNanos(i % 20 * 5_000L);
        }
        plane.awaitNothingInUse();
        if (System.nanoTime() - start > 900_000_000L) {
          delayed++;
        }
      }
      // A busy machine can do that to one or two.
      assertThat(delayed).isLessThan(3);
    }
  }

  @Test
  void aResetOfTheServerIsAResetOfTheClient() throws Exception {
    try (TestServer server =
            new TestServer(socket -> {
              socket.getInputStream().read();
              socket.setSoLinger(true, 0);
            });
        TestPlane plane = new TestPlane(1, server.address());
        Socket client = plane.connect()) {
      client.getOutputStream().write(HELLO);
      assertThat(isReset(client)).isTrue();
      plane.awaitNothingInUse();
      assertThat(plane.ended(SessionEnd.SERVER_RESET)).isEqualTo(1);
    }
  }

  @Test
  void aResetOfTheClientIsSeenWhileTheServerTakesNothing() throws Exception {
    CountDownLatch seen = new CountDownLatch(1);
    try (TestServer server = new TestServer(socket -> await(seen));
        TestPlane plane = new TestPlane(1, server.address());
        Socket client = plane.connect()) {
      Thread writer = Thread.ofVirtual().start(() -> write(client, new byte[64 << 20]));
      TestPlane.await(
          "the way is full",
          () -> {
            long before = plane.status().bytesIn();
            LockSupport.parkNanos(100_000_000);
            return before > 0 && plane.status().bytesIn() == before;
          });
      client.setSoLinger(true, 0);
      client.close();
      join(writer);
      plane.awaitNothingInUse();
      assertThat(plane.ended(SessionEnd.CLIENT_RESET)).isEqualTo(1);
      seen.countDown();
    }
  }

  @Test
  void aResetOfAClientThatHadSaidAllIsSeenWhileTheServerIsSilent() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    CountDownLatch seen = new CountDownLatch(1);
    try (TestServer server =
            new TestServer(socket -> {
              socket.getInputStream().readAllBytes();
              ended.countDown();
              await(seen);
            });
        TestPlane plane = new TestPlane(1, server.address());
        Socket client = plane.connect()) {
      client.getOutputStream().write(HELLO);
      client.shutdownOutput();
      ended.await();
      client.setSoLinger(true, 0);
      client.close();
      plane.awaitNothingInUse();
      assertThat(plane.ended(SessionEnd.CLIENT_RESET)).isEqualTo(1);
      seen.countDown();
    }
  }

  @Test
  void anInternalErrorEndsItsOwnSessionOnly() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, server.address());
        Socket bystander = plane.connect()) {
      assertEcho(bystander);
      plane.onHint =
          () -> {
            throw new IllegalStateException("thrown by a test");
          };
      ServerConfig nobody = TestPlane.server("nobody", refusing());
      plane.backend(b -> plane.withServers(nobody));
      for (int i = 0; i < 3; i++) {
        try (Socket client = plane.connect()) {
          assertThat(isReset(client)).isTrue();
        }
        assertEcho(bystander);
      }
      assertThat(plane.ended(SessionEnd.INTERNAL)).isEqualTo(3);
    }
  }

  @Test
  void anInternalErrorInATimeoutLeavesTheTimerAlive() throws Exception {
    try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      InetSocketAddress black =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), full.getLocalPort());
      List<Socket> fillers = fillBacklog(black);
      try (TestPlane plane = new TestPlane(1, black)) {
        plane.onHint =
            () -> {
              throw new IllegalStateException("thrown by a test");
            };
        for (int i = 0; i < 2; i++) {
          try (Socket client = plane.connect()) {
            assertThat(isReset(client)).isTrue();
          }
        }
        assertThat(plane.ended(SessionEnd.INTERNAL)).isEqualTo(2);
      } finally {
        for (Socket filler : fillers) {
          filler.close();
        }
      }
    }
  }

  @Test
  void whatTheKernelHasAcceptedBeforeAStopIsServed() throws Exception {
    try (TestServer server = TestServer.echo()) {
      for (int i = 0; i < 20; i++) {
        CountDownLatch drained = new CountDownLatch(1);
        try (TestPlane plane = new TestPlane(1, server.address());
            Socket client = plane.connect()) {
          plane.balancer.stopAccepting();
          plane.balancer.drain(Duration.ofSeconds(10), drained::countDown);
          LockSupport.parkNanos(1_000_000);
          assertThat(drained.getCount()).as("drained with a client connected").isEqualTo(1);
          assertEcho(client);
          client.close();
          drained.await();
        }
      }
    }
  }

  @Test
  void gigabytesBothWaysWithReadersThatSleepArriveUnchanged() throws Exception {
    long total = 512L << 20;
    CRC32 serverGot = new CRC32();
    CRC32 serverSent = new CRC32();
    CountDownLatch served = new CountDownLatch(1);
    try (TestServer server =
            new TestServer(socket -> {
              Thread writer = Thread.ofPlatform().start(() -> send(socket, total, serverSent, 7));
              receive(socket, total, serverGot, 64);
              join(writer);
              served.countDown();
            });
        TestPlane plane = new TestPlane(1, server.address());
        Socket client = plane.connect()) {
      CRC32 clientSent = new CRC32();
      CRC32 clientGot = new CRC32();
      Thread writer = Thread.ofPlatform().start(() -> send(client, total, clientSent, 11));
      receive(client, total, clientGot, 256);
      join(writer);
      served.await();
      assertThat(clientGot.getValue()).isEqualTo(serverSent.getValue());
      assertThat(serverGot.getValue()).isEqualTo(clientSent.getValue());
      // Counted after the write, which the reader may have seen first.
      TestPlane.await("the last bytes are counted", () -> plane.status().bytesIn() == total);
      TestPlane.await("the last bytes are counted", () -> plane.status().bytesOut() == total);
      assertThat(plane.balancer.snapshot().resources().pipesPooled()).isPositive();
      client.close();
      plane.awaitNothingInUse();
    }
  }

  @Test
  void mixedSizesChangeBetweenCopyAndSpliceWithoutLosingAByte() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, server.address());
        Socket client = plane.connect()) {
      Random random = new Random(42);
      CRC32 sent = new CRC32();
      CRC32 got = new CRC32();
      InputStream in = client.getInputStream();
      for (int i = 0; i < 400; i++) {
        int size = i / 20 % 2 == 0 ? 1 + random.nextInt(500) : 200_000 + random.nextInt(900_000);
        byte[] message = new byte[size];
        random.nextBytes(message);
        sent.update(message);
        Thread writer = Thread.ofPlatform().start(() -> write(client, message));
        got.update(in.readNBytes(size));
        join(writer);
      }
      assertThat(got.getValue()).isEqualTo(sent.getValue());
    }
  }

  @Test
  void theLastBytesOfEachBurstOfAFastStreamAreNotLeftBehind() throws Exception {
    int[] bursts = {1 << 23, 1, 3_000_001, 70_000, 1 << 22, 100, 1 << 20, 200_001};
    byte[] block = new byte[1 << 16];
    try (TestServer server =
            new TestServer(socket -> {
              InputStream in = socket.getInputStream();
              OutputStream out = socket.getOutputStream();
              for (int i = 0; in.read() >= 0; i++) {
                for (int left = bursts[i % bursts.length]; left > 0; left -= block.length) {
                  out.write(block, 0, Math.min(left, block.length));
                }
              }
            });
        TestPlane plane = new TestPlane(1, server.address());
        Socket client = plane.connect()) {
      for (int i = 0; i < 20 * bursts.length; i++) {
        client.getOutputStream().write(i);
        // Whoever waits for the next arrival before it looks waits for ever: we speak first.
        client.getInputStream().skipNBytes(bursts[i % bursts.length]);
      }
      client.shutdownOutput();
      assertThat(client.getInputStream().read()).isEqualTo(-1);
      plane.awaitNothingInUse();
    }
  }

  @Test
  void aReaderThatStandsStillHoldsItsOwnWriterOnly() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, server.address());
        Socket stuck = plane.connect()) {
      Thread writer =
          Thread.ofPlatform().daemon().start(() -> send(stuck, 64 << 20, new CRC32(), 3));
      TestPlane.await(
          "back-pressure",
          () ->
              plane.balancer.snapshot().resources().pipesInUse() > 0
                  || plane.balancer.snapshot().resources().buffersInUse() > 0);
      try (Socket other = plane.connect()) {
        assertEcho(other);
      }
      assertThat(plane.balancer.snapshot().resources().buffersInUse()).isLessThanOrEqualTo(2);
      stuck.setSoLinger(true, 0);
      stuck.close();
      join(writer);
      plane.awaitNothingInUse();
    }
  }

  @Test
  void tenThousandQuickConnectionsLeakNothing() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(2, server.address())) {
      Path fds = Path.of("/proc/self/fd");
      try (Socket client = plane.connect()) {
        assertEcho(client);
      }
      plane.awaitNothingInUse();
      List<Thread> clients = new ArrayList<>();
      AtomicReference<Throwable> failure = new AtomicReference<>();
      for (int t = 0; t < 8; t++) {
        int kind = t;
        clients.add(
            Thread.ofVirtual()
                .start(() -> {
                  try {
                    for (int i = 0; i < 1250; i++) {
                      Socket client = plane.connect();
                      if (kind % 4 != 3) {
                        assertEcho(client);
                      }
                      client.setSoLinger(kind % 2 == 0, 0);
                      client.close();
                    }
                  } catch (Throwable e) {
                    failure.set(e);
                  }
                }));
      }
      for (Thread client : clients) {
        client.join();
      }
      assertThat(failure.get()).isNull();
      plane.awaitNothingInUse();
      assertThat(plane.status().connections()).isEqualTo(10_001);
      server.close();
      TestPlane.await("descriptors", () -> count(fds) < 200);
    }
  }

  private static long count(Path directory) {
    try (java.util.stream.Stream<Path> entries = Files.list(directory)) {
      return entries.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aRefusedConnectGoesToTheNextServerAndIsAHint() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, refusing(), server.address())) {
      for (int i = 0; i < 4; i++) {
        try (Socket client = plane.connect()) {
          assertEcho(client);
        }
      }
      plane.awaitNothingInUse();
      assertThat(plane.hints).containsOnly("s0").hasSizeGreaterThanOrEqualTo(1);
      assertThat(plane.server(0).connectFailures()).isEqualTo(plane.hints.size());
      assertThat(plane.balancer.snapshot().backends().getFirst().redispatches()).isPositive();
      assertThat(plane.ended(SessionEnd.NORMAL)).isEqualTo(4);
    }
  }

  @Test
  void noAttemptConnectsAndTheClientIsResetAtOnce() throws Exception {
    try (TestPlane plane = new TestPlane(1, refusing(), refusing(), refusing())) {
      long begunAt = System.nanoTime();
      try (Socket client = plane.connect()) {
        assertThat(isReset(client)).isTrue();
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begunAt)).isLessThan(Duration.ofMillis(1000));
      plane.awaitNothingInUse();
      assertThat(plane.ended(SessionEnd.CONNECT_FAILED)).isEqualTo(1);
      assertThat(plane.hints).hasSize(4);
    }
  }

  @Test
  void aServerThatDoesNotAnswerIsLeftAfterTheConnectTimeout() throws Exception {
    try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        TestServer server = TestServer.echo()) {
      InetSocketAddress black =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), full.getLocalPort());
      List<Socket> fillers = fillBacklog(black);
      try (TestPlane plane = new TestPlane(1, black, server.address());
          Socket client = plane.connect()) {
        assertEcho(client);
        assertThat(plane.server(0).connectTimeouts()).isEqualTo(1);
      } finally {
        for (Socket filler : fillers) {
          filler.close();
        }
      }
    }
  }

  /** With the accept queue full, Linux drops further SYNs. */
  private static List<Socket> fillBacklog(InetSocketAddress address) throws IOException {
    List<Socket> fillers = new ArrayList<>();
    while (true) {
      Socket filler = new Socket();
      try {
        filler.connect(address, 150);
        fillers.add(filler);
      } catch (java.net.SocketTimeoutException e) {
        filler.close();
        return fillers;
      }
    }
  }

  @Test
  void bytesSentBeforeTheServerIsConnectedAreNotLost() throws Exception {
    try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      InetSocketAddress address =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), full.getLocalPort());
      List<Socket> fillers = fillBacklog(address);
      try (TestPlane plane = new TestPlane(1, address)) {
        plane.backend(b -> plane.withTimeouts(Duration.ofSeconds(10), Duration.ZERO, 0));
        try (Socket client = plane.connect()) {
          client.getOutputStream().write(HELLO);
          client.shutdownOutput();
          TestPlane.await("the session", () -> plane.status().sessions() == 1);
          byte[] got = null;
          for (int i = 0; got == null; i++) {
            try (Socket accepted = full.accept()) {
              if (i >= fillers.size()) {
                got = accepted.getInputStream().readAllBytes();
              }
            }
          }
          assertThat(got).isEqualTo(HELLO);
        }
      } finally {
        for (Socket filler : fillers) {
          filler.close();
        }
      }
    }
  }

  @Test
  void maintenanceOfAllServersRefusesAtOnce() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, server.address());
        Socket sitting = plane.connect()) {
      assertEcho(sitting);
      plane.backend(b -> plane.withServers(inMaintenance(server)));
      assertThat(isReset(sitting)).isTrue();
      try (Socket client = plane.connect()) {
        assertThat(isReset(client)).isTrue();
      }
      plane.awaitNothingInUse();
      assertThat(plane.ended(SessionEnd.NO_SERVER)).isEqualTo(1);
      assertThat(plane.ended(SessionEnd.SERVER_DEAD)).isEqualTo(1);
    }
  }

  private static ServerConfig inMaintenance(TestServer server) {
    return new ServerConfig(
        "s0", server.address(), 1, Administrative.MAINTENANCE, Optional.empty());
  }

  @ParameterizedTest
  @EnumSource(names = {"UNREADY", "REFUSING"})
  void aDeadServerLosesItsSessionsAndOneThatLivesKeepsThem(Availability alive) throws Exception {
    try (TestServer first = TestServer.echo();
        TestServer second = TestServer.echo();
        TestPlane plane = new TestPlane(2, first.address(), second.address());
        Socket one = plane.connect();
        Socket two = plane.connect()) {
      assertEcho(one);
      assertEcho(two);
      plane.balancer.availability("api", "s0", Availability.USABLE);
      plane.balancer.availability("api", "s1", alive);
      assertEcho(one);
      assertEcho(two);
      for (int i = 0; i < 6; i++) {
        try (Socket client = plane.connect()) {
          assertEcho(client);
        }
      }
      long before = plane.server(1).connections();
      assertThat(plane.server(0).connections()).isGreaterThanOrEqualTo(6);
      plane.balancer.availability("api", "s1", Availability.DEAD);
      TestPlane.await("its sessions", () -> plane.server(1).sessions() == 0);
      assertThat(plane.server(1).connections()).isEqualTo(before);
      assertThat(plane.ended(SessionEnd.SERVER_DEAD)).isLessThanOrEqualTo(2);
    }
  }

  @Test
  void closingTheSessionsOfADeadServerIsPaced() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, server.address())) {
      plane.backend(b -> plane.withTimeouts(Duration.ofSeconds(1), Duration.ZERO, 100));
      List<Socket> clients = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        Socket client = plane.connect();
        assertEcho(client);
        clients.add(client);
      }
      long begunAt = System.nanoTime();
      plane.balancer.availability("api", "s0", Availability.DEAD);
      plane.awaitNothingInUse();
      // 100 a second are 10 a tick: the sixty need at least five ticks.
      assertThat(Duration.ofNanos(System.nanoTime() - begunAt))
          .isBetween(Duration.ofMillis(400), Duration.ofSeconds(5));
      for (Socket client : clients) {
        client.close();
      }
    }
  }

  @Test
  void withAllServersDownTheyAreTriedAnywayUnlessToldOtherwise() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, server.address())) {
      plane.balancer.availability("api", "s0", Availability.DEAD);
      try (Socket client = plane.connect()) {
        assertEcho(client);
      }
      plane.backend(b -> plane.withAllDown(AllDown.REFUSE));
      try (Socket client = plane.connect()) {
        assertThat(isReset(client)).isTrue();
      }
      assertThat(plane.ended(SessionEnd.NO_SERVER)).isEqualTo(1);
    }
  }

  @Test
  void idleTimeoutsCloseSilentSessionsAndOnlyThose() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, server.address())) {
      plane.frontend(f -> plane.withLimits(0, Duration.ofSeconds(2), Duration.ZERO));
      try (Socket silent = plane.connect();
          Socket busy = plane.connect()) {
        assertEcho(silent);
        Thread talker =
            Thread.ofPlatform()
                .start(() -> {
                  for (int i = 0; i < 40; i++) {
                    write(busy, HELLO);
                    LockSupport.parkNanos(100_000_000);
                  }
                });
        assertThat(silent.getInputStream().read()).isEqualTo(-1);
        assertThat(plane.ended(SessionEnd.CLIENT_IDLE)).isEqualTo(1);
        join(talker);
        assertThat(busy.getInputStream().readNBytes(200)).hasSize(200);
      }
    }
  }

  @Test
  void theSessionLimitHoldsAndWaitersGetTheirTurn() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(2, server.address())) {
      plane.frontend(f -> plane.withLimits(2, Duration.ZERO, Duration.ZERO));
      Socket one = plane.connect();
      Socket two = plane.connect();
      assertEcho(one);
      assertEcho(two);
      try (Socket waiting = plane.connect()) {
        waiting.getOutputStream().write(HELLO);
        TestPlane.await("the pause", () -> plane.status().maxConnectionsReached() > 0);
        assertThat(plane.status().sessions()).isEqualTo(2);
        one.close();
        assertThat(waiting.getInputStream().readNBytes(HELLO.length)).isEqualTo(HELLO);
      }
      two.close();
      plane.awaitNothingInUse();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aSecondInstanceOnTheSamePortIsRefused(int loops) throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane first = new TestPlane(loops, server.address());
        TestPlane second = new TestPlane(loops, server.address())) {
      ListenerConfig taken = new ListenerConfig("127.0.0.1", first.port());
      assertThatThrownBy(() -> second.frontend(f -> second.withListeners(taken)))
          .isInstanceOf(ListenException.class)
          .hasMessageContaining(taken.toString())
          .hasMessageContaining("another process listens there");
      // The failed change has changed nothing.
      try (Socket client = second.connect()) {
        assertEcho(client);
      }
    }
  }

  @Test
  void aReloadMovesListenersAndKeepsSessions() throws Exception {
    try (TestServer first = TestServer.echo();
        TestServer second = TestServer.echo();
        TestPlane plane = new TestPlane(2, first.address())) {
      int oldPort = plane.port();
      try (Socket sitting = plane.connect()) {
        assertEcho(sitting);
        plane.backend(b -> plane.withServers(TestPlane.server("other", second.address())));
        plane.frontend(f -> plane.withListeners(new ListenerConfig("*", 0)));
        assertThat(plane.port()).isNotEqualTo(oldPort);
        try (Socket client = plane.connect()) {
          assertEcho(client);
        }
        try (Socket client = new Socket("::1", plane.port())) {
          assertEcho(client);
        }
        assertThat(second.accepted).hasValue(2);
        assertEcho(sitting);
        TestPlane.await("the old listener", () -> isRefused(oldPort));
      }
      plane.awaitNothingInUse();
    }
  }

  @Test
  void aListenerThatWasJustRemovedCanComeBackAtOnce() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(2, server.address())) {
      ListenerConfig comesAndGoes = new ListenerConfig("127.0.0.1", plane.listenAtOwnPort());
      for (int i = 0; i < 50; i++) {
        plane.frontend(f -> plane.withListeners(new ListenerConfig("::1", 0)));
        plane.frontend(f -> plane.withListeners(comesAndGoes));
      }
      try (Socket client = plane.connect()) {
        assertEcho(client);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aListenerWidensAndNarrowsOnItsOwnPort(int loops) throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(loops, server.address())) {
      int port = plane.listenAtOwnPort();
      for (String address : List.of("*", "127.0.0.1", "0.0.0.0", "*", "127.0.0.2", "0.0.0.0")) {
        plane.frontend(f -> plane.withListeners(new ListenerConfig(address, port)));
        // Once more: a reload waits for the listeners that the one before it stopped.
        plane.apply();
        String destination = address.startsWith("127") ? address : "127.0.0.3";
        try (Socket client = new Socket(destination, port)) {
          assertEcho(client);
        }
        assertThat(plane.status().listeners()).containsExactly(new ListenerConfig(address, port));
      }
      plane.frontend(f -> plane.withListeners(new ListenerConfig("127.0.0.1", port)));
      plane.apply();
      assertThatThrownBy(() -> new Socket("127.0.0.3", port).close())
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void aWiderListenerTakesNothingBeforeItsCommitAndNothingOfAnotherProcess() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(2, server.address())) {
      int port = plane.listenAtOwnPort();
      LoadBalancer.Change change =
          plane.balancer.prepare(plane.with(new ListenerConfig("*", port)));
      assertThatThrownBy(() -> new Socket("127.0.0.3", port).close())
          .isInstanceOf(IOException.class);
      try (Socket client = plane.connect()) {
        assertEcho(client);
      }
      change.abort();
      try (ServerSocket other = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.3"))) {
        assertThatThrownBy(() -> plane.balancer.prepare(plane.with(new ListenerConfig("*", port))))
            .isInstanceOf(ListenException.class)
            .hasMessageContaining("another process listens there");
        assertThat(other.isBound()).isTrue();
      }
      try (Socket client = plane.connect()) {
        assertEcho(client);
      }
    }
  }

  private static boolean isRefused(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isClosed();
    } catch (IOException e) {
      return true;
    }
  }

  @Test
  void aListenerOnAnAddressThatIsNotHereYetBinds() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(2, server.address())) {
      plane.frontend(f ->
          plane.withListeners(
              new ListenerConfig("192.0.2.77", 0), new ListenerConfig("2001:db8::77", 0)));
      assertThat(plane.status().listeners()).hasSize(2).allMatch(l -> l.port() > 0);
    }
  }

  @Test
  void drainingWaitsForTheLastSessionAndNoLongerThanAllowed() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, server.address())) {
      Socket client = plane.connect();
      assertEcho(client);
      plane.balancer.stopAccepting();
      assertThat(plane.status().accepting()).isFalse();
      CountDownLatch overdue = new CountDownLatch(1);
      plane.balancer.drain(Duration.ofMillis(100), overdue::countDown);
      overdue.await();
      assertEcho(client);
      CountDownLatch drained = new CountDownLatch(1);
      plane.balancer.drain(Duration.ofSeconds(30), drained::countDown);
      client.close();
      drained.await();
    }
  }

  @Test
  void closingResetsWhatIsLeft() throws Exception {
    try (TestServer server = TestServer.echo()) {
      TestPlane plane = new TestPlane(1, server.address());
      try (Socket client = plane.connect()) {
        assertEcho(client);
        LoadBalancer balancer = plane.balancer;
        balancer.close();
        assertThat(isReset(client)).isTrue();
        assertThat(plane.ended(SessionEnd.SHUTDOWN)).isEqualTo(1);
      }
    }
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
      // the test resets this connection, or notices by its checksum
    }
  }

  /** Sleeps a millisecond every {@code naps} reads. */
  private static void receive(Socket socket, long total, CRC32 sum, int naps) throws IOException {
    byte[] buffer = new byte[1 << 17];
    InputStream in = socket.getInputStream();
    int reads = 0;
    for (long got = 0; got < total; ) {
      int n = in.read(buffer, 0, (int) Math.min(buffer.length, total - got));
      assertThat(n).isPositive();
      sum.update(buffer, 0, n);
      got += n;
      if (++reads % naps == 0) {
        LockSupport.parkNanos(5_000_000);
      }
    }
  }

  private static void write(Socket socket, byte[] message) {
    try {
      socket.getOutputStream().write(message);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
