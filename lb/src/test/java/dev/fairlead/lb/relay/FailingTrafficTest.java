package dev.fairlead.lb.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.ServerConfig.Administrative;
import dev.fairlead.lb.Adjustment;
import dev.fairlead.lb.Advice;
import dev.fairlead.lb.LoadBalancerSnapshot;
import dev.fairlead.lb.SessionEnd;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What connections of clients tell about a server, and what is done to one at run time. */
@Timeout(60)
class FailingTrafficTest {

  private static final byte[] HELLO = {1, 2, 3};

  @Test
  void earlyResetsAreCountedUntilOneConnectionWorks() throws Exception {
    AtomicBoolean resets = new AtomicBoolean(true);
    try (TestServer server =
            new TestServer(socket -> {
              socket.getInputStream().read();
              if (resets.get()) {
                socket.setSoLinger(true, 0);
              } else {
                socket.getOutputStream().write(HELLO);
              }
            });
        TestPlane plane = new TestPlane(1, server.address())) {
      for (int i = 1; i <= 3; i++) {
        request(plane);
        assertThat(plane.balancer.failuresInARow("api", "s0")).isEqualTo(i);
      }
      assertThat(server(plane).earlyResets()).isEqualTo(3);
      resets.set(false);
      request(plane);
      assertThat(plane.balancer.failuresInARow("api", "s0")).isZero();
      assertThat(server(plane).earlyResets()).isEqualTo(3);
    }
  }

  /** As a server does that is told to stop: its queue of new connections goes with it. */
  @Test
  void aServerThatGoesAwayBeforeItIsToldAnythingIsReplaced() throws Exception {
    for (boolean reset : new boolean[] {true, false}) {
      try (TestServer stopping = new TestServer(socket -> socket.setSoLinger(reset, 0));
          TestServer server = TestServer.echo();
          TestPlane plane = new TestPlane(1, stopping.address(), server.address())) {
        for (int i = 0; i < 4; i++) {
          try (Socket client = plane.connect()) {
            TestPlane.await("the one that stays", () -> plane.server(1).sessions() == 1);
            assertEchoes(client);
          }
          plane.awaitNothingInUse();
        }
        int left = stopping.accepted.get();
        assertThat(left).isBetween(2, 4);
        assertThat(server.accepted).hasValue(4);
        assertThat(plane.ended(SessionEnd.NORMAL)).isEqualTo(4);
        assertThat(server(plane).earlyResets()).isEqualTo(reset ? left : 0);
      }
    }
  }

  /** Then the client learns that nobody wants it. */
  @Test
  void serversThatAllGoAwayAreTriedAsOftenAsTheConfigurationSays() throws Exception {
    try (TestServer one = new TestServer(socket -> socket.setSoLinger(true, 0));
        TestServer two = new TestServer(socket -> socket.setSoLinger(true, 0));
        TestPlane plane = new TestPlane(1, one.address(), two.address());
        Socket client = plane.connect()) {
      untilItEnds(client);
      plane.awaitNothingInUse();
      assertThat(one.accepted).hasValue(2);
      assertThat(two.accepted).hasValue(2);
      assertThat(plane.ended(SessionEnd.SERVER_RESET)).isEqualTo(1);
    }
  }

  /** What has been said to one server may have had an effect there. */
  @Test
  void whatHasBeenSaidIsNeverSaidToAnother() throws Exception {
    try (TestServer stopping =
            new TestServer(socket -> {
              socket.getInputStream().read();
              socket.setSoLinger(true, 0);
            });
        TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, stopping.address(), server.address());
        Socket client = plane.connect()) {
      client.getOutputStream().write(HELLO);
      untilItEnds(client);
      plane.awaitNothingInUse();
      assertThat(plane.ended(SessionEnd.SERVER_RESET)).isEqualTo(1);
      assertThat(server.accepted).hasValue(0);
    }
  }

  /** A server that ends silent connections after a while means it. */
  @Test
  void aClientThatIsSilentForLongIsNotTakenElsewhere() throws Exception {
    try (TestServer strict =
            new TestServer(socket -> LockSupport.parkNanos(Duration.ofMillis(600).toNanos()));
        TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, strict.address(), server.address());
        Socket client = plane.connect()) {
      untilItEnds(client);
      assertThat(server.accepted).hasValue(0);
    }
  }

  private static void assertEchoes(Socket client) throws IOException {
    client.getOutputStream().write(HELLO);
    assertThat(client.getInputStream().readNBytes(HELLO.length)).isEqualTo(HELLO);
  }

  /** A reset after an answer is how many protocols end. */
  @Test
  void aResetAfterTheFirstByteSaysNothing() throws Exception {
    try (TestServer server =
            new TestServer(socket -> {
              socket.getInputStream().read();
              socket.getOutputStream().write(HELLO);
              socket.getInputStream().read();
              socket.setSoLinger(true, 0);
            });
        TestPlane plane = new TestPlane(1, server.address());
        Socket client = plane.connect()) {
      client.getOutputStream().write(HELLO[0]);
      assertThat(client.getInputStream().readNBytes(HELLO.length)).isEqualTo(HELLO);
      client.getOutputStream().write(HELLO[0]);
      untilItEnds(client);
      plane.awaitNothingInUse();
      assertThat(plane.balancer.failuresInARow("api", "s0")).isZero();
    }
  }

  @Test
  void refusedConnectionsAreCountedAndCanBeForgotten() throws Exception {
    InetSocketAddress nobody;
    try (ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = new InetSocketAddress(InetAddress.getLoopbackAddress(), gone.getLocalPort());
    }
    try (TestPlane plane = new TestPlane(1, nobody)) {
      request(plane);
      assertThat(plane.balancer.failuresInARow("api", "s0")).isPositive();
      plane.balancer.forgetFailures("api", "s0");
      assertThat(plane.balancer.failuresInARow("api", "s0")).isZero();
      assertThat(plane.balancer.failuresInARow("api", "unknown")).isZero();
    }
  }

  @Test
  void whatIsWantedAtRunTimeSurvivesAReload() throws Exception {
    try (TestServer one = TestServer.echo();
        TestServer two = TestServer.echo();
        TestPlane plane = new TestPlane(1, one.address(), two.address())) {
      adjust(plane, OptionalInt.of(7), Optional.of(Administrative.DRAIN));
      assertThat(server(plane).config().weight()).isEqualTo(7);
      for (int i = 0; i < 6; i++) {
        plane.connect().close();
      }
      plane.awaitNothingInUse();
      assertThat(one.accepted).hasValue(0);
      plane.apply();
      assertThat(server(plane).config().weight()).isEqualTo(7);
      assertThat(server(plane).config().administrative()).isEqualTo(Administrative.DRAIN);
      adjust(plane, OptionalInt.empty(), Optional.empty());
      assertThat(server(plane).config().weight()).isEqualTo(1);
      assertThat(server(plane).config().administrative()).isEqualTo(Administrative.READY);
    }
  }

  @Test
  void maintenanceAtRunTimeClosesSessions() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, server.address());
        Socket client = plane.connect()) {
      client.getOutputStream().write(HELLO);
      assertThat(client.getInputStream().readNBytes(HELLO.length)).isEqualTo(HELLO);
      adjust(plane, OptionalInt.empty(), Optional.of(Administrative.MAINTENANCE));
      untilItEnds(client);
      plane.awaitNothingInUse();
    }
  }

  @Test
  void aLimitAtRunTimeHolds() throws Exception {
    try (TestServer server = TestServer.echo();
        TestPlane plane = new TestPlane(1, server.address())) {
      plane.balancer.advise(
          "api", "s0", new Advice(OptionalInt.empty(), Optional.empty(), OptionalInt.of(1)));
      assertThat(server(plane).config().maxConnections()).isEqualTo(1);
      try (Socket first = plane.connect();
          Socket second = plane.connect()) {
        second.getOutputStream().write(HELLO);
        for (int i = 0; i < 20; i++) {
          first.getOutputStream().write(HELLO);
          assertThat(first.getInputStream().readNBytes(HELLO.length)).isEqualTo(HELLO);
        }
        assertThat(server.accepted).hasValue(1);
      }
      plane.awaitNothingInUse();
    }
  }

  private static void adjust(
      TestPlane plane, OptionalInt weight, Optional<Administrative> administrative) {
    plane.balancer.adjust(
        "api", "s0", before -> new Adjustment(weight, administrative, before.written()));
  }

  private static LoadBalancerSnapshot.Server server(TestPlane plane) {
    return plane.balancer.snapshot().backends().getFirst().servers().getFirst();
  }

  private static void request(TestPlane plane) throws Exception {
    try (Socket client = plane.connect()) {
      client.getOutputStream().write(HELLO[0]);
      untilItEnds(client);
    } catch (IOException e) {
      // Reset while it wrote: that is an end, too.
      plane.awaitNothingInUse();
      return;
    }
    plane.awaitNothingInUse();
  }

  private static void untilItEnds(Socket client) {
    try {
      while (client.getInputStream().read() >= 0) {
        // Until the end.
      }
    } catch (IOException e) {
      // A reset is an end.
      return;
    }
  }
}
