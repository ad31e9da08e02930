package dev.fairlead.lb.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairlead.config.AccessList;
import dev.fairlead.config.EntranceConfig;
import dev.fairlead.config.EntranceConfig.AcceptProxyConfig;
import dev.fairlead.config.EntranceConfig.UnixSocketConfig;
import dev.fairlead.config.ListenerConfig;
import dev.fairlead.config.OutgoingConfig;
import dev.fairlead.config.OutgoingConfig.SendProxyConfig;
import dev.fairlead.config.OutgoingConfig.Source;
import dev.fairlead.config.ProxyVersion;
import dev.fairlead.config.SocketConfig;
import dev.fairlead.config.SourceLimitsConfig;
import dev.fairlead.config.SourceLimitsConfig.WhenFull;
import dev.fairlead.config.UnixAddress;
import dev.fairlead.lb.ListenException;
import dev.fairlead.lb.Rejection;
import dev.fairlead.lb.SessionEnd;
import dev.fairlead.lb.proxy.Endpoints;
import dev.fairlead.lb.proxy.ProxyHeaderWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is let in, what servers are told of him, and the sockets that are not just TCP on a port. */
@Timeout(60)
class EntranceTest {

  private static final byte[] HELLO = "hello".getBytes(StandardCharsets.US_ASCII);
  private static final Duration SOON = Duration.ofMillis(300);
  private static final Duration LATE = Duration.ofSeconds(30);

  private static EntranceConfig acceptProxy(AccessList from, boolean rejectOthers, Duration limit) {
    return with(
        Optional.of(new AcceptProxyConfig(from, rejectOthers, limit)),
        AccessList.EVERYBODY,
        SourceLimitsConfig.NONE);
  }

  private static EntranceConfig with(
      Optional<AcceptProxyConfig> accept, AccessList access, SourceLimitsConfig limits) {
    return new EntranceConfig(
        SocketConfig.NONE, false, 0, UnixSocketConfig.DEFAULT, accept, access, limits);
  }

  private static AccessList list(boolean allow, String... networks) {
    AccessList.Builder builder = new AccessList.Builder();
    for (String network : networks) {
      builder.add(InetAddress.ofLiteral(network), 32, allow);
    }
    return builder.build();
  }

  private static SourceLimitsConfig limits(int connections, int rate, Duration per) {
    return new SourceLimitsConfig(connections, rate, per, 64, 32, 64, WhenFull.ACCEPT);
  }

  private static OutgoingConfig sendProxy(ProxyVersion version, boolean tlvs, boolean crc) {
    return new OutgoingConfig(
        SocketConfig.NONE,
        false,
        Source.ANY,
        Optional.of(new SendProxyConfig(version, tlvs, crc, SendProxyConfig.Checks.AUTO)));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] concat(byte[]... parts) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.write(part);
    }
    return all.toByteArray();
  }

  /** Sends, ends, and returns everything that came back. */
  private static byte[] exchange(Socket client, byte[] bytes) throws IOException {
    client.getOutputStream().write(bytes);
    client.shutdownOutput();
    return client.getInputStream().readAllBytes();
  }

  private static boolean isReset(Socket client) throws IOException {
    try {
      return client.getInputStream().read() == -2;
    } catch (SocketException e) {
      return true;
    }
  }

  private static void awaitRejected(TestPlane plane, Rejection why, long count) {
    TestPlane.await(
        why + " " + count, () -> plane.status().rejected().getOrDefault(why, 0L) == count);
  }

  @Test
  void aHeaderIsTakenOffAndWhatFollowsIsRelayed() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(2, server.address())) {
      plane.frontend(f -> f.with(acceptProxy(AccessList.EVERYBODY, false, LATE)));
      try (Socket client = plane.connect()) {
        assertThat(exchange(client, bytes("PROXY TCP4 10.1.2.3 10.9.9.9 4711 443\r\nhello")))
            .isEqualTo(HELLO);
      }
      // In pieces, as a network may bring it.
      try (Socket client = plane.connect()) {
        for (byte b : bytes("PROXY TCP6 fd00::1 fd00::2 1 2\r\n")) {
          client.getOutputStream().write(b);
          client.getOutputStream().flush();
        }
        assertThat(exchange(client, HELLO)).isEqualTo(HELLO);
      }
      plane.awaitNothingInUse();
      assertThat(plane.status().bytesIn()).isEqualTo(2 * HELLO.length);
      assertThat(plane.ended(SessionEnd.NORMAL)).isEqualTo(2);
    }
  }

  @Test
  void serversAreToldOfTheClientInTheHeaderTheyWant() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, server.address())) {
      plane.frontend(f -> f.with(acceptProxy(AccessList.EVERYBODY, false, LATE)));
      byte[] tlvs = {0x02, 0, 3, 'a', 'p', 'i'};
      byte[] v1 = bytes("PROXY TCP4 10.1.2.3 10.9.9.9 4711 443\r\n");
      plane.backend(b -> b.with(sendProxy(ProxyVersion.V1, false, false)));
      try (Socket client = plane.connect()) {
        assertThat(exchange(client, concat(v1, HELLO))).isEqualTo(concat(v1, HELLO));
      }
      Endpoints endpoints = new Endpoints(0, 0xffff_0a01_0203L, 4711, 0, 0xffff_0a09_0909L, 443);
      byte[] expected = ProxyHeaderWriter.v2(endpoints, tlvs, true);
      plane.backend(b -> b.with(sendProxy(ProxyVersion.V2, true, true)));
      try (Socket client = plane.connect()) {
        assertThat(exchange(client, concat(expected, HELLO))).isEqualTo(concat(expected, HELLO));
      }
      plane.backend(b -> b.with(sendProxy(ProxyVersion.V2, false, false)));
      try (Socket client = plane.connect()) {
        assertThat(exchange(client, concat(expected, HELLO)))
            .isEqualTo(concat(ProxyHeaderWriter.v2(endpoints, new byte[0], false), HELLO));
      }
      plane.awaitNothingInUse();
    }
  }

  @Test
  void withoutAHeaderServersAreToldOfTheConnectionItself() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, server.address())) {
      plane.backend(b -> b.with(sendProxy(ProxyVersion.V1, false, false)));
      try (Socket client = plane.connectFrom("127.0.0.9")) {
        String line =
            "PROXY TCP4 127.0.0.9 127.0.0.1 %d %d\r\n"
                .formatted(client.getLocalPort(), plane.port());
        assertThat(exchange(client, HELLO)).isEqualTo(concat(bytes(line), HELLO));
      }
    }
  }

  @Test
  void whoeverIsNotTrustedIsAClientOrNotWanted() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, server.address())) {
      AccessList trusted = list(true, "127.0.0.7");
      byte[] header = bytes("PROXY TCP4 10.1.2.3 10.9.9.9 4711 443\r\n");
      plane.frontend(f -> f.with(acceptProxy(trusted, false, LATE)));
      try (Socket other = plane.connect();
          Socket balancer = plane.connectFrom("127.0.0.7")) {
        assertThat(exchange(other, header)).isEqualTo(header);
        assertThat(exchange(balancer, header)).isEmpty();
      }
      plane.frontend(f -> f.with(acceptProxy(trusted, true, LATE)));
      try (Socket other = plane.connect();
          Socket balancer = plane.connectFrom("127.0.0.7")) {
        assertThat(isReset(other)).isTrue();
        assertThat(exchange(balancer, header)).isEmpty();
      }
      awaitRejected(plane, Rejection.PROXY_UNTRUSTED, 1);
    }
  }

  @Test
  void whatIsNoHeaderIsResetAndCountedByReason() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, server.address())) {
      plane.frontend(f -> f.with(acceptProxy(AccessList.EVERYBODY, false, SOON)));
      try (Socket client = plane.connect()) {
        client.getOutputStream().write(bytes("GET / HTTP/1.1\r\n\r\n"));
        assertThat(isReset(client)).isTrue();
      }
      awaitRejected(plane, Rejection.PROXY_MISSING, 1);
      try (Socket client = plane.connect()) {
        client.getOutputStream().write(bytes("PROXY TCP4 1.2.3 4.5.6.7 1 2\r\n"));
        assertThat(isReset(client)).isTrue();
      }
      awaitRejected(plane, Rejection.PROXY_MALFORMED, 1);
      try (Socket client = plane.connect()) {
        client.getOutputStream().write(bytes("PROXY TC"));
        assertThat(isReset(client)).isTrue();
      }
      awaitRejected(plane, Rejection.PROXY_TIMEOUT, 1);
      try (Socket client = plane.connect()) {
        client.shutdownOutput();
        assertThat(isReset(client)).isTrue();
      }
      awaitRejected(plane, Rejection.PROXY_ENDED, 1);
      assertThat(server.accepted).hasValue(0);
      plane.awaitNothingInUse();
    }
  }

  /** A table without room for anybody, which no configuration makes, throws when it is asked. */
  @Test
  void anErrorOfOursCostsNobodyButTheConnectionItHappensTo() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, server.address())) {
      AcceptProxyConfig accept = new AcceptProxyConfig(AccessList.EVERYBODY, false, LATE);
      try (Socket bystander = plane.connect()) {
        RaceTest.assertEcho(bystander, HELLO);
        plane.frontend(f ->
            f.with(
                with(
                    Optional.of(accept),
                    AccessList.EVERYBODY,
                    new SourceLimitsConfig(1, 0, LATE, 0, 32, 64, WhenFull.ACCEPT))));
        try (Socket client = plane.connect()) {
          client.getOutputStream().write(bytes("PROXY TCP4 10.1.2.3 "));
          TestPlane.await("it has come in", () -> plane.status().sessions() == 2);
          client.getOutputStream().write(bytes("10.9.9.9 4711 443\r\n"));
          // Netty would sleep for a second, and keep the connection.
          assertThat(RaceTest.millisFor(bystander, HELLO)).isLessThan(900);
          assertThat(isReset(client)).isTrue();
          TestPlane.await("it has left", () -> plane.status().sessions() == 1);
        }
      }
      plane.awaitNothingInUse();
    }
  }

  @Test
  void aDrainWaitsForWhoeverIsStillSayingWhoHeIs() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(2, server.address())) {
      plane.frontend(f -> f.with(acceptProxy(AccessList.EVERYBODY, false, LATE)));
      CountDownLatch drained = new CountDownLatch(1);
      try (Socket client = plane.connect()) {
        client.getOutputStream().write(bytes("PROXY TCP4 10.1.2.3 "));
        TestPlane.await("it has come in", () -> plane.status().sessions() == 1);
        plane.balancer.stopAccepting();
        plane.balancer.drain(LATE, drained::countDown);
        assertThat(drained.await(200, TimeUnit.MILLISECONDS)).isFalse();
        assertThat(exchange(client, bytes("10.9.9.9 4711 443\r\nhello"))).isEqualTo(HELLO);
      }
      assertThat(drained.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void accessIsForTheClientNotForTheBalancerInFront() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, server.address())) {
      plane.frontend(f -> f.with(with(Optional.empty(), list(false, "127.0.0.1"), NO_LIMITS)));
      try (Socket denied = plane.connect();
          Socket allowed = plane.connectFrom("127.0.0.2")) {
        assertThat(isReset(denied)).isTrue();
        assertThat(exchange(allowed, HELLO)).isEqualTo(HELLO);
      }
      awaitRejected(plane, Rejection.DENIED, 1);
      Optional<AcceptProxyConfig> accept =
          Optional.of(new AcceptProxyConfig(AccessList.EVERYBODY, false, LATE));
      plane.frontend(f -> f.with(with(accept, list(false, "10.1.2.3"), NO_LIMITS)));
      try (Socket denied = plane.connect();
          Socket allowed = plane.connect()) {
        denied.getOutputStream().write(bytes("PROXY TCP4 10.1.2.3 10.9.9.9 4711 443\r\n"));
        assertThat(isReset(denied)).isTrue();
        assertThat(exchange(allowed, bytes("PROXY TCP4 10.1.2.4 10.9.9.9 1 443\r\nhello")))
            .isEqualTo(HELLO);
      }
      awaitRejected(plane, Rejection.DENIED, 2);
      // Nobody's address is an address, too.
      plane.frontend(f -> f.with(with(accept, list(true, "10.1.2.3"), NO_LIMITS)));
      for (String nobody : List.of("TCP6 :: fd00::1", "TCP4 0.0.0.0 10.9.9.9")) {
        try (Socket denied = plane.connect()) {
          denied.getOutputStream().write(bytes("PROXY " + nobody + " 1 443\r\n"));
          assertThat(isReset(denied)).isTrue();
        }
      }
      awaitRejected(plane, Rejection.DENIED, 4);
    }
  }

  private static final SourceLimitsConfig NO_LIMITS = SourceLimitsConfig.NONE;

  @Test
  void oneClientCannotTakeAllSessions() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(2, server.address())) {
      plane.frontend(f -> f.with(with(Optional.empty(), AccessList.EVERYBODY, limits(3, 0, LATE))));
      List<Socket> held = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        Socket client = plane.connect();
        client.getOutputStream().write(HELLO);
        assertThat(client.getInputStream().readNBytes(HELLO.length)).isEqualTo(HELLO);
        held.add(client);
      }
      try (Socket fourth = plane.connect();
          Socket other = plane.connectFrom("127.0.0.2")) {
        assertThat(isReset(fourth)).isTrue();
        assertThat(exchange(other, HELLO)).isEqualTo(HELLO);
      }
      awaitRejected(plane, Rejection.SOURCE_SESSIONS, 1);
      assertThat(plane.status().sources().orElseThrow().used()).isEqualTo(2);
      // What one gives back, the next one gets; the count survives a reload.
      held.removeLast().close();
      TestPlane.await("two are left", () -> plane.status().sessions() == 2);
      plane.frontend(
          f -> f.with(with(Optional.empty(), AccessList.EVERYBODY, limits(3, 1000, LATE))));
      try (Socket again = plane.connect()) {
        again.getOutputStream().write(HELLO);
        assertThat(again.getInputStream().readNBytes(HELLO.length)).isEqualTo(HELLO);
        try (Socket fourth = plane.connect()) {
          assertThat(isReset(fourth)).isTrue();
        }
      }
      for (Socket client : held) {
        client.close();
      }
      plane.awaitNothingInUse();
      SourceLimitsConfig fewer = new SourceLimitsConfig(3, 0, LATE, 8, 32, 64, WhenFull.ACCEPT);
      plane.frontend(f -> f.with(with(Optional.empty(), AccessList.EVERYBODY, fewer)));
      assertThat(plane.status().sources().orElseThrow().size()).isEqualTo(8);
      plane.frontend(f -> f.with(with(Optional.empty(), AccessList.EVERYBODY, NO_LIMITS)));
      assertThat(plane.status().sources()).isEmpty();
    }
  }

  @Test
  void oneClientCannotComeTooOften() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(2, server.address())) {
      plane.frontend(f ->
          f.with(with(Optional.empty(), AccessList.EVERYBODY, limits(0, 5, Duration.ofHours(1)))));
      for (int i = 0; i < 5; i++) {
        try (Socket client = plane.connect()) {
          assertThat(exchange(client, HELLO)).isEqualTo(HELLO);
        }
      }
      try (Socket sixth = plane.connect();
          Socket other = plane.connectFrom("127.0.0.2")) {
        assertThat(isReset(sixth)).isTrue();
        assertThat(exchange(other, HELLO)).isEqualTo(HELLO);
      }
      awaitRejected(plane, Rejection.SOURCE_RATE, 1);
      plane.awaitNothingInUse();
    }
  }

  @Test
  void connectionsComeFromTheAddressAndPortsThatAreSaid() throws Exception {
    List<InetSocketAddress> seen = java.util.Collections.synchronizedList(new ArrayList<>());
    try (TestServer server =
            new TestServer(socket -> {
              seen.add((InetSocketAddress) socket.getRemoteSocketAddress());
              TestServer.echo(socket);
            });
        TestPlane plane = new TestPlane(2, server.address())) {
      int first = 21_000 + (int) (ProcessHandle.current().pid() % 5_000);
      InetAddress from = InetAddress.ofLiteral("127.0.0.44");
      plane.backend(b -> b.with(source(from, first, first + 2)));
      List<Socket> held = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        Socket client = plane.connect();
        client.getOutputStream().write(HELLO);
        assertThat(client.getInputStream().readNBytes(HELLO.length)).isEqualTo(HELLO);
        held.add(client);
      }
      assertThat(seen)
          .allSatisfy(peer -> assertThat(peer.getAddress()).isEqualTo(from))
          .extracting(InetSocketAddress::getPort)
          .containsExactlyInAnyOrder(first, first + 1, first + 2);
      // There is no fourth port towards this server.
      try (Socket fourth = plane.connect()) {
        assertThat(isReset(fourth)).isTrue();
      }
      // That is no fault of the server's: four attempts, and nobody has to look at it.
      assertThat(plane.server(0).localFailures()).isEqualTo(4);
      assertThat(plane.server(0).connectFailures()).isZero();
      assertThat(plane.balancer.failuresInARow("api", "s0")).isZero();
      assertThat(plane.hints).isEmpty();
      // A client that resets leaves no TIME_WAIT, so its port can be had again at once.
      Socket gone = held.removeLast();
      gone.setSoLinger(true, 0);
      gone.close();
      TestPlane.await("two are left", () -> plane.balancer.snapshot().resources().sessions() == 2);
      try (Socket next = plane.connect()) {
        next.getOutputStream().write(HELLO);
        assertThat(next.getInputStream().readNBytes(HELLO.length)).isEqualTo(HELLO);
      }
      for (Socket client : held) {
        client.close();
      }
      plane.backend(b -> b.with(source(InetAddress.ofLiteral("127.0.0.45"), 0, 0)));
      try (Socket client = plane.connect()) {
        assertThat(exchange(client, HELLO)).isEqualTo(HELLO);
      }
      assertThat(seen.getLast().getAddress().getHostAddress()).isEqualTo("127.0.0.45");
      plane.awaitNothingInUse();
    }
  }

  private static OutgoingConfig source(InetAddress address, int first, int last) {
    return new OutgoingConfig(
        SocketConfig.NONE,
        false,
        new Source(false, Optional.of(address), Optional.empty(), first, last),
        Optional.empty());
  }

  @Test
  void aUnixSocketListensAndLeavesNoFileBehind(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("api.sock");
    // What a killed process has left.
    try (ServerSocketChannel killed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      killed.bind(UnixDomainSocketAddress.of(file));
    }
    assertThat(file).exists();
    ListenerConfig listener = new ListenerConfig("unix:" + file, 0);
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(2, server.address())) {
      plane.backend(b -> b.with(sendProxy(ProxyVersion.V1, false, false)));
      plane.frontend(f -> plane.withListeners(listener).with(unix("rw-rw-rw-")));
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-rw-rw-");
      for (int i = 0; i < 4; i++) {
        assertThat(exchange(file, HELLO)).isEqualTo("PROXY UNKNOWN\r\nhello");
      }
      plane.frontend(f -> f.with(unix("rw-------")));
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
      try (TestPlane other = new TestPlane(1, server.address())) {
        assertThatThrownBy(() -> other.frontend(f -> other.withListeners(listener)))
            .isInstanceOf(ListenException.class)
            .hasMessageContaining("another process listens there");
      }
      assertThat(exchange(file, HELLO)).endsWith("hello");
      plane.awaitNothingInUse();
    }
    TestPlane.await("the file has gone", () -> !Files.exists(file));
  }

  private static EntranceConfig unix(String permissions) {
    int mode = 0;
    for (char c : permissions.toCharArray()) {
      mode = mode << 1 | (c == '-' ? 0 : 1);
    }
    return new EntranceConfig(
        SocketConfig.NONE,
        false,
        0,
        new UnixSocketConfig(mode, Optional.empty(), Optional.empty()),
        Optional.empty(),
        AccessList.EVERYBODY,
        SourceLimitsConfig.NONE);
  }

  @Test
  void aServerCanBeAUnixSocketAndMoveMuch(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("server.sock");
    byte[] much = new byte[3_000_000];
    new java.util.Random(7).nextBytes(much);
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        TestPlane plane = new TestPlane(1, UnixAddress.of("unix:" + file))) {
      server.bind(UnixDomainSocketAddress.of(file));
      Thread echo =
          Thread.ofVirtual()
              .start(() -> {
                try (SocketChannel one = server.accept()) {
                  ByteBuffer all = ByteBuffer.allocate(much.length);
                  while (all.hasRemaining() && one.read(all) >= 0) {}
                  all.flip();
                  while (all.hasRemaining()) {
                    one.write(all);
                  }
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      try (Socket client = plane.connect()) {
        assertThat(exchange(client, much)).isEqualTo(much);
      }
      echo.join();
      plane.awaitNothingInUse();
      assertThat(plane.ended(SessionEnd.NORMAL)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"unix:@", "abns@"})
  void abstractNamesNeedNoFile(String kind) throws Exception {
    String name = kind + "fairlead-test-" + ProcessHandle.current().pid();
    try (TestServer server = TestServer.echo();
        TestPlane inner = new TestPlane(1, server.address());
        TestPlane outer = new TestPlane(1, UnixAddress.of(name))) {
      inner.frontend(f -> inner.withListeners(new ListenerConfig(name, 0)));
      try (Socket client = outer.connect()) {
        assertThat(exchange(client, HELLO)).isEqualTo(HELLO);
      }
      outer.awaitNothingInUse();
    }
  }

  @Test
  void ipv6AloneLeavesIpv4Alone() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, server.address())) {
      plane.frontend(f -> plane.withListeners(new ListenerConfig(ListenerConfig.ANY_IPV6, 0)));
      try (Socket client = new Socket("::1", plane.port())) {
        assertThat(exchange(client, HELLO)).isEqualTo(HELLO);
      }
      assertThatThrownBy(plane::connect).isInstanceOf(IOException.class);
    }
  }

  private static String exchange(Path file, byte[] bytes) throws IOException {
    try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(file))) {
      client.write(ByteBuffer.wrap(bytes));
      client.shutdownOutput();
      ByteBuffer answer = ByteBuffer.allocate(1000);
      while (client.read(answer) >= 0) {}
      return new String(answer.array(), 0, answer.position(), StandardCharsets.ISO_8859_1);
    }
  }
}
