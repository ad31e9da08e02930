package dev.fairlead.vrrp.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.config.VirtualRouterConfig.Wire;
import dev.fairlead.vrrp.Ability;
import dev.fairlead.vrrp.net.VirtualRouterStatus.State;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** We are node 1, the real keepalived is node 2; beyond what {@link InteropMatrixTest} does. */
@Execution(ExecutionMode.CONCURRENT)
class KeepalivedPeerTest {

  private static final Dialect V2 = new Dialect(2, false, false, true, false, Wire.DIRECT);
  private static final Dialect V3 = new Dialect(3, false, false, false, false, Wire.DIRECT);
  private static final Dialect V3_IPV6 = new Dialect(3, true, false, false, true, Wire.DIRECT);
  private static final String VIP = V3.vip();
  private static final String VIP6 = V3_IPV6.vip();
  private static final Duration MASTER_DOWN = Duration.ofSeconds(6);
  private static final Duration SOON = Duration.ofMillis(1500);

  private final Lan lan = new Lan(2);

  @TempDir private Path directory;
  private final Node node = new Node(lan.node(1));

  @AfterEach
  void close() {
    try (lan) {
      node.close();
    }
  }

  @Test
  void aKeepalivedOnTheSameNodeIsNamedAndKeepsItsAddress() {
    try (KeepalivedPeer keepalived = new KeepalivedPeer(lan, directory, V2);
        Node beside = new Node(lan.node(2))) {
      keepalived.start(100);
      Await.until("keepalived is master", MASTER_DOWN, () -> lan.has(2, VIP));
      assertThat(beside.problems(Routers.version2(90, VIP)))
          .containsExactly(
              "keepalived is running on this host (process %d): stop and disable it first, it would"
                      .formatted(keepalived.pid())
                  + " add and remove the same addresses");
      beside.apply(Routers.version2(90, VIP));
      assertThat(lan.has(2, VIP)).isTrue();
      beside.closeRouters();
      assertThat(lan.has(2, VIP)).isTrue();
      assertThat(node.problems(Routers.version2(90, VIP))).isEmpty();
    }
  }

  /** IPv4 and IPv6 of one sync group, on both sides, as whoever migrates a group has them. */
  @Test
  void aSyncGroupOfOursAndOneOfKeepalivedsMoveWhole() {
    VirtualRouterConfig[] ours = {
      Routers.grouped(V3.ours(1, 100), "vip", 51, "pair"),
      Routers.grouped(V3_IPV6.ours(1, 100), "vip6", 52, "pair"),
    };
    String theirs =
        """
        vrrp_sync_group PAIR {
          group {
            VI_4
            VI_6
          }
        }
        """
            + KeepalivedPeer.instance("VI_4", 51, V3)
            + KeepalivedPeer.instance("VI_6", 52, V3_IPV6);
    try (KeepalivedPeer keepalived = new KeepalivedPeer(lan, directory, theirs)) {
      node.start(ours);
      Await.until("we have both", MASTER_DOWN, () -> holdsBoth(1));
      keepalived.start(80);
      Await.whileTrue("they have none", SOON, () -> holdsBoth(1) && holdsNone(2));

      // One of ours cannot: both go, and neither comes back while it cannot.
      node.ability(ours[1], Ability.LAST_RESORT);
      Await.until("they have both", Duration.ofSeconds(3), () -> holdsBoth(2) && holdsNone(1));
      Await.whileTrue("and keep them", SOON, () -> holdsBoth(2) && holdsNone(1));

      // It can again: both come back.
      node.ability(ours[1], Ability.ABLE);
      Await.until("we have both", MASTER_DOWN, () -> holdsBoth(1) && holdsNone(2));

      // The node dies: both come over.
      lan.plug(1, false);
      Await.until("they have both", MASTER_DOWN, () -> holdsBoth(2));

      // And keepalived stops, having given both back to a better node first.
      lan.plug(1, true);
      Await.until("we have both", MASTER_DOWN, () -> holdsBoth(1) && holdsNone(2));
      keepalived.stop();
      Await.whileTrue("nothing moves", SOON, () -> holdsBoth(1));
      assertThat(node.status(0).rejected()).isEmpty();
      assertThat(node.status(1).rejected()).isEmpty();
      assertThat(node.status(0).state()).isEqualTo(State.MASTER);
    }
  }

  private boolean holdsBoth(int number) {
    return lan.answers(number, VIP) && lan.answers(number, VIP6);
  }

  private boolean holdsNone(int number) {
    return !lan.answers(number, VIP) && !lan.answers(number, VIP6);
  }
}
