package dev.fairlead.vrrp.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.config.VirtualRouterConfig.Transport;
import dev.fairlead.vrrp.Ability;
import dev.fairlead.vrrp.net.VirtualRouterStatus.State;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Two nodes, the real kernel, and the bytes on the wire. */
@Execution(ExecutionMode.CONCURRENT)
class VirtualRoutersTest {

  private static final String VIP = "10.99.0.100/24";
  private static final Duration SOON = Duration.ofSeconds(2);
  private static final Duration MASTER_DOWN = Duration.ofSeconds(5);

  private final Lan lan = new Lan(2);

  @TempDir private Path directory;
  private final Node first = new Node(lan.node(1));
  private final Node second = new Node(lan.node(2));
  private final Capture capture = new Capture(lan.hub());

  @AfterEach
  void close() {
    try (lan;
        capture) {
      first.close();
      second.close();
      assertThat(lan.has(1, VIP)).isFalse();
      assertThat(lan.has(2, VIP)).isFalse();
    }
  }

  @Test
  void version2IsOnTheWireWhatKeepalivedSends() {
    first.start(Routers.version2(100, "10.99.0.100/24", "10.99.0.101/24", "10.99.0.102/24"));
    first.awaitState(State.MASTER, MASTER_DOWN);
    Await.until("announced", SOON, () -> capture.announcements(1).size() >= 15);

    // Recorded from keepalived 2.2.7 with this configuration, IP ID 1 included.
    assertThat(capture.advertisements(1).getFirst().hex())
        .isEqualTo(
            "01005e0000120200000001010800"
                + "45c0003000010000ff70d01c0a63000be0000012"
                + "2133640301"
                + "01bfd30a6300640a6300650a6300663132333435360000");
    assertThat(capture.announcements(1).stream().map(Capture.Frame::hex).distinct())
        .containsExactly(arp("0a630064"), arp("0a630065"), arp("0a630066"));
    // Rounds over the addresses, and the advertisement before all of them.
    assertThat(capture.announcements(1).stream().map(Capture.Frame::hex).limit(4))
        .containsExactly(arp("0a630064"), arp("0a630065"), arp("0a630066"), arp("0a630064"));
    assertThat(capture.advertisements(1).getFirst().at())
        .isLessThanOrEqualTo(capture.announcements(1).getFirst().at());
    assertThatTsharkIsContent();
  }

  private static String arp(String address) {
    return "ffffffffffff02000000010108060001080006040001020000000101"
        + address
        + "ffffffffffff"
        + address;
  }

  @Test
  void version3OverIpv6ElectsAndFailsOver() {
    VirtualRouterConfig better = Routers.version3(100, "fe80::51/64", "fd00:99::100/64");
    VirtualRouterConfig worse = Routers.version3(90, "fe80::51/64", "fd00:99::100/64");
    first.start(better);
    first.awaitState(State.MASTER, MASTER_DOWN);
    second.start(worse);
    second.awaitState(State.BACKUP, SOON);
    Await.until("the master is known", SOON, () -> second.status().master().startsWith("fe80:"));
    assertThat(lan.has(1, "fd00:99::100/64")).isTrue();

    first.closeRouters();

    second.awaitState(State.MASTER, SOON);
    assertThat(lan.has(2, "fd00:99::100/64")).isTrue();
    assertThat(lan.has(1, "fd00:99::100/64")).isFalse();
    assertThat(second.status().rejected()).isEmpty();
    assertThatTsharkIsContent();
  }

  private void assertThatTsharkIsContent() {
    List<Capture.Frame> chosen =
        Stream.of(1, 2)
            .flatMap(node ->
                Stream.concat(
                    capture.advertisements(node).stream(), capture.announcements(node).stream()))
            .toList();
    assertThat(Capture.dissect(directory, chosen))
        .contains("Virtual Router Redundancy Protocol")
        .containsPattern("Checksum: 0x[0-9a-f]+ \\[correct\\]")
        .doesNotContain("incorrect")
        .doesNotContain("Expert Info (Warning")
        .doesNotContain("Expert Info (Error")
        .doesNotContain("Malformed");
  }

  @Test
  void resigningMasterServesUntilItsSuccessorIsHeard() {
    first.start(Routers.version2(100, VIP));
    first.awaitState(State.MASTER, MASTER_DOWN);
    second.start(Routers.version2(80, VIP));
    second.awaitState(State.BACKUP, SOON);
    Await.until("heard", SOON, () -> !second.status().master().isEmpty());
    CountDownLatch done = new CountDownLatch(1);
    AtomicInteger calls = new AtomicInteger();

    first.resign(() -> {
      calls.incrementAndGet();
      done.countDown();
    });

    // Skew of priority 80: (256 - 80) / 256 s.
    assertThat(first.state()).isEqualTo(State.RESIGNING);
    assertThat(lan.has(1, VIP)).isTrue();
    // Without one it would have waited for the whole interval and a half.
    Await.until("resigned", Duration.ofMillis(1400), () -> done.getCount() == 0);
    assertThat(second.isMaster()).isTrue();
    assertThat(lan.has(1, VIP)).isFalse();
    assertThat(lan.has(2, VIP)).isTrue();
    assertThat(calls).hasValue(1);
    assertThat(capture.advertisements(1).getLast().priority()).isZero();
    assertThat(first.status().sent()).containsEntry("priority_zero", 1L);
    assertThat(second.status().received()).containsEntry("priority_zero", 1L);
  }

  @Test
  void clientsHearThatTheAddressGoesWhileItCanStillTellThem() throws Exception {
    first.start(Routers.version2(100, VIP));
    first.awaitState(State.MASTER, MASTER_DOWN);
    ServerSocketChannel listener =
        first.call(() -> ServerSocketChannel.open().bind(new InetSocketAddress(7000)));
    SocketChannel client =
        second.call(() -> SocketChannel.open(new InetSocketAddress("10.99.0.100", 7000)));
    // This end of the client's waits for an answer; nobody will send one from that address again.
    try (listener;
        client;
        SocketChannel accepted = listener.accept()) {
      client.socket().setSoTimeout((int) SOON.toMillis());
      assertThat(accepted.isConnected()).isTrue();

      first.closeRouters();

      assertThatThrownBy(() -> client.socket().getInputStream().read())
          .hasMessageContaining("reset");
      assertThat(lan.has(1, VIP)).isFalse();
    }
  }

  @Test
  void connectionsSurviveAReloadThatOnlyReshapesTheirAddress() throws Exception {
    first.start(Routers.version2(255, VIP));
    first.awaitState(State.MASTER, SOON);
    ServerSocketChannel listener =
        first.call(() -> ServerSocketChannel.open().bind(new InetSocketAddress(7000)));
    SocketChannel client =
        second.call(() -> SocketChannel.open(new InetSocketAddress("10.99.0.100", 7000)));
    try (listener;
        client;
        SocketChannel accepted = listener.accept()) {
      client.socket().setSoTimeout((int) SOON.toMillis());

      first.apply(Routers.version2(255, "10.99.0.100/32"));
      assertThat(lan.has(1, VIP)).isFalse();
      assertThat(lan.has(1, "10.99.0.100/32")).isTrue();

      accepted.write(ByteBuffer.wrap(new byte[] {42}));
      assertThat(client.socket().getInputStream().read()).isEqualTo(42);
    }
  }

  @Test
  void masterWithoutASuccessorResignsInBoundedTime() {
    first.start(Routers.version2(255, VIP));
    first.awaitState(State.MASTER, SOON);
    CountDownLatch done = new CountDownLatch(1);
    first.resign(done::countDown);
    Await.until("resigned", Duration.ofSeconds(3), () -> done.getCount() == 0);
    assertThat(lan.has(1, VIP)).isFalse();
  }

  @Test
  void failedTrackHandsOverAndTheLastResortStaysInTheElection() {
    VirtualRouterConfig config = Routers.version2(100, VIP);
    first.start(config);
    first.awaitState(State.MASTER, MASTER_DOWN);
    second.start(Routers.version2(80, VIP));
    Await.until("heard", SOON, () -> !second.status().master().isEmpty());

    first.ability(config, Ability.LAST_RESORT);

    // Silence alone would take more than three seconds.
    second.awaitState(State.MASTER, Duration.ofSeconds(2));
    first.awaitState(State.BACKUP, SOON);
    assertThat(first.status().priority()).isEqualTo(1);
    assertThat(lan.has(1, VIP)).isFalse();
  }

  @Test
  void frozenProcessLosesTheAddressFirstAndYieldsWhenItWakes() {
    first.start(Routers.version2(100, VIP));
    first.awaitState(State.MASTER, MASTER_DOWN);
    second.start(Routers.version2(80, VIP));
    Await.until("heard", SOON, () -> !second.status().master().isEmpty());
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
    try {
      Await.until("the kernel took it away", MASTER_DOWN, () -> !lan.has(1, VIP));
      assertThat(second.isMaster()).isFalse();
      second.awaitState(State.MASTER, MASTER_DOWN);
    } finally {
      thaw.countDown();
    }
    first.awaitState(State.BACKUP, SOON);
    Await.whileTrue(
        "only one holder", Duration.ofMillis(800), () -> lan.has(1, VIP) != lan.has(2, VIP));
  }

  @Test
  void addressDeletedBySomebodyElseIsBackAtOnce() {
    first.start(Routers.version2(255, VIP));
    first.awaitState(State.MASTER, SOON);
    Await.until("added", SOON, () -> lan.has(1, VIP));
    List<Duration> gone = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      lan.ip(1, "address delete " + VIP + " dev eth0");
      gone.add(Await.until("back", SOON, () -> lan.has(1, VIP)));
    }
    // The next advertisement's refresh would take half a second on average.
    gone.sort(null);
    assertThat(gone.get(2)).isLessThan(Duration.ofMillis(50));
    assertThat(first.transitions()).containsExactly("FAULT -> MASTER");
  }

  @Test
  void linkDownAndUpLeavesAndJoinsTheElection() {
    first.start(Routers.version2(255, VIP));
    first.awaitState(State.MASTER, SOON);
    Commands.run("ip -n " + lan.hub() + " link set p1 down");
    try {
      first.awaitState(State.FAULT, SOON);
      assertThat(first.status().reason()).isEqualTo("the link of eth0 is down");
      assertThat(lan.has(1, VIP)).isFalse();
    } finally {
      Commands.run("ip -n " + lan.hub() + " link set p1 up");
    }
    first.awaitState(State.MASTER, SOON);
    assertThat(lan.has(1, VIP)).isTrue();
  }

  @Test
  void interfaceThatComesLaterAndComesAgainIsUsed() {
    VirtualRouterConfig config = onInterface(Routers.version2(255, VIP), "late0");
    first.start(config);
    assertThat(first.state()).isEqualTo(State.FAULT);
    assertThat(first.status().reason()).isEqualTo("interface late0 does not exist");
    for (int i = 0; i < 2; i++) {
      lan.ip(1, "link add late0 type veth peer name late1");
      lan.ip(1, "address add 10.98.0.1/24 dev late0");
      lan.ip(1, "link set late1 up");
      lan.ip(1, "link set late0 up");
      first.awaitState(State.MASTER, SOON);
      assertThat(lan.ip(1, "-o address show dev late0")).contains(VIP);
      lan.ip(1, "link delete late0");
      first.awaitState(State.FAULT, SOON);
    }
  }

  private static VirtualRouterConfig onInterface(VirtualRouterConfig c, String name) {
    return new VirtualRouterConfig(
        c.name(),
        name,
        c.ipv6(),
        c.routerId(),
        c.election(),
        c.wire(),
        c.addresses(),
        c.announcements(),
        c.deadMan(),
        c.resetSockets(),
        c.track());
  }

  @Test
  void leftoverIsRemovedAtStartButNeverTheNodesOwnAddress() {
    lan.ip(1, "address add " + VIP + " dev eth0");
    first.apply(Routers.version2(100, VIP));
    assertThat(lan.has(1, VIP)).isFalse();

    assertThat(second.problems(Routers.version2(100, "10.99.0.12/24")))
        .singleElement()
        .asString()
        .startsWith("10.99.0.12 is this node's own address on eth0");
    second.apply(Routers.version2(100, "10.99.0.12/24"));
    assertThat(lan.has(2, "10.99.0.12/24")).isTrue();
  }

  @Test
  void reloadTouchesOnlyWhatChanged() {
    VirtualRouterConfig config = Routers.version2(255, VIP);
    first.start(config);
    first.awaitState(State.MASTER, SOON);

    first.apply(config);
    first.apply(Routers.version2(255, VIP, "10.99.0.101/24"));
    assertThat(first.transitions()).containsExactly("FAULT -> MASTER");
    assertThat(lan.has(1, VIP)).isTrue();
    assertThat(lan.has(1, "10.99.0.101/24")).isTrue();

    first.apply();
    // One after the other, each with its connections.
    Await.until("handed over", SOON, () -> !lan.has(1, VIP) && !lan.has(1, "10.99.0.101/24"));
  }

  @Test
  void unicastRejectsWhoIsNoPeerAndCountsIt() {
    first.start(Routers.unicast(100, "10.99.0.13", VIP));
    first.awaitState(State.MASTER, MASTER_DOWN);
    second.start(Routers.unicast(90, "10.99.0.11", VIP));
    second.awaitState(State.MASTER, MASTER_DOWN);
    Await.until("rejected", SOON, () -> first.status().rejected().containsKey("unknown_sender"));
    assertThat(first.isMaster()).isTrue();
    first.closeRouters();
    second.closeRouters();
  }

  @Test
  void unicastComesFromTheAddressThatThePeersKnow() {
    // Not the interface's first.
    lan.ip(1, "address add 10.97.0.1/24 dev eth0");
    lan.ip(2, "address add 10.97.0.2/24 dev eth0");
    first.start(Routers.unicast(100, "10.97.0.2", VIP));
    first.awaitState(State.MASTER, MASTER_DOWN);
    second.start(Routers.unicast(90, "10.97.0.1", VIP));
    Await.until("heard", SOON, () -> second.status().master().equals("10.97.0.1"));
    assertThat(second.status().rejected()).isEmpty();
  }

  @Test
  void ipv6UnicastToGlobalAddressesDoesNotComeFromALinkLocalOne() {
    first.start(ipv6Unicast(100, "fd00:99::12"));
    first.awaitState(State.MASTER, MASTER_DOWN);
    second.start(ipv6Unicast(90, "fd00:99::11"));
    Await.until("heard", SOON, () -> second.status().master().equals("fd00:99::11"));
    assertThat(second.status().rejected()).isEmpty();
  }

  private static VirtualRouterConfig ipv6Unicast(int priority, String peer) {
    Transport transport = new Transport.Unicast(List.of(Routers.address(peer)));
    return Routers.router(3, priority, Duration.ofMillis(100), transport, "fd00:99::100/64");
  }

  @Test
  void addressOfAKilledProcessGoesAlsoWhereTheIntervalIsShort() {
    VirtualRouterConfig config = Routers.version3(255, VIP);
    first.start(config);
    first.awaitState(State.MASTER, SOON);
    Await.until("added", SOON, () -> lan.has(1, VIP));
    assertThat(lan.ip(1, "-o address show dev eth0")).contains("valid_lft 1sec");
  }

  @Test
  void addressThatCouldNotBeAddedIsTriedAgainAlsoWithoutALifetime() {
    lan.ip(1, "link add late0 type veth peer name late1");
    lan.ip(1, "link set late1 up");
    lan.ip(1, "link set late0 up");
    disableIpv6("late0", 1);
    first.start(Routers.elsewhere(Routers.version3(255, "fd00:98::100/64"), "late0"));
    first.awaitState(State.MASTER, SOON);
    assertThat(lan.ip(1, "-o address show dev late0")).doesNotContain("fd00:98::100");

    disableIpv6("late0", 0);

    Await.until(
        "added", SOON, () -> lan.ip(1, "-o address show dev late0").contains("fd00:98::100"));
  }

  private void disableIpv6(String name, int value) {
    Commands.run(
        "ip netns exec %s sysctl -q -w net.ipv6.conf.%s.disable_ipv6=%d"
            .formatted(lan.node(1), name, value));
  }

  @Test
  void whoCannotAddTheAddressIsNotMaster() {
    first.start(Routers.elsewhere(Routers.version3(255, "10.98.0.100/24"), "late0"));
    assertThat(first.state()).isEqualTo(State.FAULT);
    assertThat(first.status().reason()).isEqualTo("interface late0 does not exist");
    lan.ip(1, "link add late0 type veth peer name late1");
    lan.ip(1, "link set late1 up");
    lan.ip(1, "link set late0 up");
    first.awaitState(State.MASTER, SOON);
    assertThat(lan.ip(1, "-o address show dev late0")).contains("10.98.0.100/24");
    lan.ip(1, "link delete late0");
    first.awaitState(State.FAULT, SOON);
  }

  @Test
  void addressOfAnotherVirtualRouterIsNoSource() {
    lan.ip(1, "link add late0 type veth peer name late1");
    lan.ip(1, "link set late1 up");
    lan.ip(1, "link set late0 up");
    VirtualRouterConfig holder =
        Routers.elsewhere(Routers.version3(100, "10.98.0.100/24"), "late0");
    first.start(holder);
    first.awaitState(State.MASTER, SOON);
    first.start(holder, onInterface(Routers.version3(100, "10.98.0.101/24"), "late0"));
    assertThat(first.status(1).state()).isEqualTo(State.FAULT);
    assertThat(first.status(1).reason()).isEqualTo("late0 has no IPv4 address to send from");
  }

  @Test
  void whatATimerThrowsIsToldAndTheAddressIsStillLetGo() {
    first.start(Routers.version3(100, VIP));
    first.awaitState(State.BACKUP, SOON);
    first.onTransition(() -> {
      throw new IllegalStateException("thrown by the test");
    });

    Await.until("told", SOON, () -> !first.broken().isEmpty());

    assertThat(first.broken().getFirst()).hasMessage("thrown by the test");
    assertThat(lan.has(1, VIP)).isTrue();
    first.closeRouters();
    assertThat(lan.has(1, VIP)).isFalse();
  }

  @Test
  void nothingRunsWithoutVirtualRouters() {
    assertThat(first.problems()).isEmpty();
    first.apply();
    CountDownLatch done = new CountDownLatch(1);
    first.resign(done::countDown);
    assertThat(done.getCount()).isZero();
  }
}
