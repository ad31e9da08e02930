package dev.fairlead.vrrp.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.config.VirtualRouterConfig.ArpForm;
import dev.fairlead.config.VirtualRouterConfig.GratuitousArp;
import dev.fairlead.config.VirtualRouterConfig.Transport;
import dev.fairlead.vrrp.Ability;
import dev.fairlead.vrrp.net.VirtualRouterStatus.State;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What moves together, who is told to let go, and what others claim; in real namespaces. */
@Execution(ExecutionMode.CONCURRENT)
class GroupsAndClaimsTest {

  private static final String VIP = "10.99.0.100/24";
  private static final String VIP6 = "fd00:99::100/64";

  /** For a busy machine: nothing here is about how long it takes. */
  private static final Duration SOON = Duration.ofSeconds(10);

  private static final Duration MASTER_DOWN = Duration.ofSeconds(20);

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

  private static VirtualRouterConfig[] pair(int priority) {
    return new VirtualRouterConfig[] {
      Routers.grouped(Routers.version3(priority, VIP), "vip", 51, "pair"),
      Routers.grouped(Routers.version3(priority, "fe80::51/64", VIP6), "vip6", 51, "pair"),
    };
  }

  @Test
  void bothFamiliesMoveWhenOneCannot() {
    VirtualRouterConfig[] better = pair(100);
    first.start(better);
    Await.until("both are master", MASTER_DOWN, () -> areBoth(first, State.MASTER));
    second.start(pair(90));
    Await.until("both are heard", MASTER_DOWN, () -> bothHear(second));

    first.ability(better[1], Ability.LAST_RESORT);

    Await.until("both have moved", SOON, () -> areBoth(second, State.MASTER));
    Await.until("both have let go", SOON, () -> areBoth(first, State.BACKUP));
    assertThat(lan.has(2, VIP)).isTrue();
    assertThat(lan.has(2, VIP6)).isTrue();
    assertThat(lan.has(1, VIP)).isFalse();
    assertThat(first.status(0).priority()).isEqualTo(1);
  }

  @Test
  void silenceOfOneFamilyAloneMovesNothing() {
    List<String> lines = new CopyOnWriteArrayList<>();
    Handler handler = new LinesOf("virtual router 78 ", lines);
    Logger logger = Logger.getLogger(VirtualRouterRunner.class.getName());
    logger.addHandler(handler);
    try {
      silenceOfOneFamilyAlone(lines);
    } finally {
      logger.removeHandler(handler);
    }
  }

  /** Rarer advertisements, so that a busy machine is not taken for a dead master. */
  private static VirtualRouterConfig[] rarePair(int priority) {
    return new VirtualRouterConfig[] {
      Routers.grouped(rare(priority, VIP), "vip", 78, "pair"),
      Routers.grouped(rare(priority, "fe80::51/64", VIP6), "vip6", 78, "pair"),
    };
  }

  private static VirtualRouterConfig rare(int priority, String... addresses) {
    return Routers.router(
        3, priority, Duration.ofMillis(400), new Transport.Multicast(), addresses);
  }

  private void silenceOfOneFamilyAlone(List<String> lines) {
    first.start(rarePair(100));
    Await.until("both are master", MASTER_DOWN, () -> areBoth(first, State.MASTER));
    second.start(rarePair(90));
    Await.until("both are heard", MASTER_DOWN, () -> bothHear(second));

    Commands.run("ip netns exec " + lan.node(2) + " nft add table ip6 deaf");
    Commands.run(
        List.of(
            "ip",
            "netns",
            "exec",
            lan.node(2),
            "nft",
            "add chain ip6 deaf in { type filter hook prerouting priority 0; }"));
    Commands.run(
        List.of(
            "ip",
            "netns",
            "exec",
            lan.node(2),
            "nft",
            "add rule ip6 deaf in meta l4proto 112 drop"));

    awaitLine(lines, "does not take over");
    Await.whileTrue(
        "only one holder of each",
        Duration.ofMillis(500),
        () -> areBoth(first, State.MASTER) && areBoth(second, State.BACKUP));
    assertThat(lan.has(2, VIP6)).isFalse();

    // Then the node does die: both come at once.
    first.closeRouters();
    Await.until("both have moved", SOON, () -> areBoth(second, State.MASTER));
  }

  private static boolean areBoth(Node node, State state) {
    return node.status(0).state() == state && node.status(1).state() == state;
  }

  private static boolean bothHear(Node node) {
    return areBoth(node, State.BACKUP)
        && !node.status(0).master().isEmpty()
        && !node.status(1).master().isEmpty();
  }

  @Test
  void aReleasedRouterKeepsOutUntilItIsResumed() {
    VirtualRouterConfig config = Routers.version3(100, VIP);
    first.start(config);
    first.awaitState(State.MASTER, MASTER_DOWN);
    second.start(Routers.version3(80, VIP));
    Await.until("heard", SOON, () -> !second.status().master().isEmpty());

    assertThat(first.release("nobody", true)).isEmpty();
    assertThat(first.release("vip", true)).containsExactly("vip");

    second.awaitState(State.MASTER, SOON);
    first.awaitState(State.BACKUP, SOON);
    assertThat(first.status().priority()).isEqualTo(1);
    assertThat(first.status().released()).isTrue();
    // What is tracked does not undo it.
    first.ability(config, Ability.ABLE);
    assertThat(first.status().priority()).isEqualTo(1);

    // Somebody must hold the addresses.
    second.closeRouters();
    first.awaitState(State.MASTER, SOON);
    assertThat(first.status().priority()).isEqualTo(1);

    assertThat(first.release("vip", false)).containsExactly("vip");
    assertThat(first.status().priority()).isEqualTo(100);
    assertThat(first.status().released()).isFalse();
  }

  /** After that of a takeover nothing is announced for a minute, but what answers a claim. */
  private static VirtualRouterConfig withoutASecondBurst(VirtualRouterConfig c) {
    return new VirtualRouterConfig(
        c.name(),
        c.interfaceName(),
        c.ipv6(),
        c.routerId(),
        c.election(),
        c.wire(),
        c.addresses(),
        new GratuitousArp(5, Duration.ZERO, Duration.ofSeconds(60)),
        c.deadMan(),
        c.resetSockets(),
        c.track());
  }

  @Test
  void aClaimOfAnotherHostIsCountedAndAnswered() {
    first.start(withoutASecondBurst(Routers.version2(255, VIP)));
    first.awaitState(State.MASTER, SOON);
    Await.until("announced", SOON, () -> capture.announcements(1).size() >= 5);
    int before = capture.announcements(1).size();

    claim("10.99.0.100", ArpForm.REPLY);

    Await.until("counted", SOON, () -> first.status().conflicts() == 1);
    Await.until("answered", SOON, () -> capture.announcements(1).size() > before);
    // And once more after a second, for those who have heard the other last.
    Await.until("repeated", SOON, () -> capture.announcements(1).size() >= before + 6);
    assertThat(first.state()).isEqualTo(State.MASTER);
  }

  @Test
  void aClaimToAnIpv6AddressIsCountedAndAnswered() {
    first.start(withoutASecondBurst(Routers.version3(255, "fe80::51/64", VIP6)));
    first.awaitState(State.MASTER, MASTER_DOWN);
    Await.until("announced", SOON, () -> capture.announcements(1).size() >= 10);
    int before = capture.announcements(1).size();

    claim("fd00:99::100", ArpForm.REQUEST);

    Await.until("counted", SOON, () -> first.status().conflicts() == 1);
    Await.until("answered", SOON, () -> capture.announcements(1).size() > before);
  }

  @Test
  void aFloodOfClaimsIsNotAnsweredWithAFlood() {
    first.start(withoutASecondBurst(Routers.version2(255, VIP)));
    first.awaitState(State.MASTER, SOON);
    Await.until("announced", SOON, () -> capture.announcements(1).size() >= 5);
    int before = capture.announcements(1).size();

    int claims = 5000;
    claim("10.99.0.100", ArpForm.REQUEST, claims);

    // Ten a second are heard; one a second is answered, and five times again.
    Await.until("counted", SOON, () -> first.status().conflicts() >= 1);
    assertThat(first.status().conflicts()).isLessThan(claims / 20);
    assertThat(capture.announcements(1).size() - before).isLessThan(claims / 20);
  }

  @Test
  void whoSendsWithAnotherPasswordOrListIsNamed() {
    List<String> lines = new CopyOnWriteArrayList<>();
    Handler handler = new LinesOf("virtual router 77 ", lines);
    Logger logger = Logger.getLogger(VirtualRouterRunner.class.getName());
    logger.addHandler(handler);
    try {
      first.start(Routers.grouped(Routers.version2(255, VIP), "vip", 77, "alone"));
      first.awaitState(State.MASTER, SOON);
      VirtualRouterConfig stranger =
          Routers.withPassword(Routers.version2(255, "10.99.0.200/24"), "guessed");
      second.start(Routers.grouped(stranger, "vip", 77, "alone"));
      awaitLine(lines, "rejected (authentication_failed) an advertisement from 10.99.0.12");
      second.closeRouters();

      second.start(Routers.grouped(Routers.version2(255, "10.99.0.200/24"), "vip", 77, "alone"));
      awaitLine(lines, "rejected (foreign_addresses) an advertisement from 10.99.0.12");
      second.closeRouters();
      assertThat(first.state()).isEqualTo(State.MASTER);

      second.start(
          Routers.grouped(Routers.version2(200, VIP, "10.99.0.200/24"), "vip", 77, "alone"));
      first.closeRouters();
      second.awaitState(State.MASTER, MASTER_DOWN);
      first.start(Routers.grouped(Routers.version2(100, VIP), "vip", 77, "alone"));
      awaitLine(lines, "another list of virtual addresses is advertised by 10.99.0.12");
      assertThat(first.state()).isEqualTo(State.BACKUP);
    } finally {
      logger.removeHandler(handler);
    }
  }

  private static void awaitLine(List<String> lines, String words) {
    Await.until(words, MASTER_DOWN, () -> lines.stream().anyMatch(line -> line.contains(words)));
  }

  /** Log lines that begin with certain words. */
  private static final class LinesOf extends Handler {
    private final String begin;
    private final List<String> lines;

    LinesOf(String begin, List<String> lines) {
      this.begin = begin;
      this.lines = lines;
    }

    @Override
    public void publish(LogRecord line) {
      if (line.getMessage().startsWith(begin)) {
        lines.add(line.getMessage());
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  /** Announces an address as the second node's. */
  private void claim(String address, ArpForm form) {
    claim(address, form, 1);
  }

  private void claim(String address, ArpForm form, int times) {
    InetAddress claimed = Routers.address(address);
    MacAddress mac = MacAddress.of(new byte[] {2, 0, 0, 0, 1, 2});
    second.run(() -> {
      try (Rtnetlink rtnetlink = new Rtnetlink();
          FrameSocket frames = new FrameSocket()) {
        int index =
            rtnetlink.links().stream()
                .filter(link -> link.name().equals("eth0"))
                .findFirst()
                .orElseThrow()
                .index();
        List<byte[]> built = AnnouncementFrames.announcement(mac, claimed, form, false);
        for (int i = 0; i < times; i++) {
          built.forEach(frame -> assertThat(frames.send(index, frame)).isZero());
        }
      } catch (SocketException e) {
        throw new AssertionError(e);
      }
    });
  }
}
