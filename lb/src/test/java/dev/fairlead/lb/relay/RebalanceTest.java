package dev.fairlead.lb.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.BackendConfig.Balance;
import dev.fairlead.config.PlacementConfig;
import dev.fairlead.config.QueueConfig;
import dev.fairlead.config.RaceConfig;
import dev.fairlead.config.RebalanceConfig;
import dev.fairlead.lb.Availability;
import dev.fairlead.lb.SessionEnd;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RebalanceTest {

  private static PlacementConfig rules(int rate, Duration minAge, Duration minIdle) {
    return new PlacementConfig(
        Duration.ZERO,
        0,
        QueueConfig.DEFAULT,
        Optional.empty(),
        RaceConfig.OFF,
        new RebalanceConfig(rate, 0, minAge, minIdle));
  }

  /** Both servers are known; the second one is dead until later. */
  private static TestPlane plane(TestServer one, TestServer two, PlacementConfig rules)
      throws Exception {
    TestPlane plane = new TestPlane(2, one.address(), two.address());
    plane.backend(b ->
        plane.withPlacement(
            Balance.LEAST_CONNECTIONS,
            rules,
            TestPlane.server("s0", one.address()),
            TestPlane.server("s1", two.address())));
    plane.balancer.availability("api", "s0", Availability.USABLE);
    plane.balancer.availability("api", "s1", Availability.DEAD);
    return plane;
  }

  private static Socket session(TestPlane plane) throws IOException {
    Socket client = plane.connect();
    client.getOutputStream().write(1);
    assertThat(client.getInputStream().read()).isEqualTo(1);
    return client;
  }

  private static boolean hasEnded(Socket client) throws IOException {
    client.setSoTimeout(1);
    try {
      return client.getInputStream().read() < 0;
    } catch (SocketTimeoutException e) {
      return false;
    }
  }

  @Test
  void whoIsBackGetsIdleSessionsAndActiveOnesAreSpared() throws Exception {
    try (TestServer one = TestServer.echo();
        TestServer two = TestServer.echo();
        TestPlane plane = plane(one, two, rules(4, Duration.ofSeconds(1), Duration.ofSeconds(2)))) {
      List<Socket> active = new ArrayList<>();
      List<Socket> idle = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        (i < 4 ? active : idle).add(session(plane));
      }
      long backAt = System.nanoTime();
      plane.balancer.availability("api", "s1", Availability.USABLE);
      TestPlane.await(
          "the load is even",
          () -> {
            try {
              for (Socket client : active) {
                client.getOutputStream().write(1);
                client.getInputStream().read();
              }
              // Who is sent away comes again.
              for (int i = 0; i < idle.size(); i++) {
                if (hasEnded(idle.get(i))) {
                  idle.set(i, session(plane));
                }
              }
            } catch (IOException e) {
              throw new java.io.UncheckedIOException(e);
            }
            return plane.server(0).sessions() == 5 && plane.server(1).sessions() == 5;
          });
      // Four a second, and none is closed before it has settled.
      assertThat(System.nanoTime() - backAt).isGreaterThan(Duration.ofSeconds(1).toNanos());
      assertThat(plane.server(0).racing().rebalanced()).isEqualTo(5);
      assertThat(plane.ended(SessionEnd.REBALANCED)).isEqualTo(5);
      for (Socket client : active) {
        assertThat(hasEnded(client)).isFalse();
      }
      TestPlane.await(
          "the end of it",
          () -> plane.balancer.snapshot().backends().getFirst().races().toRebalance() == 0);
    }
  }

  @Test
  void youngSessionsAreSpared() throws Exception {
    try (TestServer one = TestServer.echo();
        TestServer two = TestServer.echo();
        TestPlane plane = plane(one, two, rules(100, Duration.ofHours(1), Duration.ZERO))) {
      List<Socket> clients = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        clients.add(session(plane));
      }
      plane.balancer.availability("api", "s1", Availability.USABLE);
      TestPlane.await(
          "it is seen",
          () -> plane.balancer.snapshot().backends().getFirst().races().toRebalance() == 5);
      assertThat(plane.ended(SessionEnd.REBALANCED)).isZero();
      assertThat(clients).noneMatch(Socket::isClosed);
    }
  }

  @Test
  void unlessAskedForNothingIsClosed() throws Exception {
    try (TestServer one = TestServer.echo();
        TestServer two = TestServer.echo();
        TestPlane plane = plane(one, two, rules(0, Duration.ZERO, Duration.ZERO))) {
      List<Socket> clients = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        clients.add(session(plane));
      }
      plane.balancer.availability("api", "s1", Availability.USABLE);
      // Others come and go meanwhile.
      long until = System.nanoTime() + Duration.ofSeconds(3).toNanos();
      TestPlane.await("three seconds", () -> System.nanoTime() - until > 0);
      assertThat(plane.ended(SessionEnd.REBALANCED)).isZero();
      assertThat(plane.server(0).sessions()).isEqualTo(10);
      assertThat(clients).noneMatch(Socket::isClosed);
    }
  }
}
