package dev.fairlead.vrrp.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.vrrp.net.VirtualRouterStatus.State;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What is tracked changes the priority: two nodes at 100 and 80 that preempt, every 100 ms. */
@Execution(ExecutionMode.CONCURRENT)
class TrackedPriorityTest {

  private static final String VIP = "10.99.0.100/24";
  private static final Duration SOON = Duration.ofSeconds(5);

  private final VirtualRouterConfig best = Routers.preempting(Routers.version3(100, VIP));
  private final VirtualRouterConfig second = Routers.preempting(Routers.version3(80, VIP));
  private final Lan lan = new Lan(2);
  private final Node first = new Node(lan.node(1));
  private final Node other = new Node(lan.node(2));

  @BeforeEach
  void twoNodesOfWhichTheBetterIsMaster() {
    first.start(best);
    first.awaitState(State.MASTER, SOON);
    other.start(second);
    Await.until("heard", SOON, () -> !other.status().peer().isEmpty());
  }

  @AfterEach
  void close() {
    try (lan) {
      first.close();
      other.close();
    }
  }

  @Test
  void fewerPointsThanTheDistanceMoveNothing() {
    first.adjustPriority(best, -20);
    assertThat(first.status().priority()).isEqualTo(80);
    long heard = other.status().received().getOrDefault("normal", 0L);
    Await.until(
        "ten more advertisements",
        SOON,
        () -> other.status().received().getOrDefault("normal", 0L) > heard + 10);
    assertThat(first.isMaster()).isTrue();
    assertThat(other.state()).isEqualTo(State.BACKUP);
  }

  @Test
  void oneMorePointMovesTheAddressesAndItsReturnMovesThemBack() {
    first.adjustPriority(best, -21);
    other.awaitState(State.MASTER, SOON);
    first.awaitState(State.BACKUP, SOON);
    assertThat(first.status().priority()).isEqualTo(79);
    assertThat(first.status().peer()).isEqualTo("10.99.0.12");
    Await.until("the address has moved", SOON, () -> lan.has(2, VIP) && !lan.has(1, VIP));

    first.adjustPriority(best, 0);
    first.awaitState(State.MASTER, SOON);
    other.awaitState(State.BACKUP, SOON);
  }

  @Test
  void thePriorityStaysWithinItsBoundsAndAnOwnersDoesNotChange() {
    first.adjustPriority(best, -253);
    assertThat(first.status().priority()).isEqualTo(1);
    first.adjustPriority(best, 253);
    assertThat(first.status().priority()).isEqualTo(254);
    first.apply(best.withPriority(255));
    assertThat(first.status().priority()).isEqualTo(255);
    // What is tracked is still in force when it is no longer the owner.
    first.apply(best.withPriority(50));
    assertThat(first.status().priority()).isEqualTo(254);
  }

  @Test
  void aStopAndACloseAreToldApartFromAFault() {
    assertThat(first.status().stopped()).isFalse();
    CountDownLatch done = new CountDownLatch(1);
    first.resign(done::countDown);
    Await.until("resigned", SOON, () -> done.getCount() == 0);
    assertThat(first.status().stopped()).isTrue();
    assertThat(first.transitions()).endsWith("MASTER -> RESIGNING", "RESIGNING -> FAULT");

    other.awaitState(State.MASTER, SOON);
    other.closeRouters();
    assertThat(other.transitions()).endsWith("MASTER -> RESIGNING", "RESIGNING -> FAULT");
  }

  @Test
  void everyInterfacesLinkIsKnownAndItsChangeIsTold() throws Exception {
    lan.ip(1, "link add track0 type veth peer name track1");
    lan.ip(1, "link set track0 up");
    CountDownLatch told = new CountDownLatch(1);
    assertThat(first.isUp("track0")).isFalse();
    first.onNetworkChange(told::countDown);
    lan.ip(1, "link set track1 up");
    assertThat(told.await(5, TimeUnit.SECONDS)).isTrue();
    Await.until("up", SOON, () -> first.isUp("track0"));
    lan.ip(1, "link set track1 down");
    Await.until("down", SOON, () -> !first.isUp("track0"));
    assertThat(first.isUp("no-such")).isFalse();
  }
}
