package dev.fairlead.lb.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.BackendConfig.Balance;
import dev.fairlead.config.PlacementConfig;
import dev.fairlead.config.QueueConfig;
import dev.fairlead.lb.SessionEnd;
import dev.fairlead.lb.SessionRecord;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is told of a session when it has ended, by event, with haproxy 2.6's letters. */
@Timeout(60)
class SessionRecordTest {

  @Test
  void inGoodOrder() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, server.address())) {
      int port;
      try (Socket client = plane.connect()) {
        port = client.getLocalPort();
        client.getOutputStream().write(new byte[] {1, 2, 3});
        assertThat(client.getInputStream().readNBytes(3)).hasSize(3);
        client.shutdownOutput();
        assertThat(client.getInputStream().read()).isEqualTo(-1);
      }
      SessionRecord record = next(plane);
      assertThat(record.termination()).isEqualTo("--");
      assertThat(record.end()).isEqualTo(SessionEnd.NORMAL);
      assertThat(record.frontend()).isEqualTo("front");
      assertThat(record.backend()).isEqualTo("api");
      assertThat(record.server()).isEqualTo("s0");
      assertThat(record.client().address()).isEqualTo(InetAddress.getByName("127.0.0.1"));
      assertThat(record.clientPort()).isEqualTo(port);
      assertThat(record.bytesFromClient()).isEqualTo(3);
      assertThat(record.bytesToClient()).isEqualTo(3);
      assertThat(record.queueNanos()).isZero();
      assertThat(record.connectNanos()).isBetween(1L, record.totalNanos());
      assertThat(record.retries()).isZero();
      assertThat(record.counts()).isEqualTo(new SessionRecord.Counts(1, 1, 0, 0, 0, 0));
      assertThat(System.currentTimeMillis() - record.beganAtMillis()).isBetween(0L, 60_000L);
    }
  }

  @Test
  void resetByTheClientOrTheServer() throws Exception {
    try (TestServer server =
            new TestServer(socket -> {
              if (socket.getInputStream().read() == 'r') {
                socket.setSoLinger(true, 0);
                socket.close();
              } else {
                TestServer.echo(socket);
              }
            });
        TestPlane plane = new TestPlane(1, server.address())) {
      Socket client = plane.connect();
      client.getOutputStream().write(new byte[] {'e', 'e'});
      assertThat(client.getInputStream().read()).isEqualTo('e');
      client.setSoLinger(true, 0);
      client.close();
      assertThat(next(plane).termination()).isEqualTo("CD");

      try (Socket other = plane.connect()) {
        other.getOutputStream().write('r');
        assertThat(next(plane).termination()).isEqualTo("SD");
      }
    }
  }

  @Test
  void refusedAndThenAnotherServer() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, refusing(), server.address())) {
      try (Socket client = plane.connect()) {
        client.shutdownOutput();
        assertThat(client.getInputStream().read()).isEqualTo(-1);
      }
      SessionRecord record = next(plane);
      assertThat(record.termination()).isEqualTo("--");
      assertThat(record.server()).isEqualTo("s1");
      assertThat(record.retries()).isEqualTo(1);
      assertThat(record.redispatched()).isTrue();
    }
  }

  @Test
  void refusedEverywhere() throws Exception {
    try (TestPlane plane = new TestPlane(1, refusing());
        Socket client = plane.connect()) {
      SessionRecord record = next(plane);
      assertThat(record.termination()).isEqualTo("SC");
      assertThat(record.server())
          .as("the last that was tried, as haproxy names it")
          .isEqualTo("s0");
      assertThat(record.queueNanos()).isZero();
      assertThat(record.connectNanos()).isEqualTo(-1);
      assertThat(record.retries()).isEqualTo(3);
      assertThat(record.redispatched()).isFalse();
      assertThat(client.isConnected()).isTrue();
    }
  }

  @Test
  void noAnswerAndAClientThatLeavesMeanwhile() throws Exception {
    try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      InetSocketAddress address = (InetSocketAddress) full.getLocalSocketAddress();
      Socket[] fillers = new Socket[4];
      for (int i = 0; i < fillers.length; i++) {
        fillers[i] = new Socket();
        try {
          fillers[i].connect(address, 50);
        } catch (IOException e) {
          // Its queue is full, as it is to be.
          continue;
        }
      }
      try (TestPlane plane = new TestPlane(1, address)) {
        try (Socket client = plane.connect()) {
          assertThat(next(plane).termination()).isEqualTo("sC");
          assertThat(client.isConnected()).isTrue();
        }
        Socket client = plane.connect();
        TestPlane.await(
            "it is connecting", () -> plane.balancer.snapshot().resources().sessions() == 1);
        client.setSoLinger(true, 0);
        client.close();
        assertThat(next(plane).termination()).isEqualTo("CC");
      }
      for (Socket filler : fillers) {
        filler.close();
      }
    }
  }

  @Test
  void inTheQueue() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, server.address())) {
      PlacementConfig placement =
          new PlacementConfig(
              Duration.ZERO, 1, new QueueConfig(2, Duration.ofMillis(600), true), Optional.empty());
      plane.backend(backend ->
          plane.withPlacement(
              Balance.ROUND_ROBIN, placement, TestPlane.server("s0", server.address())));
      Socket first = plane.connect();
      first.getOutputStream().write(1);
      assertThat(first.getInputStream().read()).isEqualTo(1);
      Socket waits = plane.connect();
      TestPlane.await("one waits", () -> waiting(plane) == 1);
      Socket leaves = plane.connect();
      TestPlane.await("two wait", () -> waiting(plane) == 2);
      try (Socket tooMany = plane.connect()) {
        assertThat(next(plane).termination()).isEqualTo("SQ");
        assertThat(tooMany.isConnected()).isTrue();
      }
      leaves.setSoLinger(true, 0);
      leaves.close();
      SessionRecord left = next(plane);
      assertThat(left.termination()).isEqualTo("CQ");
      assertThat(left.server()).isNull();
      assertThat(left.counts().aheadForAny()).isEqualTo(1);
      assertThat(left.counts().backend()).as("one served, one waiting").isEqualTo(2);
      SessionRecord timedOut = next(plane);
      assertThat(timedOut.termination()).isEqualTo("sQ");
      assertThat(timedOut.queueNanos()).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(500));
      assertThat(timedOut.connectNanos()).isEqualTo(-1);
      waits.close();
      first.close();
    }
  }

  @Test
  void idleAndHalfClosed() throws Exception {
    try (TestServer server =
            new TestServer(socket -> {
              if (socket.getInputStream().read() == 'e') {
                socket.shutdownOutput();
              }
              socket.getInputStream().transferTo(OutputStream.nullOutputStream());
              socket.getInputStream().read();
            });
        TestPlane plane = new TestPlane(1, server.address())) {
      plane.frontend(front -> plane.withLimits(0, Duration.ofMillis(300), Duration.ZERO));
      try (Socket client = plane.connect()) {
        assertThat(next(plane).termination()).isEqualTo("cD");
        assertThat(client.isConnected()).isTrue();
      }
      plane.frontend(front -> plane.withLimits(0, Duration.ZERO, Duration.ofMillis(300)));
      try (Socket client = plane.connect()) {
        client.getOutputStream().write('e');
        assertThat(next(plane).termination()).as("the client stays silent").isEqualTo("cD");
      }
      plane.backend(
          backend -> plane.withTimeouts(Duration.ofMillis(400), Duration.ofMillis(300), 0));
      try (Socket client = plane.connect()) {
        assertThat(next(plane).termination()).isEqualTo("sD");
        assertThat(client.isConnected()).isTrue();
      }
    }
  }

  private static long waiting(TestPlane plane) {
    return plane.balancer.snapshot().backends().getFirst().queue().waiting();
  }

  private static InetSocketAddress refusing() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return (InetSocketAddress) socket.getLocalSocketAddress();
    }
  }

  private static SessionRecord next(TestPlane plane) throws InterruptedException {
    SessionRecord record = plane.records.poll(20, TimeUnit.SECONDS);
    assertThat(record).as("the record of a session that has ended").isNotNull();
    return Objects.requireNonNull(record);
  }
}
