package dev.fairlead.lb.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.DataPath;
import dev.fairlead.lb.LoadBalancerSnapshot;
import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class DataPathTest {

  private static DataPath inUse(TestPlane plane) {
    return plane.balancer.snapshot().loops().getFirst().dataPath();
  }

  private static void assertEcho(Socket socket, byte[] message) throws IOException {
    socket.getOutputStream().write(message);
    assertThat(socket.getInputStream().readNBytes(message.length)).isEqualTo(message);
  }

  private static List<Socket> connected(TestPlane plane, int count) throws IOException {
    List<Socket> clients = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Socket client = plane.connect();
      assertEcho(client, new byte[] {1});
      clients.add(client);
    }
    return clients;
  }

  private static void close(List<Socket> clients) throws IOException {
    for (Socket client : clients) {
      client.close();
    }
  }

  /** All speak before any of them listens. */
  private static void assertEchoAtOnce(List<Socket> clients, byte[] message) throws IOException {
    for (Socket client : clients) {
      client.getOutputStream().write(message);
    }
    for (Socket client : clients) {
      assertThat(client.getInputStream().readNBytes(message.length)).isEqualTo(message);
    }
  }

  @Test
  void oneConnectionAloneNeedsNoRing() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, server.address())) {
      plane.dataPath(DataPath.AUTO);
      plane.dataPath(DataPath.EPOLL);
      plane.dataPath(DataPath.AUTO);
      try (Socket client = plane.connect()) {
        for (int i = 0; i < 200; i++) {
          assertEcho(client, new byte[] {(byte) i});
        }
        assertThat(inUse(plane)).isEqualTo(DataPath.EPOLL);
      }
    }
  }

  @Test
  void manyThatSpeakAtOnceShareOne() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, server.address())) {
      plane.dataPath(DataPath.EPOLL);
      List<Socket> clients = connected(plane, 50);
      assertEchoAtOnce(clients, new byte[100]);
      assertThat(inUse(plane)).isEqualTo(DataPath.EPOLL);
      plane.dataPath(DataPath.AUTO);
      // How many come together is the scheduler's choice, but not for ever.
      while (inUse(plane) != DataPath.IO_URING) {
        assertEchoAtOnce(clients, new byte[100]);
      }
      assertEchoAtOnce(clients, new byte[100]);
      close(clients);
      plane.awaitNothingInUse();
    }
  }

  @Test
  void aReloadChangesItUnderLivingConnections() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, server.address())) {
      List<Socket> clients = connected(plane, 5);
      byte[] message = new byte[3000];
      for (DataPath path :
          List.of(DataPath.IO_URING, DataPath.EPOLL, DataPath.IO_URING, DataPath.EPOLL)) {
        new Random(7).nextBytes(message);
        plane.dataPath(path);
        TestPlane.await(path.name(), () -> inUse(plane) == path);
        assertEchoAtOnce(clients, message);
        for (Socket client : clients) {
          assertEcho(client, message);
        }
      }
      close(clients);
      plane.awaitNothingInUse();
    }
  }

  /** Around what one slot of a batch holds, what makes bulk, and what splice moves. */
  @ParameterizedTest
  @ValueSource(ints = {1, 4095, 4096, 4097, 8192, 12288, 16384, 100_000, 1_000_000})
  void everySizeComesThroughOnManyConnectionsAtOnce(int size) throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, server.address())) {
      plane.dataPath(DataPath.IO_URING);
      byte[] message = new byte[size];
      new Random(size).nextBytes(message);
      List<Socket> clients = connected(plane, 8);
      List<CompletableFuture<Void>> writers = new ArrayList<>();
      for (Socket client : clients) {
        writers.add(
            CompletableFuture.runAsync(
                () -> {
                  try {
                    OutputStream out = client.getOutputStream();
                    out.write(message);
                    out.write(message);
                  } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                  }
                },
                task -> Thread.ofVirtual().start(task)));
      }
      for (Socket client : clients) {
        assertThat(client.getInputStream().readNBytes(size)).isEqualTo(message);
        assertThat(client.getInputStream().readNBytes(size)).isEqualTo(message);
      }
      writers.forEach(CompletableFuture::join);
      close(clients);
      plane.awaitNothingInUse();
    }
  }

  /** A reader that stands still keeps small writes in small buffers, and has all of them later. */
  @ParameterizedTest
  @EnumSource(
      value = DataPath.class,
      names = {"EPOLL", "IO_URING"})
  void whatASlowReaderHasNotTakenIsKept(DataPath path) throws Exception {
    int total = 24 << 20;
    byte[] piece = new byte[1000];
    new Random(3).nextBytes(piece);
    TestServer.Behaviour drip =
        socket -> {
          int ignored = socket.getInputStream().read();
          assertThat(ignored).isEqualTo(9);
          OutputStream out = socket.getOutputStream();
          for (int sent = 0; sent < total; sent += piece.length) {
            out.write(piece);
          }
        };
    try (TestServer server = new TestServer(drip);
        TestPlane plane = new TestPlane(1, server.address())) {
      plane.dataPath(path);
      List<Socket> clients = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        Socket client = plane.connect();
        client.getOutputStream().write(9);
        clients.add(client);
      }
      TestPlane.await(
          "all stand still",
          () -> {
            LoadBalancerSnapshot.Resources used = plane.balancer.snapshot().resources();
            return used.buffersInUse() + used.pipesInUse() >= 2;
          });
      for (Socket client : clients) {
        int whole = (total + piece.length - 1) / piece.length;
        for (int i = 0; i < whole; i++) {
          assertThat(client.getInputStream().readNBytes(piece.length)).isEqualTo(piece);
        }
        assertThat(client.getInputStream().read()).isEqualTo(-1);
      }
      close(clients);
      plane.awaitNothingInUse();
    }
  }

  @Test
  void aRingThatTheKernelRefusesIsAReasonAndNoException() {
    RingCalls.load();
    Ring.Opening refused = Ring.open(1 << 20);
    assertThat(refused.ring()).isNull();
    assertThat(refused.refusal()).isNotEmpty();
  }

  @Test
  void aRingDoesWhatWasAddedAndTellsWhatCameOfIt() throws Exception {
    Epoll.ensureAvailability();
    RingCalls.load();
    Ring ring = Ring.open(4).ring();
    Chunk memory = new Chunk(64);
    assertThat(ring).isNotNull();
    try {
      for (int slot = 0; slot < 4; slot++) {
        ring.slot(slot, memory.address() + slot * 16L, 16);
      }
      // No socket has this number.
      ring.receive(0, 1 << 20);
      ring.send(1, 1 << 20, 5, false);
      assertThat(ring.submit()).isTrue();
      assertThat(ring.received(0)).isEqualTo(-9);
      assertThat(ring.sent(1)).isEqualTo(-9);
      // Its indices wrap after a few turns.
      for (int turn = 0; turn < 100; turn++) {
        ring.receive(2, 1 << 20);
        ring.receive(3, 1 << 20);
        ring.send(0, 1 << 20, 5, true);
        assertThat(ring.submit()).isTrue();
        assertThat(ring.received(3)).isEqualTo(-9);
      }
    } finally {
      ring.close();
      memory.free();
    }
  }
}
