package dev.fairlead.vrrp.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.VirtualRouterConfig.VirtualAddress;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Against the real kernel. */
@Execution(ExecutionMode.CONCURRENT)
class AddressLeaseTest {

  private final Lan lan = new Lan(1);
  private Node node;
  private Rtnetlink rtnetlink;
  private int index;

  @BeforeEach
  void open() throws SocketException {
    node = new Node(lan.node(1));
    rtnetlink = node.call(Rtnetlink::new);
    index =
        rtnetlink.links().stream()
            .filter(link -> link.name().equals("eth0"))
            .findFirst()
            .orElseThrow()
            .index();
  }

  @AfterEach
  void close() {
    try (lan) {
      node.run(rtnetlink::close);
      node.close();
    }
  }

  @Test
  void addressOfAKilledProcessIsGoneBeforeASuccessorCanHaveTakenOver() {
    AddressLease lease = lease("10.99.0.100/24 eth0:vip");
    long heldAt = System.nanoTime();
    assertThat(node.<Boolean>call(() -> lease.hold(index, 2))).isTrue();
    assertThat(shown()).contains("10.99.0.100/24").contains("eth0:vip").contains("valid_lft");

    // A busy machine is late to look: so one bound for the first look that finds nothing, and one
    // for the last that found something.
    AtomicLong seenAt = new AtomicLong(heldAt);
    Await.until(
        "lease ended",
        Duration.ofSeconds(8),
        () -> {
          long now = System.nanoTime();
          boolean there = lan.has(1, "10.99.0.100/24");
          if (there) {
            seenAt.set(now);
          }
          return !there;
        });

    assertThat(Duration.ofNanos(System.nanoTime() - heldAt)).isGreaterThan(Duration.ofMillis(1500));
    assertThat(Duration.ofNanos(seenAt.get() - heldAt)).isLessThan(Duration.ofMillis(2600));
  }

  @Test
  void renewedAddressStays() {
    AddressLease lease = lease("10.99.0.101/24");
    node.run(() -> lease.hold(index, 2));
    ScheduledFuture<?> renewal =
        node.loop()
            .scheduleAtFixedRate(() -> lease.hold(index, 2), 300, 300, TimeUnit.MILLISECONDS);

    Await.whileTrue("address held", Duration.ofMillis(3500), () -> lan.has(1, "10.99.0.101/24"));

    renewal.cancel(false);
    node.run(() -> lease.release(index));
    assertThat(lan.has(1, "10.99.0.101/24")).isFalse();
  }

  @Test
  void ipv6AddressAnswersAtOnceAndIsNoSourceAddress() {
    AddressLease lease = lease("fd00:99::100/64");
    node.run(() -> lease.hold(index, 5));

    assertThat(shown())
        .containsPattern("fd00:99::100/64 scope global nodad deprecated")
        .doesNotContainPattern("fd00:99::100/64[^\n]*tentative");
    node.run(() -> lease.release(index));
    assertThat(shown()).doesNotContain("fd00:99::100");
  }

  @Test
  void addressWithoutALifetimeStaysUntilReleased() {
    AddressLease lease = lease("10.99.0.102/32");
    node.run(() -> lease.hold(index, RouteMessage.FOREVER));
    assertThat(lan.ip(1, "-o address show dev eth0"))
        .containsPattern("10.99.0.102/32[^\n]*valid_lft forever");
    node.run(() -> lease.release(index));
    assertThat(lan.has(1, "10.99.0.102/32")).isFalse();
  }

  @Test
  void whatIsGoneAlreadyIsReleasedWithoutAnError() {
    AddressLease lease = lease("10.99.0.103/32");
    node.run(() -> lease.hold(index, 5));
    lan.ip(1, "address delete 10.99.0.103/32 dev eth0");
    node.run(() -> lease.release(index));
    assertThat(lease.isHeld()).isFalse();
  }

  @Test
  void missingInterfaceIsAnAnswerNotAnException() {
    AddressLease lease = lease("10.99.0.104/32");
    assertThat(node.<Boolean>call(() -> lease.hold(9999, 5))).isFalse();
    assertThat(node.<Integer>call(() -> rtnetlink.removeAddress(9999, lease.address(), 32)))
        .isIn(LibC.ENODEV, LibC.EADDRNOTAVAIL);
  }

  private AddressLease lease(String address) {
    VirtualAddress virtual = Routers.version2(100, address).addresses().getFirst();
    return new AddressLease(rtnetlink, "test", virtual, "eth0");
  }

  private String shown() {
    return lan.ip(1, "address show dev eth0");
  }
}
