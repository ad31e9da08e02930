package dev.fairlead.lb.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairlead.config.TcpConfig;
import dev.fairlead.lb.SessionEnd;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Attempts to connect, and what sockets are like, changed while connections come. */
@Timeout(60)
class SocketsReloadTest {

  private static final byte[] HELLO = {1, 2, 3};

  /** In /proc/net/tcp. */
  private static final int TICKS_PER_SECOND = 100;

  private static InetSocketAddress refusing() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return new InetSocketAddress(InetAddress.getLoopbackAddress(), socket.getLocalPort());
    }
  }

  @Test
  void howOftenAndWhereItIsTried() throws Exception {
    try (TestPlane plane = new TestPlane(1, refusing(), refusing())) {
      assertThat(tried(plane, 0, 1)).isEqualTo("A");
      assertThat(tried(plane, 2, 1)).isEqualTo("ABA");
      assertThat(tried(plane, 3, 2)).isEqualTo("AABB");
      assertThat(tried(plane, 4, 3)).isEqualTo("AAABB");
      assertThat(tried(plane, 1, 1)).isEqualTo("AB");
      assertThat(plane.ended(SessionEnd.CONNECT_FAILED)).isEqualTo(5);
    }
  }

  /** Servers in the order in which one connection has tried them; A is the first. */
  private static String tried(TestPlane plane, int retries, int redispatchAfter) throws Exception {
    plane.backend(b -> plane.withAttempts(retries, redispatchAfter, TcpConfig.DEFAULT));
    plane.hints.clear();
    long before = plane.ended(SessionEnd.CONNECT_FAILED);
    try (Socket client = plane.connect()) {
      TestPlane.await("the end", () -> plane.ended(SessionEnd.CONNECT_FAILED) > before);
      assertThat(client.isConnected()).isTrue();
    }
    List<String> hints = List.copyOf(plane.hints);
    StringBuilder order = new StringBuilder();
    hints.forEach(server -> order.append(server.equals(hints.getFirst()) ? 'A' : 'B'));
    return order.toString();
  }

  /** The kernel takes one more than it is told. */
  @Test
  void howManyMayWaitToBeAccepted() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, server.address())) {
      plane.frontend(f -> plane.withSockets(TcpConfig.DEFAULT, 1));
      assertAccepts(plane, 2, false);
      // So does a listener that begins with it.
      plane.listenAtOwnPort();
      assertAccepts(plane, 2, false);
      plane.frontend(f -> plane.withSockets(TcpConfig.DEFAULT, 30));
      assertAccepts(plane, 20, true);
      plane.awaitNothingInUse();
    }
  }

  private static void assertAccepts(TestPlane plane, int count, boolean oneMore) throws Exception {
    plane.whileBusy(() -> {
      List<Socket> waiting = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        waiting.add(plane.connect());
      }
      InetSocketAddress address =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), plane.port());
      try (Socket last = new Socket()) {
        if (oneMore) {
          last.connect(address, 10_000);
        } else {
          assertThatThrownBy(() -> last.connect(address, 200))
              .isInstanceOf(SocketTimeoutException.class);
        }
      }
      for (Socket one : waiting) {
        one.close();
      }
    });
    plane.awaitNothingInUse();
  }

  @Test
  void eachSideHasTcpOptionsOfItsOwn() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, server.address())) {
      plane.frontend(f -> plane.withSockets(keepAlive(Duration.ofHours(1)), 1024));
      plane.backend(b -> plane.withAttempts(3, 1, keepAlive(Duration.ofSeconds(7))));
      try (Socket client = plane.connect()) {
        assertEcho(client);
        TestPlane.await(
            "an hour for the client",
            () -> keepAliveTicks(plane.port(), client.getLocalPort()) > 3000 * TICKS_PER_SECOND);
        Socket accepted = Objects.requireNonNull(server.sockets.peek());
        TestPlane.await(
            "seconds for the server, once the session is two seconds old",
            () -> {
              int ticks = keepAliveTicks(accepted.getPort(), accepted.getLocalPort());
              return ticks >= 0 && ticks <= 7 * TICKS_PER_SECOND;
            });
      }
      plane.frontend(f -> plane.withSockets(keepAlive(Duration.ofSeconds(7)), 1024));
      try (Socket client = plane.connect()) {
        assertEcho(client);
        TestPlane.await(
            "seconds for the client",
            () -> {
              int ticks = keepAliveTicks(plane.port(), client.getLocalPort());
              return ticks >= 0 && ticks <= 7 * TICKS_PER_SECOND;
            });
      }
      plane.awaitNothingInUse();
    }
  }

  private static TcpConfig keepAlive(Duration idle) {
    return new TcpConfig(true, idle, Duration.ofSeconds(10), 3, Duration.ofSeconds(60), true);
  }

  /** Until the kernel's next keepalive probe from this port to that one; -1 = there is none due. */
  private static int keepAliveTicks(int from, int to) {
    try {
      return Files.readAllLines(Path.of("/proc/net/tcp")).stream()
          .map(line -> line.strip().split("\\s+"))
          .filter(words ->
              words[1].endsWith(":%04X".formatted(from))
                  && words[2].endsWith(":%04X".formatted(to))
                  && words[5].startsWith("02:"))
          .mapToInt(words -> Integer.parseInt(words[5].substring("02:".length()), 16))
          .findFirst()
          .orElse(-1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void assertEcho(Socket socket) throws IOException {
    socket.getOutputStream().write(HELLO);
    assertThat(socket.getInputStream().readNBytes(HELLO.length)).isEqualTo(HELLO);
  }
}
