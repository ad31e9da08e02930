package dev.fairlead.vrrp.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.config.VirtualRouterConfig.Scope;
import dev.fairlead.config.VirtualRouterConfig.Transport;
import dev.fairlead.config.VirtualRouterConfig.VirtualAddress;
import dev.fairlead.config.VirtualRouterConfig.Wire;
import dev.fairlead.vrrp.net.VirtualRouterStatus.State;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What few configure, on real interfaces. */
@Execution(ExecutionMode.CONCURRENT)
class ConfiguredFormsTest {

  private static final String VIP = "10.99.0.100/24";
  private static final Duration SOON = Duration.ofSeconds(5);

  private final Lan lan = new Lan(2);
  private final Node first = new Node(lan.node(1));
  private final Node second = new Node(lan.node(2));
  private final Capture capture = new Capture(lan.hub());

  @AfterEach
  void close() {
    try (lan;
        capture) {
      first.close();
      second.close();
    }
  }

  @Test
  void whatIsExcludedFromTheAdvertisementIsHeldAndAnnouncedAllTheSame() {
    first.start(
        with(
            Routers.version2(255, VIP),
            List.of(
                Routers.virtual(VIP), excluded("10.99.0.101", 24), excluded("fd00:99::100", 64)),
            true));
    first.awaitState(State.MASTER, SOON);
    Await.until("announced", SOON, () -> capture.announcements(1).size() >= 15);

    assertThat(lan.has(1, VIP)).isTrue();
    assertThat(lan.has(1, "10.99.0.101/24")).isTrue();
    assertThat(lan.has(1, "fd00:99::100/64")).isTrue();
    // Type, router, priority, one address, PASS, interval; checksum; the address.
    assertThat(capture.advertisements(1).getFirst().hex().substring(68))
        .matches("2133ff010101[0-9a-f]{4}0a6300643132333435360000");
    assertThat(capture.announcements(1).stream().map(Capture.Frame::hex))
        .anyMatch(frame -> frame.contains("0a630065"))
        .anyMatch(frame -> frame.contains("fd000099000000000000000000000100"));
  }

  private static VirtualAddress excluded(String address, int prefixLength) {
    return new VirtualAddress(
        Routers.address(address),
        prefixLength,
        Optional.empty(),
        Optional.empty(),
        Scope.GLOBAL,
        false);
  }

  private static VirtualRouterConfig with(
      VirtualRouterConfig c, List<VirtualAddress> addresses, boolean resetSockets) {
    return new VirtualRouterConfig(
        c.name(),
        c.interfaceName(),
        c.ipv6(),
        c.routerId(),
        c.election(),
        c.wire(),
        addresses,
        c.announcements(),
        c.deadMan(),
        resetSockets,
        c.track());
  }

  @Test
  void multicastComesFromTheConfiguredSourceOrNotAtAll() {
    lan.ip(1, "address add 10.99.0.51/24 dev eth0");
    VirtualRouterConfig config = Routers.version3(100, VIP);
    first.start(
        Routers.withWire(
            config,
            new Wire(
                3,
                config.wire().advertisementInterval(),
                new Transport.Multicast(),
                Optional.of(Routers.address("10.99.0.51")),
                Optional.empty())));
    first.awaitState(State.MASTER, SOON);
    second.start(Routers.version3(90, VIP));
    Await.until("heard", SOON, () -> second.status().master().equals("10.99.0.51"));

    lan.ip(1, "address delete 10.99.0.51/24 dev eth0");

    first.awaitState(State.FAULT, SOON);
    assertThat(first.status().reason()).isEqualTo("no interface has the source address 10.99.0.51");
    second.awaitState(State.MASTER, SOON);
    assertThat(Stream.of(1, 2).filter(node -> lan.has(node, VIP))).containsExactly(2);
  }

  @Test
  void whatAnOwnerHasAlreadyIsNoLeftover() {
    lan.ip(1, "address add " + VIP + " dev eth0");
    first.apply(Routers.version2(255, VIP));
    assertThat(first.state()).isEqualTo(State.FAULT);
    assertThat(lan.has(1, VIP)).isTrue();
  }

  /** An owner that is killed does nothing more: whatever it would lose then, it has lost before. */
  @ParameterizedTest
  @ValueSource(strings = {"", " valid_lft 300 preferred_lft 300"})
  void whatAnOwnerHadBeforeIsNeitherLeasedNorTakenAway(String lifetime) throws Exception {
    lan.ip(1, "address add " + VIP + " dev eth0" + lifetime);
    first.start(Routers.version3(255, VIP));
    first.awaitState(State.MASTER, SOON);
    ServerSocketChannel listener =
        first.call(() -> ServerSocketChannel.open().bind(new InetSocketAddress(7000)));
    SocketChannel client =
        second.call(() -> SocketChannel.open(new InetSocketAddress("10.99.0.100", 7000)));
    try (listener;
        client;
        SocketChannel accepted = listener.accept()) {
      // Leases are renewed four times a second.
      Await.until("renewals", SOON, () -> capture.advertisements(1).size() >= 10);
      assertThat(lan.ip(1, "-o address show dev eth0"))
          .containsPattern("10.99.0.100/24[^\n]*valid_lft (forever|(29\\d|300)sec)");
      assertThat(first.status().deadMan()).isEqualTo("none, the address is this node's own");
      assertThat(Commands.run("ip netns exec " + lan.node(1) + " nft list tables")).isBlank();

      client.socket().setSoTimeout(300);
      first.closeRouters();

      assertThat(lan.has(1, VIP)).isTrue();
      assertThatThrownBy(() -> client.socket().getInputStream().read())
          .isInstanceOf(SocketTimeoutException.class);
      assertThat(accepted.isOpen()).isTrue();
    }
  }

  /**
   * Whoever took it away does not know that it was the node's own; held it must be all the same.
   */
  @Test
  void whatAnOwnerHasLostIsLeasedLikeAnyOther() {
    lan.ip(1, "address add " + VIP + " dev eth0");
    first.start(Routers.version2(255, VIP));
    first.awaitState(State.MASTER, SOON);

    lan.ip(1, "address delete " + VIP + " dev eth0");

    Await.until("leased", SOON, () -> first.status().deadMan().equals("address lifetime 2 s"));
    Await.until("put back", SOON, () -> lan.has(1, VIP));
    first.closeRouters();
    assertThat(lan.has(1, VIP)).isFalse();
  }

  @Test
  void connectionsAreLeftAloneIfOneLikes() throws Exception {
    first.start(with(Routers.version2(255, VIP), List.of(Routers.virtual(VIP)), false));
    first.awaitState(State.MASTER, SOON);
    ServerSocketChannel listener =
        first.call(() -> ServerSocketChannel.open().bind(new InetSocketAddress(7000)));
    SocketChannel client =
        second.call(() -> SocketChannel.open(new InetSocketAddress("10.99.0.100", 7000)));
    try (listener;
        client;
        SocketChannel accepted = listener.accept()) {
      client.socket().setSoTimeout(300);

      first.closeRouters();

      assertThat(lan.has(1, VIP)).isFalse();
      assertThatThrownBy(() -> client.socket().getInputStream().read())
          .isInstanceOf(SocketTimeoutException.class);
      assertThat(accepted.isOpen()).isTrue();
    }
  }
}
