package dev.fairlead.lb.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.BackendConfig.Balance;
import dev.fairlead.config.PlacementConfig;
import dev.fairlead.config.QueueConfig;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.config.ServerConfig.Administrative;
import dev.fairlead.config.StickTableConfig;
import dev.fairlead.config.StickTableConfig.ServerDown;
import dev.fairlead.config.StickTableConfig.ServerFull;
import dev.fairlead.lb.Availability;
import dev.fairlead.lb.ClientAddress;
import dev.fairlead.lb.ListenException;
import dev.fairlead.lb.SessionEnd;
import dev.fairlead.lb.StickyClients;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Limits, the queue, and where clients stick, with real sockets. */
@Timeout(60)
class PlacementTest {

  /** Says its name to whoever connects, then echoes. */
  private static TestServer named(char name) throws IOException {
    return new TestServer(socket -> {
      socket.getOutputStream().write(name);
      TestServer.echo(socket);
    });
  }

  private static ServerConfig limited(String name, InetSocketAddress address, int most) {
    return new ServerConfig(
        name, address, 1, Administrative.READY, Optional.empty(), false, most, Optional.empty());
  }

  private static PlacementConfig queue(int size, Duration timeout, boolean leaveOnEnd) {
    return new PlacementConfig(
        Duration.ZERO, 0, new QueueConfig(size, timeout, leaveOnEnd), Optional.empty());
  }

  private static PlacementConfig sticky() {
    return new PlacementConfig(
        Duration.ZERO,
        0,
        QueueConfig.DEFAULT,
        Optional.of(
            new StickTableConfig(
                1000, Duration.ofMinutes(30), 32, 128, ServerDown.REDISPATCH, ServerFull.WAIT)));
  }

  private static void limit(TestPlane plane, TestServer server, int most, PlacementConfig placement)
      throws ListenException {
    plane.backend(old ->
        plane.withPlacement(
            Balance.LEAST_CONNECTIONS, placement, limited("s0", server.address(), most)));
    plane.balancer.availability("api", "s0", Availability.USABLE);
  }

  private static void awaitWaiting(TestPlane plane, int count) {
    TestPlane.await(count + " wait", () -> plane.queue().waiting() == count);
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
  void connectionsBeyondTheLimitWaitAndAreServedInTurn(int loops) throws Exception {
    try (TestServer server = named('a');
        TestPlane plane = new TestPlane(loops, server.address())) {
      limit(plane, server, 2, queue(100, Duration.ofSeconds(20), true));
      List<Socket> clients = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        Socket client = plane.connect();
        clients.add(client);
        if (i < 2) {
          assertThat(client.getInputStream().read()).isEqualTo('a');
        } else {
          awaitWaiting(plane, i - 1);
        }
      }
      assertThat(plane.server(0).connections()).isEqualTo(2);
      for (int i = 0; i < 10; i++) {
        clients.get(i).close();
        // In the order in which they came: exactly the next one.
        assertThat(clients.get(i + 2).getInputStream().read()).as("client %d", i).isEqualTo('a');
        assertThat(plane.queue().waiting()).isEqualTo(9 - i);
        assertThat(plane.server(0).sessions()).isLessThanOrEqualTo(2);
      }
      clients.get(10).close();
      clients.get(11).close();
      plane.awaitNothingInUse();
      assertThat(plane.queue().queued()).isEqualTo(10);
      assertThat(plane.queue().waiting()).isZero();
      assertThat(plane.ended(SessionEnd.NORMAL) + plane.ended(SessionEnd.SERVER_RESET))
          .isEqualTo(12);
    }
  }

  @Test
  void whoHasWaitedTooLongIsResetAndCounted() throws Exception {
    try (TestServer server = named('a');
        TestPlane plane = new TestPlane(1, server.address())) {
      limit(plane, server, 1, queue(100, Duration.ofMillis(300), true));
      try (Socket one = plane.connect()) {
        assertThat(one.getInputStream().read()).isEqualTo('a');
        long begunAt = System.nanoTime();
        try (Socket two = plane.connect()) {
          assertThat(isReset(two)).isTrue();
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begunAt))
            .isBetween(Duration.ofMillis(300), Duration.ofMillis(1500));
      }
      plane.awaitNothingInUse();
      assertThat(plane.ended(SessionEnd.QUEUE_TIMEOUT)).isEqualTo(1);
      assertThat(plane.queue().timedOut()).isEqualTo(1);
      assertThat(plane.server(0).connections()).isEqualTo(1);
    }
  }

  @Test
  void aFullQueueRefusesAtOnce() throws Exception {
    try (TestServer server = named('a');
        TestPlane plane = new TestPlane(2, server.address())) {
      limit(plane, server, 1, queue(1, Duration.ofSeconds(20), true));
      try (Socket one = plane.connect()) {
        assertThat(one.getInputStream().read()).isEqualTo('a');
        try (Socket two = plane.connect()) {
          awaitWaiting(plane, 1);
          try (Socket three = plane.connect()) {
            assertThat(isReset(three)).isTrue();
          }
          one.close();
          assertThat(two.getInputStream().read()).isEqualTo('a');
        }
      }
      plane.awaitNothingInUse();
      assertThat(plane.ended(SessionEnd.QUEUE_FULL)).isEqualTo(1);
      assertThat(plane.queue().refused()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aClientThatClosesWhileItWaitsFreesItsPlaceIfThatMeansItHasLeft(boolean leaveOnEnd)
      throws Exception {
    try (TestServer server = named('a');
        TestPlane plane = new TestPlane(1, server.address())) {
      limit(plane, server, 1, queue(1, Duration.ofSeconds(20), leaveOnEnd));
      try (Socket one = plane.connect();
          Socket two = plane.connect()) {
        assertThat(one.getInputStream().read()).isEqualTo('a');
        awaitWaiting(plane, 1);
        two.shutdownOutput();
        if (leaveOnEnd) {
          awaitWaiting(plane, 0);
          try (Socket three = plane.connect()) {
            awaitWaiting(plane, 1);
            one.close();
            assertThat(three.getInputStream().read()).isEqualTo('a');
          }
          assertThat(plane.queue().left()).isEqualTo(1);
          assertThat(plane.ended(SessionEnd.CLIENT_ABORTED)).isEqualTo(1);
        } else {
          one.close();
          assertThat(two.getInputStream().read()).isEqualTo('a');
          assertThat(plane.queue().left()).isZero();
        }
      }
      plane.awaitNothingInUse();
    }
  }

  @Test
  void aClientThatResetsWhileItWaitsFreesItsPlace() throws Exception {
    try (TestServer server = named('a');
        TestPlane plane = new TestPlane(1, server.address())) {
      limit(plane, server, 1, queue(10, Duration.ofSeconds(20), false));
      try (Socket one = plane.connect()) {
        assertThat(one.getInputStream().read()).isEqualTo('a');
        Socket two = plane.connect();
        awaitWaiting(plane, 1);
        two.setSoLinger(true, 0);
        two.close();
        awaitWaiting(plane, 0);
      }
      plane.awaitNothingInUse();
      assertThat(plane.queue().left()).isEqualTo(1);
    }
  }

  /** Its place is free for the next one as soon as the attempt has failed. */
  @Test
  void aServerThatRefusesDoesNotKeepThePlacesOfThoseItRefused() throws Exception {
    try (TestServer server = named('a');
        TestPlane plane = new TestPlane(2, server.address())) {
      InetSocketAddress refusing;
      try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        refusing = new InetSocketAddress(InetAddress.getLoopbackAddress(), closed.getLocalPort());
      }
      plane.backend(old ->
          plane.withPlacement(
              Balance.ROUND_ROBIN,
              queue(100, Duration.ofSeconds(20), true),
              limited("bad", refusing, 1),
              limited("good", server.address(), 1)));
      for (int i = 0; i < 30; i++) {
        try (Socket client = plane.connect()) {
          assertThat(client.getInputStream().read()).isEqualTo('a');
        }
      }
      plane.awaitNothingInUse();
      assertThat(plane.server(1).connections()).isEqualTo(30);
    }
  }

  @Test
  void manyClientsOfTwoLoopsAllGetTheirTurn() throws Exception {
    try (TestServer server = named('a');
        TestServer other = named('b');
        TestPlane plane = new TestPlane(2, server.address())) {
      plane.backend(old ->
          plane.withPlacement(
              Balance.LEAST_CONNECTIONS,
              queue(1000, Duration.ofSeconds(30), true),
              limited("a", server.address(), 2),
              limited("b", other.address(), 1)));
      List<Thread> threads = new ArrayList<>();
      AtomicInteger served = new AtomicInteger();
      for (int i = 0; i < 24; i++) {
        threads.add(
            Thread.ofVirtual()
                .start(() -> {
                  for (int round = 0; round < 25; round++) {
                    try (Socket client = plane.connect()) {
                      if (client.getInputStream().read() > 0) {
                        served.incrementAndGet();
                      }
                    } catch (IOException e) {
                      // counted as not served
                    }
                  }
                }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(served.get()).isEqualTo(24 * 25);
      plane.awaitNothingInUse();
      assertThat(plane.queue().waiting()).isZero();
    }
  }

  @Test
  void clientsStickByTheAddressTheyComeFrom() throws Exception {
    try (TestServer a = named('a');
        TestServer b = named('b');
        TestServer c = named('c');
        TestPlane plane = new TestPlane(2, a.address())) {
      plane.backend(old ->
          plane.withPlacement(
              Balance.ROUND_ROBIN,
              sticky(),
              TestPlane.server("a", a.address()),
              TestPlane.server("b", b.address()),
              TestPlane.server("c", c.address())));
      Map<String, Integer> first = new HashMap<>();
      for (int i = 1; i <= 30; i++) {
        first.put("127.0.9." + i, who(plane, "127.0.9." + i));
      }
      assertThat(first.values()).contains((int) 'a', (int) 'b', (int) 'c');
      for (int round = 0; round < 3; round++) {
        for (int i = 1; i <= 30; i++) {
          String from = "127.0.9." + i;
          assertThat(who(plane, from)).as(from).isEqualTo(first.get(from));
        }
      }
      StickyClients clients = plane.balancer.stickyClients("api").orElseThrow();
      assertThat(clients.list(100))
          .hasSize(30)
          .anySatisfy(client -> {
            assertThat(client.address()).isEqualTo(InetAddress.ofLiteral("127.0.9.7"));
            assertThat(client.server().orElseThrow().charAt(0))
                .isEqualTo((char) (int) first.getOrDefault("127.0.9.7", 0));
            assertThat(client.prefixLength()).isEqualTo(32);
          });

      assertThat(clients.set(InetAddress.ofLiteral("127.0.9.7"), "c")).isTrue();
      assertThat(clients.set(InetAddress.ofLiteral("127.0.9.7"), "nobody")).isFalse();
      assertThat(who(plane, "127.0.9.7")).isEqualTo('c');
      assertThat(clients.forget(InetAddress.ofLiteral("127.0.9.7"))).isTrue();
      assertThat(clients.used()).isEqualTo(29);

      plane.balancer.availability("api", "a", Availability.DEAD);
      plane.balancer.availability("api", "b", Availability.USABLE);
      assertThat(who(plane, "127.0.9.1")).isNotEqualTo('a');
      plane.awaitNothingInUse();
    }
  }

  @Test
  void bySourceEveryLoopSendsAClientToTheSameServer() throws Exception {
    try (TestServer a = named('a');
        TestServer b = named('b');
        TestPlane plane = new TestPlane(2, a.address())) {
      plane.backend(old ->
          plane.withPlacement(
              Balance.SOURCE,
              PlacementConfig.NONE,
              TestPlane.server("a", a.address()),
              TestPlane.server("b", b.address())));
      Map<Integer, Integer> shares = new HashMap<>();
      for (int i = 1; i <= 40; i++) {
        int first = who(plane, "127.0.8." + i);
        shares.merge(first, 1, Integer::sum);
        for (int round = 0; round < 4; round++) {
          assertThat(who(plane, "127.0.8." + i)).isEqualTo(first);
        }
      }
      assertThat(shares.values()).allSatisfy(share -> assertThat(share).isBetween(10, 30));
    }
  }

  private static int who(TestPlane plane, String from) throws IOException {
    try (Socket client = plane.connectFrom(from)) {
      return client.getInputStream().read();
    }
  }

  @Test
  void anAcceptedAddressIsReadInAllItsForms() {
    byte[] ipv4 = new byte[26];
    ipv4[0] = 8;
    System.arraycopy(new byte[] {10, 0, (byte) 200, 7, 0, 0, 31, 64}, 0, ipv4, 1, 8);
    assertThat(new ClientAddress(PeerAddress.high(ipv4), PeerAddress.low(ipv4)))
        .isEqualTo(ClientAddress.of(InetAddress.ofLiteral("10.0.200.7")));

    InetAddress v6 = InetAddress.ofLiteral("fd00:1:2:3:fffe:5:6:7");
    byte[] ipv6 = new byte[26];
    ipv6[0] = 24;
    System.arraycopy(v6.getAddress(), 0, ipv6, 1, 16);
    ClientAddress read = new ClientAddress(PeerAddress.high(ipv6), PeerAddress.low(ipv6));
    assertThat(read).isEqualTo(ClientAddress.of(v6));
    assertThat(read.address()).isEqualTo(v6);

    byte[] mapped = new byte[26];
    mapped[0] = 24;
    mapped[11] = -1;
    mapped[12] = -1;
    System.arraycopy(new byte[] {10, 0, (byte) 200, 7}, 0, mapped, 13, 4);
    ClientAddress dual = new ClientAddress(PeerAddress.high(mapped), PeerAddress.low(mapped));
    assertThat(dual.address()).isEqualTo(InetAddress.ofLiteral("10.0.200.7"));
    assertThat(PeerAddress.low(new byte[26])).isZero();
  }
}
