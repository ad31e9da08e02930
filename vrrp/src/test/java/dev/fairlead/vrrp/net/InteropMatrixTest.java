package dev.fairlead.vrrp.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.VirtualRouterConfig.Wire;
import dev.fairlead.vrrp.net.VirtualRouterStatus.State;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Who speaks VRRP with whom: we on node 1, on node 2 another one of ours, keepalived or FRR's
 * vrrpd; both versions, both families where the version has both, multicast, and unicast where the
 * other can. Each pair goes twice through election, clean stop, preemption and crash: once with us
 * as the better one, once as the worse. tshark reads all that we have sent.
 */
@Execution(ExecutionMode.CONCURRENT)
class InteropMatrixTest {

  /** What a program and a busy machine may take beyond the protocol's time. */
  private static final Duration SLACK = Duration.ofSeconds(3);

  private static final int BETTER = 100;
  private static final int WORSE = 80;

  /** Of each story, for tshark; more of the same say nothing new. */
  private static final int FRAMES = 30;

  private static final Map<String, List<Capture.Frame>> SENT = new ConcurrentHashMap<>();

  enum Other {
    FAIRLEAD,
    KEEPALIVED,
    FRR
  }

  @TempDir private Path directory;
  private final Lan lan = new Lan(2);
  private final Node node = new Node(lan.node(1));

  static Stream<Arguments> pairs() {
    List<Arguments> pairs = new ArrayList<>();
    for (Other other : Other.values()) {
      // vrrpd knows neither unicast nor passwords, and lists no link-local address.
      boolean frr = other == Other.FRR;
      for (boolean unicast : frr ? List.of(false) : List.of(false, true)) {
        // keepalived 2.2.7 leaves unicast over IPv6 the kernel's hop limit, which is 64.
        int hopLimit = other == Other.KEEPALIVED && unicast ? 64 : Wire.DIRECT;
        pairs.add(Arguments.of(other, new Dialect(2, false, unicast, !frr, false, Wire.DIRECT)));
        pairs.add(Arguments.of(other, new Dialect(3, false, unicast, false, false, Wire.DIRECT)));
        pairs.add(Arguments.of(other, new Dialect(3, true, unicast, false, !frr, hopLimit)));
      }
    }
    return pairs.stream();
  }

  private Peer peer(Other other, Dialect dialect) {
    return switch (other) {
      case FAIRLEAD -> new FairleadPeer(lan, dialect);
      case KEEPALIVED -> new KeepalivedPeer(lan, directory, dialect);
      case FRR -> new FrrPeer(lan, directory, dialect);
    };
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("pairs")
  void weAreTheBetterOne(Other other, Dialect dialect) throws Exception {
    String vip = dialect.vip();
    try (lan;
        node;
        Peer peer = peer(other, dialect);
        Capture capture = new Capture(lan.node(2), "eth0")) {
      Duration ourTurn = dialect.masterDown(BETTER).plus(SLACK);
      Duration theirTurn = dialect.masterDown(WORSE).plus(SLACK);

      // Election.
      node.start(dialect.ours(1, BETTER));
      node.awaitState(State.MASTER, ourTurn);
      peer.start(WORSE);
      Await.until("they are backup", SLACK, () -> !lan.answers(2, vip));
      Await.whileTrue(
          "we are master, and they are not",
          dialect.masterDown(WORSE).plus(dialect.interval()),
          () -> node.isMaster() && !lan.answers(2, vip));

      // Stop.
      CountDownLatch resigned = new CountDownLatch(1);
      node.resign(resigned::countDown);
      Await.until(
          "they have taken over", dialect.interval().plus(SLACK), () -> lan.answers(2, vip));
      assertThat(resigned.await(SLACK.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
      assertThat(lan.answers(1, vip)).isFalse();
      node.closeRouters();

      // Preemption.
      node.start(dialect.ours(1, BETTER));
      node.awaitState(State.MASTER, ourTurn);
      Await.until("they yield", SLACK, () -> !lan.answers(2, vip));
      assertThat(lan.answers(1, vip)).isTrue();
      Await.whileTrue("they stay away", dialect.interval(), () -> !lan.answers(2, vip));

      // Crash.
      lan.plug(1, false);
      Duration gap = Await.until("they have taken over", theirTurn, () -> lan.answers(2, vip));
      assertThat(gap).isGreaterThan(dialect.interval().multipliedBy(2));

      assertThat(node.status().rejected()).isEmpty();
      keep("better " + other + dialect, capture);
    }
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("pairs")
  void weAreTheWorseOne(Other other, Dialect dialect) {
    String vip = dialect.vip();
    try (lan;
        node;
        Peer peer = peer(other, dialect);
        Capture capture = new Capture(lan.node(2), "eth0")) {
      Duration ourTurn = dialect.masterDown(WORSE).plus(SLACK);
      Duration theirTurn = dialect.masterDown(BETTER).plus(SLACK);

      // Election.
      peer.start(BETTER);
      // FRR's interface has the address from the beginning.
      Await.until(
          "they are master",
          theirTurn,
          () -> !capture.advertisements().isEmpty() && lan.answers(2, vip));
      node.start(dialect.ours(1, WORSE));
      node.awaitState(State.BACKUP, ourTurn);
      Await.until("their advertisement", theirTurn, () -> !node.status().master().isEmpty());
      assertThat(node.status().master())
          .startsWith(dialect.ipv6() && !dialect.unicast() ? "fe80:" : dialect.own(2));
      Await.whileTrue(
          "we are backup, and they are master",
          dialect.masterDown(WORSE).plus(dialect.interval()),
          () -> node.state() == State.BACKUP && lan.answers(2, vip));

      // Stop.
      peer.stop();
      node.awaitState(State.MASTER, dialect.interval().plus(SLACK));
      assertThat(lan.answers(1, vip)).isTrue();
      Await.until("theirs is gone", SLACK, () -> !lan.answers(2, vip));
      assertThat(node.status().received()).containsEntry("priority_zero", 1L);

      // Preemption.
      peer.start(BETTER);
      Await.until(
          "they preempt",
          theirTurn,
          () -> node.state() == State.BACKUP && !lan.answers(1, vip) && lan.answers(2, vip));

      // Crash.
      lan.plug(2, false);
      peer.kill();
      Duration gap = Await.until("we have taken over", ourTurn, () -> lan.answers(1, vip));
      assertThat(gap).isGreaterThan(dialect.interval().multipliedBy(2));
      assertThat(node.isMaster()).isTrue();

      assertThat(node.status().rejected()).isEmpty();
      assertThat(node.transitions().stream().filter(line -> line.endsWith("-> MASTER"))).hasSize(2);
      keep("worse " + other + dialect, capture);
    }
  }

  private static void keep(String story, Capture capture) {
    SENT.put(
        story,
        Stream.of(capture.advertisements(1), capture.announcements(1))
            .flatMap(frames -> frames.stream().limit(FRAMES))
            .toList());
  }

  @AfterAll
  static void tsharkIsContent(@TempDir Path files) {
    List<Capture.Frame> frames =
        new TreeMap<>(SENT).values().stream().flatMap(List::stream).toList();
    SENT.values().forEach(sent -> assertThat(sent).isNotEmpty());
    assertThat(Capture.dissect(files, frames))
        .contains("Virtual Router Redundancy Protocol")
        .containsPattern("Checksum: 0x[0-9a-f]+ \\[correct\\]")
        .doesNotContain("incorrect")
        .doesNotContain("Expert Info (Warning")
        .doesNotContain("Expert Info (Error")
        .doesNotContain("Malformed");
  }
}
