package dev.fairlead.lb.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.BackendConfig.Balance;
import dev.fairlead.config.PlacementConfig;
import dev.fairlead.config.QueueConfig;
import dev.fairlead.config.RaceConfig;
import dev.fairlead.config.RebalanceConfig;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.lb.Availability;
import dev.fairlead.lb.SessionEnd;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Each key of races, of spreading and of closing, changed while connections come. */
class RaceReloadTest {

  private static final Duration NEVER = Duration.ofHours(1);

  private static RaceConfig delayed(int millis) {
    return new RaceConfig(
        RaceConfig.Mode.CLIENT_HELLO,
        Duration.ofMillis(millis),
        Duration.ofMillis(millis),
        3,
        1,
        Duration.ZERO,
        Duration.ZERO,
        Duration.ZERO);
  }

  private static void reload(
      TestPlane plane, Balance balance, PlacementConfig rules, TestServer... servers)
      throws Exception {
    List<ServerConfig> configs = new ArrayList<>();
    for (TestServer server : servers) {
      configs.add(TestPlane.server("s" + configs.size(), server.address()));
    }
    plane.backend(b -> plane.withPlacement(balance, rules, configs.toArray(ServerConfig[]::new)));
  }

  private static void reload(TestPlane plane, RaceConfig race, TestServer... servers)
      throws Exception {
    reload(plane, Balance.FIRST, RaceTest.placement(race), servers);
  }

  private static boolean isAnswered(TestPlane plane) throws IOException {
    try (Socket client = plane.connect()) {
      client.getOutputStream().write(Hellos.TLS_13);
      client.setSoTimeout(300);
      return !RaceTest.isSilent(client);
    }
  }

  @Test
  void whatIsRacedAndAgainstHowMany() throws Exception {
    CountDownLatch thaw = new CountDownLatch(1);
    try (TestServer one = RaceTest.frozen(thaw);
        TestServer two = RaceTest.frozen(thaw);
        TestServer server = TestServer.echo();
        TestPlane plane =
            RaceTest.plane(RaceConfig.OFF, one.address(), two.address(), server.address())) {
      assertThat(isAnswered(plane)).as("off").isFalse();
      for (RaceConfig.Mode mode : RaceConfig.Mode.values()) {
        reload(plane, RaceTest.rules(mode, 3, 1, Duration.ZERO), one, two, server);
        assertThat(isAnswered(plane))
            .as("%s", mode)
            .isEqualTo(mode == RaceConfig.Mode.CLIENT_HELLO);
      }
      RaceConfig.Mode hellos = RaceConfig.Mode.CLIENT_HELLO;
      reload(plane, RaceTest.rules(hellos, 2, 1, Duration.ZERO), one, two, server);
      assertThat(isAnswered(plane)).as("two servers at most").isFalse();
      reload(plane, RaceTest.rules(hellos, 3, 0, Duration.ZERO), one, two, server);
      long refused = RaceTest.races(plane).refused();
      assertThat(isAnswered(plane)).as("nothing in vain").isFalse();
      assertThat(RaceTest.races(plane).refused()).isGreaterThan(refused);
      reload(plane, RaceTest.rules(hellos, 3, 1, Duration.ZERO), one, two, server);
      assertThat(isAnswered(plane)).isTrue();
      thaw.countDown();
      plane.awaitNothingInUse();
    }
  }

  @Test
  void howLongIsWaited() throws Exception {
    CountDownLatch thaw = new CountDownLatch(1);
    try (TestServer one = RaceTest.frozen(thaw);
        TestServer server = TestServer.echo();
        TestPlane plane = RaceTest.plane(delayed(700), one.address(), server.address())) {
      for (int millis : new int[] {700, 60, 700}) {
        reload(plane, delayed(millis), one, server);
        try (Socket client = plane.connect()) {
          // Half of it more for a machine that is busy.
          assertThat(RaceTest.millisFor(client, Hellos.TLS_13))
              .isBetween((long) millis - 1, millis == 60 ? 690L : 5000L);
        }
      }
      thaw.countDown();
      plane.awaitNothingInUse();
    }
  }

  @Test
  void forHowLongALoserIsAvoided() throws Exception {
    CountDownLatch thaw = new CountDownLatch(1);
    RaceConfig.Mode hellos = RaceConfig.Mode.CLIENT_HELLO;
    try (TestServer one = RaceTest.frozen(thaw);
        TestServer server = TestServer.echo();
        TestPlane plane =
            RaceTest.plane(
                RaceTest.rules(hellos, 3, 1, Duration.ZERO), one.address(), server.address())) {
      for (int lost = 1; lost <= 3; lost++) {
        assertThat(isAnswered(plane)).isTrue();
        assertThat(plane.server(0).racing().lost()).as("never avoided").isEqualTo(lost);
      }
      reload(plane, RaceTest.rules(hellos, 3, 1, NEVER), one, server);
      for (int i = 0; i < 3; i++) {
        assertThat(isAnswered(plane)).isTrue();
      }
      assertThat(plane.server(0).racing().lost()).as("once more").isEqualTo(4);
      thaw.countDown();
      plane.awaitNothingInUse();
    }
  }

  @Test
  void whichAnswersAreSlow() throws Exception {
    try (TestServer slow =
            new TestServer(socket -> {
              for (int b = socket.getInputStream().read();
                  b >= 0;
                  b = socket.getInputStream().read()) {
                long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(250);
                TestPlane.await("a slow answer", () -> System.nanoTime() - until > 0);
                socket.getOutputStream().write(b);
              }
            });
        TestServer quick = TestServer.echo();
        TestPlane plane = new TestPlane(1, slow.address(), quick.address())) {
      reload(plane, Balance.ROUND_ROBIN, slowAnswers(0), slow, quick);
      exchange(plane, 4);
      assertThat(plane.server(0).racing().avoided()).as("not timed").isFalse();
      reload(plane, Balance.ROUND_ROBIN, slowAnswers(100), slow, quick);
      exchange(plane, 4);
      assertThat(plane.server(0).racing().avoided()).isTrue();
      long before = plane.server(0).connections();
      exchange(plane, 4);
      assertThat(plane.server(0).connections()).isEqualTo(before);
    }
  }

  private static PlacementConfig slowAnswers(int millis) {
    return RaceTest.placement(
        new RaceConfig(
            RaceConfig.Mode.CLIENT_HELLO,
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            2,
            1,
            NEVER,
            NEVER,
            Duration.ofMillis(millis)));
  }

  private static void exchange(TestPlane plane, int connections) throws IOException {
    for (int i = 0; i < connections; i++) {
      try (Socket client = plane.connect()) {
        RaceTest.assertEcho(client, new byte[] {1});
      }
      plane.awaitNothingInUse();
    }
  }

  @Test
  void whichSessionsAreSpreadAgain() throws Exception {
    try (TestServer one = TestServer.echo();
        TestServer two = TestServer.echo();
        TestPlane plane = new TestPlane(1, one.address(), two.address())) {
      spread(plane, new RebalanceConfig(0, 0, Duration.ZERO, Duration.ZERO), one, two);
      plane.balancer.availability("api", "s0", Availability.USABLE);
      plane.balancer.availability("api", "s1", Availability.DEAD);
      List<Socket> clients = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        Socket client = plane.connect();
        RaceTest.assertEcho(client, new byte[] {1});
        clients.add(client);
      }
      plane.balancer.availability("api", "s1", Availability.USABLE);
      pass(Duration.ofMillis(2500));
      assertThat(plane.ended(SessionEnd.REBALANCED)).as("rate 0").isZero();

      spread(plane, new RebalanceConfig(100, 0, NEVER, Duration.ZERO), one, two);
      awaitToRebalance(plane, 5);
      spread(plane, new RebalanceConfig(100, 0, Duration.ZERO, NEVER), one, two);
      pass(Duration.ofMillis(1200));
      assertThat(plane.ended(SessionEnd.REBALANCED)).as("too young, or not idle").isZero();
      spread(plane, new RebalanceConfig(100, 1, Duration.ZERO, Duration.ZERO), one, two);
      awaitToRebalance(plane, 0);
      pass(Duration.ofMillis(1200));
      assertThat(plane.ended(SessionEnd.REBALANCED)).as("tolerated").isZero();
      spread(plane, new RebalanceConfig(2, 0, Duration.ZERO, Duration.ZERO), one, two);
      long from = System.nanoTime();
      TestPlane.await("four", () -> plane.ended(SessionEnd.REBALANCED) >= 4);
      assertThat(System.nanoTime() - from)
          .as("two a second")
          .isGreaterThan(TimeUnit.MILLISECONDS.toNanos(700));
      for (Socket client : clients) {
        client.close();
      }
    }
  }

  private static void spread(TestPlane plane, RebalanceConfig rules, TestServer... servers)
      throws Exception {
    reload(
        plane,
        Balance.LEAST_CONNECTIONS,
        new PlacementConfig(
            Duration.ZERO, 0, QueueConfig.DEFAULT, Optional.empty(), RaceConfig.OFF, rules),
        servers);
  }

  private static void awaitToRebalance(TestPlane plane, int count) {
    TestPlane.await(
        count + " too many",
        () -> plane.balancer.snapshot().backends().getFirst().races().toRebalance() == count);
  }

  /** What must not happen, would have by then. */
  private static void pass(Duration time) {
    long until = System.nanoTime() + time.toNanos();
    TestPlane.await("time", () -> System.nanoTime() - until > 0);
  }

  @Test
  void howFastSessionsOfADeadServerAreClosed() throws Exception {
    try (TestServer one = TestServer.echo();
        TestPlane plane = new TestPlane(1, one.address())) {
      plane.backend(b -> plane.withTimeouts(Duration.ofMillis(400), Duration.ZERO, 2));
      plane.balancer.availability("api", "s0", Availability.USABLE);
      List<Socket> clients = new ArrayList<>();
      for (int i = 0; i < 9; i++) {
        Socket client = plane.connect();
        RaceTest.assertEcho(client, new byte[] {1});
        clients.add(client);
      }
      long from = System.nanoTime();
      plane.balancer.availability("api", "s0", Availability.DEAD);
      TestPlane.await("three", () -> plane.ended(SessionEnd.SERVER_DEAD) >= 3);
      assertThat(System.nanoTime() - from).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(900));
      plane.balancer.availability("api", "s0", Availability.USABLE);
      plane.backend(b -> plane.withTimeouts(Duration.ofMillis(400), Duration.ZERO, 1000));
      long again = System.nanoTime();
      plane.balancer.availability("api", "s0", Availability.DEAD);
      TestPlane.await("the rest", () -> plane.ended(SessionEnd.SERVER_DEAD) == 9);
      // Six more at two a second would have taken three.
      assertThat(System.nanoTime() - again).isLessThan(TimeUnit.MILLISECONDS.toNanos(2500));
      for (Socket client : clients) {
        client.close();
      }
    }
  }
}
