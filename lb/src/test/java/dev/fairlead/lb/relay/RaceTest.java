package dev.fairlead.lb.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.BackendConfig.Balance;
import dev.fairlead.config.PlacementConfig;
import dev.fairlead.config.QueueConfig;
import dev.fairlead.config.RaceConfig;
import dev.fairlead.config.RebalanceConfig;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.config.StickTableConfig;
import dev.fairlead.lb.Availability;
import dev.fairlead.lb.LoadBalancerSnapshot;
import dev.fairlead.lb.SessionEnd;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RaceTest {

  static final RaceConfig RULES = rules(RaceConfig.Mode.CLIENT_HELLO, 3, 1, Duration.ZERO);

  static RaceConfig rules(RaceConfig.Mode mode, int servers, double budget, Duration avoid) {
    return new RaceConfig(
        mode,
        Duration.ofMillis(50),
        Duration.ofMillis(250),
        servers,
        budget,
        avoid,
        avoid.multipliedBy(4),
        Duration.ZERO);
  }

  static PlacementConfig placement(RaceConfig race) {
    return new PlacementConfig(
        Duration.ZERO, 0, QueueConfig.DEFAULT, Optional.empty(), race, RebalanceConfig.OFF);
  }

  /** Round robin, so that the first connection goes to the first server. */
  static TestPlane plane(RaceConfig race, InetSocketAddress... servers) throws Exception {
    return plane(placement(race), servers);
  }

  static TestPlane plane(PlacementConfig placement, InetSocketAddress... servers) throws Exception {
    TestPlane plane = new TestPlane(1, servers);
    List<ServerConfig> configs = new ArrayList<>();
    for (InetSocketAddress address : servers) {
      configs.add(TestPlane.server("s" + configs.size(), address));
    }
    plane.backend(
        b -> plane.withPlacement(Balance.FIRST, placement, configs.toArray(ServerConfig[]::new)));
    return plane;
  }

  /** Takes what comes and says nothing until it is told to. */
  static TestServer frozen(CountDownLatch thaw) throws IOException {
    return new TestServer(socket -> {
      await(thaw);
      TestServer.echo(socket);
    });
  }

  static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A server whose kernel does not answer: with the accept queue full Linux drops SYNs. */
  static final class BlackHole implements AutoCloseable {
    final ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    final List<Socket> fillers = new ArrayList<>();

    BlackHole() throws IOException {
      while (true) {
        Socket filler = new Socket();
        fillers.add(filler);
        try {
          filler.connect(address(), 100);
        } catch (java.net.SocketTimeoutException e) {
          return;
        }
      }
    }

    InetSocketAddress address() {
      return new InetSocketAddress(InetAddress.getLoopbackAddress(), full.getLocalPort());
    }

    @Override
    public void close() throws IOException {
      full.close();
      for (Socket filler : fillers) {
        filler.close();
      }
    }
  }

  static void assertEcho(Socket client, byte[] bytes) throws IOException {
    client.getOutputStream().write(bytes);
    assertThat(client.getInputStream().readNBytes(bytes.length)).isEqualTo(bytes);
  }

  static long millisFor(Socket client, byte[] bytes) throws IOException {
    long from = System.nanoTime();
    assertEcho(client, bytes);
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - from);
  }

  static LoadBalancerSnapshot.Races races(TestPlane plane) {
    return plane.balancer.snapshot().backends().getFirst().races();
  }

  @Test
  void aConnectThatIsNotAnsweredIsRacedAndTheLoserGetsNothing() throws Exception {
    try (BlackHole black = new BlackHole();
        TestServer server = TestServer.echo();
        TestPlane plane = plane(RULES, black.address(), server.address())) {
      try (Socket client = plane.connect()) {
        // Not TLS: a connect is raced whatever the client says.
        assertThat(millisFor(client, new byte[] {1, 2, 3})).isBetween(20L, 390L);
        assertThat(plane.server(0).connectTimeouts()).isZero();
        assertThat(plane.server(0).sessions()).as("its place").isZero();
        assertThat(plane.server(0).racing().lost()).isEqualTo(1);
        assertThat(plane.server(1).racing().won()).isEqualTo(1);
        assertThat(races(plane).connects()).isEqualTo(1);
        assertThat(races(plane).hellos()).isZero();
      }
      plane.awaitNothingInUse();
    }
  }

  @Test
  void withoutRacesAConnectIsWaitedForUntilItsTimeout() throws Exception {
    RaceConfig off = rules(RaceConfig.Mode.OFF, 3, 1, Duration.ZERO);
    try (BlackHole black = new BlackHole();
        TestServer server = TestServer.echo();
        TestPlane plane = plane(off, black.address(), server.address());
        Socket client = plane.connect()) {
      assertThat(millisFor(client, new byte[] {1})).isGreaterThanOrEqualTo(390);
      assertThat(plane.server(0).connectTimeouts()).isEqualTo(1);
      assertThat(races(plane).connects()).isZero();
    }
  }

  @Test
  void twoBlackHolesAreOutrunAsWell() throws Exception {
    try (BlackHole one = new BlackHole();
        BlackHole two = new BlackHole();
        TestServer server = TestServer.echo();
        TestPlane plane = plane(RULES, one.address(), two.address(), server.address())) {
      try (Socket client = plane.connect()) {
        assertThat(millisFor(client, new byte[] {1})).isBetween(70L, 390L);
        assertThat(plane.server(2).racing().won()).isEqualTo(1);
      }
      plane.awaitNothingInUse();
    }
  }

  @Test
  void aThirdServerIsNotAskedWhenTwoAreTheMost() throws Exception {
    RaceConfig two = rules(RaceConfig.Mode.CLIENT_HELLO, 2, 1, Duration.ZERO);
    try (BlackHole one = new BlackHole();
        BlackHole other = new BlackHole();
        TestServer server = TestServer.echo();
        TestPlane plane = plane(two, one.address(), other.address(), server.address());
        Socket client = plane.connect()) {
      // The first gives up at its connect timeout; the second is waited for then.
      assertThat(millisFor(client, new byte[] {1})).isGreaterThanOrEqualTo(390);
    }
  }

  @Test
  void anUnansweredClientHelloGoesToAnotherServer() throws Exception {
    CountDownLatch thaw = new CountDownLatch(1);
    try (TestServer frozen = frozen(thaw);
        TestServer server = TestServer.echo();
        TestPlane plane = plane(RULES, frozen.address(), server.address())) {
      for (byte[] hello :
          List.of(Hellos.TLS_13, Hellos.ofJava(), Hellos.fragmented(Hellos.TLS_12, 50))) {
        try (Socket client = plane.connect()) {
          assertThat(millisFor(client, hello)).isBetween(20L, 900L);
          assertEcho(client, new byte[100_000]);
        }
      }
      assertThat(plane.server(0).racing().lost()).isEqualTo(3);
      assertThat(plane.server(1).racing().hellosRetried()).isEqualTo(3);
      assertThat(races(plane).hellos()).isEqualTo(3);
      TestPlane.await("the frozen one lost", () -> frozen.accepted.get() == 3);
      thaw.countDown();
      plane.awaitNothingInUse();
    }
  }

  @Test
  void aHelloThatComesInPiecesIsSentOnWhenItIsWhole() throws Exception {
    CountDownLatch thaw = new CountDownLatch(1);
    try (TestServer frozen = frozen(thaw);
        TestServer server = TestServer.echo();
        TestPlane plane = plane(RULES, frozen.address(), server.address())) {
      try (Socket client = plane.connect()) {
        byte[] hello = Hellos.withExtension(Hellos.TLS_13, 0x7777, new byte[5000]);
        client.getOutputStream().write(hello, 0, 100);
        TestPlane.await("the first piece", () -> plane.server(0).bytesToServer() == 100);
        client.getOutputStream().write(hello, 100, 3000);
        TestPlane.await("the second piece", () -> plane.server(0).bytesToServer() == 3100);
        client.getOutputStream().write(hello, 3100, hello.length - 3100);
        assertThat(client.getInputStream().readNBytes(hello.length)).isEqualTo(hello);
        assertThat(plane.server(1).racing().hellosRetried()).isEqualTo(1);
      }
      thaw.countDown();
      plane.awaitNothingInUse();
    }
  }

  @Test
  void nothingButAClientHelloIsSentTwice() throws Exception {
    byte[] early = Hellos.withExtension(Hellos.TLS_13, 42, new byte[0]);
    byte[] more = Arrays.copyOf(Hellos.TLS_13, Hellos.TLS_13.length + 1);
    byte[] text = "GET / HTTP/1.1\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    for (byte[] first : List.of(early, more, text)) {
      CountDownLatch thaw = new CountDownLatch(1);
      try (TestServer frozen = frozen(thaw);
          TestServer server = TestServer.echo();
          TestPlane plane = plane(RULES, frozen.address(), server.address())) {
        try (Socket client = plane.connect()) {
          client.getOutputStream().write(first);
          client.setSoTimeout(300);
          assertThat(isSilent(client)).isTrue();
          thaw.countDown();
          client.setSoTimeout(20_000);
          assertThat(client.getInputStream().readNBytes(first.length)).isEqualTo(first);
          assertThat(server.accepted.get()).isZero();
        }
        plane.awaitNothingInUse();
      }
    }
  }

  @Test
  void onlyConnectsAreRacedWhenToldSo() throws Exception {
    RaceConfig connects = rules(RaceConfig.Mode.CONNECT, 3, 1, Duration.ZERO);
    CountDownLatch thaw = new CountDownLatch(1);
    try (TestServer frozen = frozen(thaw);
        TestServer server = TestServer.echo();
        TestPlane plane = plane(connects, frozen.address(), server.address());
        Socket client = plane.connect()) {
      client.getOutputStream().write(Hellos.TLS_13);
      client.setSoTimeout(300);
      assertThat(isSilent(client)).isTrue();
      thaw.countDown();
      assertThat(server.accepted.get()).isZero();
    }
  }

  static boolean isSilent(Socket client) throws IOException {
    try {
      return client.getInputStream().read() < -1;
    } catch (java.net.SocketTimeoutException e) {
      return true;
    }
  }

  @Test
  void theNextByteOfTheClientEndsTheRaceForTheServerItHas() throws Exception {
    CountDownLatch thaw = new CountDownLatch(1);
    try (TestServer frozen = frozen(thaw);
        TestServer other = frozen(new CountDownLatch(1));
        TestPlane plane = plane(RULES, frozen.address(), other.address())) {
      try (Socket client = plane.connect()) {
        client.getOutputStream().write(Hellos.TLS_13);
        TestPlane.await("the race", () -> plane.server(1).racing().hellosRetried() == 1);
        client.getOutputStream().write(7);
        TestPlane.await("its end", () -> plane.server(1).sessions() == 0);
        thaw.countDown();
        byte[] all = Arrays.copyOf(Hellos.TLS_13, Hellos.TLS_13.length + 1);
        all[Hellos.TLS_13.length] = 7;
        assertThat(client.getInputStream().readNBytes(all.length)).isEqualTo(all);
        assertThat(plane.server(0).racing().lost()).isZero();
      }
      plane.awaitNothingInUse();
    }
  }

  @Test
  void theFirstServerMayStillWin() throws Exception {
    CountDownLatch thaw = new CountDownLatch(1);
    try (TestServer late = frozen(thaw);
        TestServer other = frozen(new CountDownLatch(1));
        TestPlane plane = plane(RULES, late.address(), other.address())) {
      try (Socket client = plane.connect()) {
        client.getOutputStream().write(Hellos.TLS_13);
        TestPlane.await("the race", () -> plane.server(1).racing().hellosRetried() == 1);
        thaw.countDown();
        assertThat(client.getInputStream().readNBytes(Hellos.TLS_13.length))
            .isEqualTo(Hellos.TLS_13);
        assertEcho(client, new byte[1000]);
        assertThat(plane.server(1).sessions()).isZero();
        assertThat(plane.server(1).racing().won()).isZero();
      }
      plane.awaitNothingInUse();
    }
  }

  @Test
  void aServerThatEndsOrResetsBeforeItsFirstByteIsReplacedAtOnce() throws Exception {
    for (boolean reset : new boolean[] {true, false}) {
      try (TestServer dying =
              new TestServer(socket -> {
                InputStream in = socket.getInputStream();
                in.readNBytes(Hellos.TLS_13.length);
                socket.setSoLinger(reset, 0);
              });
          TestServer server = TestServer.echo();
          TestPlane plane = plane(RULES, dying.address(), server.address())) {
        try (Socket client = plane.connect()) {
          assertEcho(client, Hellos.TLS_13);
          assertEcho(client, new byte[1000]);
          assertThat(plane.server(1).racing().hellosRetried()).isEqualTo(1);
          assertThat(plane.server(0).sessions()).isZero();
        }
        plane.awaitNothingInUse();
        assertThat(plane.ended(SessionEnd.SERVER_RESET)).isZero();
      }
    }
  }

  /** An alert and the end of the connection: that is what the client has to be told. */
  @Test
  void anAnswerThatComesWithTheEndIsAnAnswer() throws Exception {
    byte[] alert = {21, 3, 3, 0, 2, 2, 40};
    CountDownLatch heard = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    try (TestServer frozen = frozen(new CountDownLatch(1));
        TestServer refusing =
            new TestServer(socket -> {
              socket.getInputStream().readNBytes(Hellos.TLS_13.length);
              heard.countDown();
              await(go);
              socket.getOutputStream().write(alert);
            });
        TestPlane plane = plane(RULES, frozen.address(), refusing.address());
        Socket client = plane.connect()) {
      client.getOutputStream().write(Hellos.TLS_13);
      heard.await();
      plane.whileBusy(() -> {
        go.countDown();
        Socket server = refusing.sockets.element();
        TestPlane.await("the end of its connection", server::isClosed);
      });
      assertThat(client.getInputStream().readAllBytes()).isEqualTo(alert);
      assertThat(plane.server(1).racing().won()).isEqualTo(1);
      assertThat(plane.server(1).earlyResets()).isZero();
      assertThat(plane.balancer.failuresInARow("api", "s1")).isZero();
      client.close();
      plane.awaitNothingInUse();
    }
  }

  /** The moment at which sessions get these options has passed when the winner is known. */
  @Test
  void aWinnerThatTookLongIsKeptAlive() throws Exception {
    CountDownLatch thaw = new CountDownLatch(1);
    try (TestServer frozen = frozen(new CountDownLatch(1));
        TestServer late = frozen(thaw);
        TestPlane plane = plane(RULES, frozen.address(), late.address());
        Socket client = plane.connect()) {
      client.getOutputStream().write(Hellos.TLS_13);
      TestPlane.await("the first is kept alive", () -> isKeptAlive(frozen));
      thaw.countDown();
      assertThat(client.getInputStream().readNBytes(Hellos.TLS_13.length)).isEqualTo(Hellos.TLS_13);
      TestPlane.await("the winner is kept alive", () -> isKeptAlive(late));
      client.close();
      plane.awaitNothingInUse();
    }
  }

  /** Whether the kernel has a keepalive timer for our socket to this server's only client. */
  private static boolean isKeptAlive(TestServer server) {
    Socket accepted = server.sockets.peek();
    if (accepted == null) {
      return false;
    }
    String ours = ":%04X ".formatted(accepted.getPort());
    String its = ":%04X ".formatted(accepted.getLocalPort());
    try {
      return Files.readAllLines(Path.of("/proc/net/tcp")).stream()
          .map(line -> line.strip().split("\\s+"))
          .anyMatch(words ->
              (words[1] + " ").endsWith(ours)
                  && (words[2] + " ").endsWith(its)
                  && words[5].startsWith("02:"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What it says while there is no server is said to the one that answers. */
  @Test
  void whatAClientSaysWhileItsServerHasGoneReachesTheWinner() throws Exception {
    CountDownLatch thaw = new CountDownLatch(1);
    try (TestServer dying =
            new TestServer(socket -> {
              socket.getInputStream().readNBytes(Hellos.TLS_13.length);
              socket.setSoLinger(true, 0);
            });
        TestServer late = frozen(thaw);
        TestPlane plane = plane(RULES, dying.address(), late.address());
        Socket client = plane.connect()) {
      client.getOutputStream().write(Hellos.TLS_13);
      TestPlane.await("the second is asked", () -> plane.server(1).racing().hellosRetried() == 1);
      client.getOutputStream().write(new byte[1000]);
      client.shutdownOutput();
      TestPlane.await("its end", () -> plane.server(0).sessions() == 0);
      thaw.countDown();
      assertThat(client.getInputStream().readNBytes(Hellos.TLS_13.length + 1000))
          .startsWith(Hellos.TLS_13)
          .hasSize(Hellos.TLS_13.length + 1000);
      plane.awaitNothingInUse();
    }
  }

  @Test
  void whenNobodyAnswersTheClientLearnsIt() throws Exception {
    TestServer.Behaviour dies =
        socket -> {
          socket.getInputStream().readNBytes(Hellos.TLS_13.length);
          socket.setSoLinger(true, 0);
        };
    try (TestServer one = new TestServer(dies);
        TestServer two = new TestServer(dies);
        TestPlane plane = plane(RULES, one.address(), two.address())) {
      try (Socket client = plane.connect()) {
        client.getOutputStream().write(Hellos.TLS_13);
        TestPlane.await("the end", () -> plane.ended(SessionEnd.SERVER_RESET) == 1);
      }
      plane.awaitNothingInUse();
    }
  }

  @Test
  void withoutBudgetNobodyIsAskedInVain() throws Exception {
    CountDownLatch thaw = new CountDownLatch(1);
    RaceConfig none = rules(RaceConfig.Mode.CLIENT_HELLO, 3, 0, Duration.ZERO);
    try (TestServer frozen = frozen(thaw);
        TestServer server = TestServer.echo();
        TestPlane plane = plane(none, frozen.address(), server.address())) {
      try (Socket client = plane.connect()) {
        client.getOutputStream().write(Hellos.TLS_13);
        TestPlane.await("a refusal", () -> races(plane).refused() > 0);
        // It looks again after 50, 100 and 200 ms.
        client.setSoTimeout(500);
        assertThat(isSilent(client)).isTrue();
        assertThat(races(plane).refused()).as("connections").isEqualTo(1);
        client.setSoTimeout(20_000);
        thaw.countDown();
        assertThat(client.getInputStream().readNBytes(Hellos.TLS_13.length))
            .isEqualTo(Hellos.TLS_13);
        assertThat(server.accepted.get()).isZero();
      }
      plane.awaitNothingInUse();
    }
  }

  @Test
  void whoHasLostARaceIsAvoidedAndTriedAgainLater() throws Exception {
    CountDownLatch thaw = new CountDownLatch(1);
    RaceConfig avoiding = rules(RaceConfig.Mode.CLIENT_HELLO, 3, 1, Duration.ofMillis(600));
    try (TestServer frozen = frozen(thaw);
        TestServer server = TestServer.echo();
        TestPlane plane = plane(avoiding, frozen.address(), server.address())) {
      try (Socket client = plane.connect()) {
        assertEcho(client, Hellos.TLS_13);
      }
      assertThat(plane.server(0).racing().avoided()).isTrue();
      for (int i = 0; i < 5; i++) {
        try (Socket client = plane.connect()) {
          assertEcho(client, Hellos.TLS_13);
        }
      }
      assertThat(plane.server(0).racing().lost()).as("races while it was avoided").isEqualTo(1);
      thaw.countDown();
      TestPlane.await(
          "the first server is back",
          () -> {
            try (Socket client = plane.connect()) {
              assertEcho(client, Hellos.TLS_13);
            } catch (IOException e) {
              throw new java.io.UncheckedIOException(e);
            }
            return !plane.server(0).racing().avoided();
          });
      assertThat(plane.server(0).racing().lost()).isEqualTo(1);
    }
  }

  @Test
  void theStickTableFollowsTheWinner() throws Exception {
    CountDownLatch thaw = new CountDownLatch(1);
    PlacementConfig sticky =
        new PlacementConfig(
            Duration.ZERO,
            0,
            QueueConfig.DEFAULT,
            Optional.of(
                new StickTableConfig(
                    100,
                    Duration.ofMinutes(1),
                    32,
                    128,
                    StickTableConfig.ServerDown.REDISPATCH,
                    StickTableConfig.ServerFull.WAIT)),
            RULES,
            RebalanceConfig.OFF);
    try (TestServer frozen = frozen(thaw);
        TestServer server = TestServer.echo();
        TestPlane plane = plane(sticky, frozen.address(), server.address())) {
      for (int i = 0; i < 3; i++) {
        try (Socket client = plane.connect()) {
          assertEcho(client, Hellos.TLS_13);
        }
      }
      assertThat(races(plane).hellos()).as("only the first had to be raced").isEqualTo(1);
      assertThat(plane.server(1).connections()).isEqualTo(3);
    }
  }

  @Test
  void theLimitsOfServersHoldForThoseThatAreAskedToo() throws Exception {
    CountDownLatch thaw = new CountDownLatch(1);
    try (TestServer frozen = frozen(thaw);
        TestServer server = TestServer.echo();
        TestPlane plane = plane(RULES, frozen.address(), server.address())) {
      ServerConfig first = TestPlane.server("s0", frozen.address());
      ServerConfig small =
          new ServerConfig(
              "s1",
              server.address(),
              1,
              ServerConfig.Administrative.READY,
              Optional.empty(),
              false,
              1,
              Optional.empty());
      plane.backend(b -> plane.withPlacement(Balance.FIRST, placement(RULES), first, small));
      try (Socket one = plane.connect()) {
        assertEcho(one, Hellos.TLS_13);
        try (Socket two = plane.connect()) {
          two.getOutputStream().write(Hellos.TLS_13);
          two.setSoTimeout(400);
          assertThat(isSilent(two)).as("the only place is taken").isTrue();
          assertThat(server.accepted.get()).isEqualTo(1);
          one.close();
          two.setSoTimeout(20_000);
          assertThat(two.getInputStream().readNBytes(Hellos.TLS_13.length))
              .isEqualTo(Hellos.TLS_13);
        }
      }
      thaw.countDown();
      plane.awaitNothingInUse();
    }
  }

  @Test
  void aServerFoundDeadBeforeItsFirstByteIsReplacedAtOnce() throws Exception {
    CountDownLatch thaw = new CountDownLatch(1);
    RaceConfig patient =
        new RaceConfig(
            RaceConfig.Mode.CLIENT_HELLO,
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            3,
            1,
            Duration.ZERO,
            Duration.ZERO,
            Duration.ZERO);
    try (TestServer frozen = frozen(thaw);
        TestServer server = TestServer.echo();
        TestPlane plane = plane(patient, frozen.address(), server.address())) {
      plane.balancer.availability("api", "s0", Availability.USABLE);
      plane.balancer.availability("api", "s1", Availability.USABLE);
      try (Socket hello = plane.connect();
          Socket text = plane.connect()) {
        hello.getOutputStream().write(Hellos.TLS_13);
        text.getOutputStream().write(1);
        TestPlane.await(
            "both are waiting", () -> plane.server(0).bytesToServer() == Hellos.TLS_13.length + 1);
        plane.balancer.availability("api", "s0", Availability.DEAD);
        assertThat(hello.getInputStream().readNBytes(Hellos.TLS_13.length))
            .isEqualTo(Hellos.TLS_13);
        assertEcho(hello, new byte[1000]);
        // What is no ClientHello is said to one server only.
        TestPlane.await("the end", () -> plane.ended(SessionEnd.SERVER_DEAD) == 1);
        assertThat(plane.server(0).sessions()).isZero();
      }
      thaw.countDown();
      plane.awaitNothingInUse();
    }
  }

  @Test
  void clientsThatLeaveInTheMiddleLeaveNothingBehind() throws Exception {
    try (TestServer one = frozen(new CountDownLatch(1));
        TestServer two = frozen(new CountDownLatch(1));
        TestServer three = frozen(new CountDownLatch(1));
        TestPlane plane = plane(RULES, one.address(), two.address(), three.address())) {
      for (int i = 0; i < 30; i++) {
        Socket client = plane.connect();
        client.getOutputStream().write(Hellos.TLS_13);
        if (i % 3 == 0) {
          long retried = plane.server(1).racing().hellosRetried();
          TestPlane.await("a race", () -> plane.server(1).racing().hellosRetried() > retried);
        }
        client.setSoLinger(true, 0);
        client.close();
      }
      plane.awaitNothingInUse();
    }
  }
}
