package dev.fairlead.lb.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.OutgoingConfig;
import dev.fairlead.config.OutgoingConfig.SendProxyConfig;
import dev.fairlead.config.OutgoingConfig.Source;
import dev.fairlead.config.ProxyVersion;
import dev.fairlead.config.SocketConfig;
import dev.fairlead.config.UnixAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Races of connections that leave in a way of their own: nothing is lost, said twice or swapped.
 */
class RaceWithEdgesTest {

  private static final int V2_HEADER_BYTES = 28;

  private static OutgoingConfig sendProxy(ProxyVersion version, boolean fastOpen) {
    return new OutgoingConfig(
        SocketConfig.NONE,
        fastOpen,
        Source.ANY,
        Optional.of(new SendProxyConfig(version, false, false, SendProxyConfig.Checks.AUTO)));
  }

  private static OutgoingConfig source(boolean client, boolean fastOpen) {
    return new OutgoingConfig(
        SocketConfig.NONE,
        fastOpen,
        new Source(client, Optional.empty(), Optional.empty(), 0, 0),
        Optional.empty());
  }

  /** The header that is expected, in words: the same for both versions. */
  private static String readHeader(Socket socket, ProxyVersion version) throws IOException {
    if (version == ProxyVersion.V1) {
      StringBuilder line = new StringBuilder();
      while (line.isEmpty() || line.charAt(line.length() - 1) != '\n') {
        line.append((char) socket.getInputStream().read());
      }
      String[] words = line.toString().strip().split(" ", -1);
      return words[2] + ":" + words[4];
    }
    byte[] header = socket.getInputStream().readNBytes(V2_HEADER_BYTES);
    assertThat(new String(header, 0, 12, StandardCharsets.ISO_8859_1))
        .isEqualTo("\r\n\r\n\0\r\nQUIT\n");
    ByteBuffer fields = ByteBuffer.wrap(header);
    byte[] address = new byte[4];
    fields.get(16, address);
    return InetAddress.getByAddress(address).getHostAddress()
        + ":"
        + (fields.getShort(24) & 0xffff);
  }

  private static String name(Socket client) {
    return client.getLocalAddress().getHostAddress() + ":" + client.getLocalPort();
  }

  /** Says nothing, but has heard all. */
  private static TestServer listening(
      ProxyVersion version, Collection<String> heard, CountDownLatch thaw) throws IOException {
    return new TestServer(socket -> {
      String who = readHeader(socket, version);
      byte[] hello = socket.getInputStream().readNBytes(Hellos.TLS_13.length);
      assertThat(hello).isEqualTo(Hellos.TLS_13);
      heard.add(who);
      RaceTest.await(thaw);
    });
  }

  private static TestServer echoing(ProxyVersion version, Collection<String> heard)
      throws IOException {
    return new TestServer(socket -> {
      heard.add(readHeader(socket, version));
      TestServer.echo(socket);
    });
  }

  @ParameterizedTest
  @EnumSource(ProxyVersion.class)
  void everyServerThatIsAskedHearsTheHeaderFirst(ProxyVersion version) throws Exception {
    CountDownLatch thaw = new CountDownLatch(1);
    Collection<String> silent = new ConcurrentLinkedQueue<>();
    Collection<String> answering = new ConcurrentLinkedQueue<>();
    try (RaceTest.BlackHole black = new RaceTest.BlackHole();
        TestServer one = listening(version, silent, thaw);
        TestServer two = echoing(version, answering);
        TestPlane plane =
            RaceTest.plane(RaceTest.RULES, black.address(), one.address(), two.address())) {
      for (boolean fastOpen : new boolean[] {false, true}) {
        plane.backend(b -> b.with(sendProxy(version, fastOpen)));
        // The first is late at connecting, the second at answering.
        try (Socket client = plane.connect()) {
          RaceTest.assertEcho(client, Hellos.TLS_13);
          RaceTest.assertEcho(client, new byte[100_000]);
          TestPlane.await("the silent one has heard it", () -> silent.contains(name(client)));
          assertThat(answering).contains(name(client));
        }
      }
      assertThat(RaceTest.races(plane).connects()).isEqualTo(2);
      assertThat(RaceTest.races(plane).hellos()).isEqualTo(2);
      thaw.countDown();
      plane.awaitNothingInUse();
    }
  }

  /** Bytes of an application that were read ahead, to travel with a SYN, stay with one server. */
  @Test
  void withFastOpenNothingButAClientHelloIsOfferedToSeveral() throws Exception {
    byte[] text = "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    CountDownLatch thaw = new CountDownLatch(1);
    try (RaceTest.BlackHole black = new RaceTest.BlackHole();
        TestServer frozen = RaceTest.frozen(thaw);
        TestServer server = TestServer.echo();
        TestPlane plane =
            RaceTest.plane(RaceTest.RULES, black.address(), frozen.address(), server.address())) {
      plane.backend(b -> b.with(source(false, true)));
      try (Socket client = plane.connect()) {
        RaceTest.assertEcho(client, Hellos.TLS_13);
      }
      try (Socket client = plane.connect()) {
        client.getOutputStream().write(text);
        client.setSoTimeout(400);
        assertThat(RaceTest.isSilent(client)).isTrue();
        assertThat(server.accepted.get()).isEqualTo(1);
        thaw.countDown();
        client.setSoTimeout(20_000);
        assertThat(client.getInputStream().readNBytes(text.length)).isEqualTo(text);
        RaceTest.assertEcho(client, new byte[1000]);
      }
      plane.awaitNothingInUse();
    }
  }

  /** Its words are looked for before a server is connected to, and a reset is found instead. */
  @Test
  void aClientThatHasGoneBlamesNoServer() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = RaceTest.plane(RaceTest.RULES, server.address())) {
      plane.backend(b -> b.with(source(false, true)));
      plane.whileBusy(() -> {
        Socket gone = plane.connect();
        gone.setSoLinger(true, 0);
        gone.close();
      });
      TestPlane.await("it has come", () -> plane.status().connections() == 2);
      plane.awaitNothingInUse();
      assertThat(plane.server(0).connectFailures()).isZero();
      assertThat(plane.server(0).localFailures()).isZero();
      assertThat(plane.balancer.failuresInARow("api", "s0")).isZero();
      assertThat(plane.hints).isEmpty();
    }
  }

  /** Needs the right to be anybody (CAP_NET_ADMIN), as the option does. */
  @Test
  void serversSeeTheClientsOwnAddress() throws Exception {
    Collection<String> seen = new ConcurrentLinkedQueue<>();
    CountDownLatch thaw = new CountDownLatch(1);
    try (RaceTest.BlackHole black = new RaceTest.BlackHole();
        TestServer frozen =
            new TestServer(socket -> {
              seen.add(socket.getInetAddress().getHostAddress());
              RaceTest.await(thaw);
            });
        TestServer server =
            new TestServer(socket -> {
              seen.add(socket.getInetAddress().getHostAddress());
              TestServer.echo(socket);
            });
        TestPlane plane =
            RaceTest.plane(RaceTest.RULES, black.address(), frozen.address(), server.address())) {
      plane.backend(b -> b.with(source(true, false)));
      try (Socket client = plane.connectFrom("127.0.0.7")) {
        RaceTest.assertEcho(client, Hellos.TLS_13);
        RaceTest.assertEcho(client, new byte[100_000]);
      }
      assertThat(seen).containsExactly("127.0.0.7", "127.0.0.7");
      thaw.countDown();
      plane.awaitNothingInUse();
    }
  }

  @Test
  void serversMayBeUnixSockets(@TempDir Path directory) throws Exception {
    Path silent = directory.resolve("silent.sock");
    Path answering = directory.resolve("answering.sock");
    try (ServerSocketChannel one = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        ServerSocketChannel two = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      // Its kernel accepts, it does not.
      one.bind(UnixDomainSocketAddress.of(silent));
      two.bind(UnixDomainSocketAddress.of(answering));
      Thread echo = Thread.ofVirtual().start(() -> echo(two));
      InetSocketAddress first = UnixAddress.of("unix:" + silent);
      InetSocketAddress second = UnixAddress.of("unix:" + answering);
      try (TestPlane plane = RaceTest.plane(RaceTest.RULES, first, second)) {
        try (Socket client = plane.connect()) {
          RaceTest.assertEcho(client, Hellos.TLS_13);
          RaceTest.assertEcho(client, new byte[100_000]);
        }
        try (SocketChannel lost = one.accept()) {
          ByteBuffer heard = ByteBuffer.allocate(Hellos.TLS_13.length + 1);
          while (lost.read(heard) > 0) {}
          assertThat(heard.position()).isEqualTo(Hellos.TLS_13.length);
        }
        assertThat(plane.server(1).racing().won()).isEqualTo(1);
        plane.awaitNothingInUse();
      }
      echo.join();
    }
  }

  private static void echo(ServerSocketChannel server) {
    try (SocketChannel peer = server.accept()) {
      ByteBuffer buffer = ByteBuffer.allocate(65536);
      while (peer.read(buffer) >= 0) {
        buffer.flip();
        while (buffer.hasRemaining()) {
          peer.write(buffer);
        }
        buffer.clear();
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
