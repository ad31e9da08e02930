package dev.fairlead.vrrp.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.vrrp.net.VirtualRouterStatus.State;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Advertisements every 100 ms, where an address that lives for a second lives too long. */
@Execution(ExecutionMode.CONCURRENT)
class LeaseFilterTest {

  private static final String VIP = "10.99.0.100/24";
  private static final String VIP6 = "fd00:99::100/64";
  private static final Duration SOON = Duration.ofSeconds(2);
  private static final Duration MASTER_DOWN = Duration.ofSeconds(5);

  private final Lan lan = new Lan(2);
  private final Node first = new Node(lan.node(1));
  private final Node second = new Node(lan.node(2));

  @AfterEach
  void close() {
    try (lan) {
      first.close();
      second.close();
      assertThat(tables()).isEmpty();
    }
  }

  @Test
  void aFrozenProcessStopsAnsweringBeforeTheAddressGoes() throws Exception {
    first.start(Routers.version3(255, VIP));
    first.awaitState(State.MASTER, SOON);
    assertThat(first.status().deadMan()).isEqualTo("address lifetime 1 s, lease filter 250 ms");
    Await.until("answers", SOON, () -> answers("10.99.0.100"));
    assertThat(asks("10.99.0.100")).isTrue();

    CountDownLatch thaw = freeze();
    try {
      // Others take over 300 ms after the last advertisement; the address stays for a second.
      Await.until("silent", Duration.ofMillis(900), () -> !answers("10.99.0.100"));
      assertThat(lan.has(1, VIP)).isTrue();
      assertThat(asks("10.99.0.100")).isFalse();
      Await.until("gone", SOON, () -> !lan.has(1, VIP));
    } finally {
      thaw.countDown();
    }
    first.awaitState(State.MASTER, MASTER_DOWN);
    Await.until("answers again", SOON, () -> answers("10.99.0.100"));
  }

  @Test
  void anIpv6AddressStopsAnsweringToo() {
    first.start(Routers.version3(255, "fe80::51/64", VIP6));
    first.awaitState(State.MASTER, MASTER_DOWN);
    Await.until("answers", SOON, () -> answers("fd00:99::100"));
    CountDownLatch thaw = freeze();
    try {
      Await.until("silent", Duration.ofMillis(900), () -> !answers("fd00:99::100"));
    } finally {
      thaw.countDown();
    }
  }

  @Test
  void whoLetsGoIsNotSilencedLater() {
    first.start(Routers.version3(255, VIP));
    first.awaitState(State.MASTER, SOON);
    assertThat(tables()).contains("fairlead_4_51_eth0");

    first.closeRouters();
    assertThat(tables()).isEmpty();

    // Somebody else holds the address on this node now.
    lan.ip(1, "address add " + VIP + " dev eth0");
    Await.until("answers", SOON, () -> answers("10.99.0.100"));
    lan.ip(1, "address delete " + VIP + " dev eth0");
  }

  @Test
  void aTableThatSomebodyFlushesIsMadeAgain() {
    first.start(Routers.version3(255, VIP));
    first.awaitState(State.MASTER, SOON);
    Commands.run("ip netns exec " + lan.node(1) + " nft flush ruleset");
    Await.until("made again", SOON, () -> tables().contains("arp fairlead_4_51_eth0"));
    Await.until("answers", SOON, () -> answers("10.99.0.100"));
    CountDownLatch thaw = freeze();
    try {
      Await.until("silent", Duration.ofMillis(900), () -> !answers("10.99.0.100"));
    } finally {
      thaw.countDown();
    }
  }

  @Test
  void theTableOfAKilledProcessIsReplacedAndCanBeRemoved() throws Exception {
    VirtualRouterConfig config = Routers.version3(255, VIP);
    leaveBehind(config);
    assertThat(tables()).contains("fairlead_4_51_eth0");
    first.start(config);
    first.awaitState(State.MASTER, SOON);
    Await.until("answers", SOON, () -> answers("10.99.0.100"));
    first.closeRouters();

    leaveBehind(config);
    first.run(() -> {
      try {
        VirtualRouters.removeLeftovers(first.loop(), List.of(config), List.of());
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    });
    assertThat(tables()).isEmpty();
  }

  @Test
  void aRenewalIsCheap() {
    VirtualRouterConfig config = Routers.version3(255, VIP);
    long nanos =
        first.call(() -> {
          try (LeaseFilter filter = LeaseFilter.open(config)) {
            for (int i = 0; i < 2000; i++) {
              filter.renew(250);
            }
            long from = System.nanoTime();
            for (int i = 0; i < 1000; i++) {
              filter.renew(250);
            }
            return (System.nanoTime() - from) / 1000;
          }
        });
    System.out.printf("a renewal of two tables takes %d us%n", nanos / 1000);
    assertThat(nanos).isLessThan(TimeUnit.MILLISECONDS.toNanos(5));
  }

  /** A table with leased addresses and nobody who renews them. */
  private void leaveBehind(VirtualRouterConfig config) {
    first.run(() -> {
      try {
        LeaseFilter left = LeaseFilter.open(config);
        left.renew(1);
      } catch (SocketException e) {
        throw new AssertionError(e);
      }
    });
  }

  private CountDownLatch freeze() {
    CountDownLatch thaw = new CountDownLatch(1);
    first
        .loop()
        .execute(() -> {
          try {
            thaw.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    return thaw;
  }

  private String tables() {
    return Commands.run("ip netns exec " + lan.node(1) + " nft list tables");
  }

  /** Whether its kernel refuses a connection, in time. */
  private boolean answers(String address) {
    return second.call(() -> {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(Routers.address(address), 9), 100);
        return true;
      } catch (ConnectException e) {
        return String.valueOf(e.getMessage()).contains("refused");
      } catch (IOException e) {
        return false;
      }
    });
  }

  /** Whether its hardware address is told. */
  private boolean asks(String address) {
    try {
      Commands.run("ip netns exec %s arping -c 1 -w 1 -I eth0 %s".formatted(lan.node(2), address));
      return true;
    } catch (AssertionError e) {
      return false;
    }
  }
}
