package dev.fairlead.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.lab.FairleadNode;
import dev.fairlead.lab.HolderWatch;
import dev.fairlead.lab.Keepalived;
import dev.fairlead.lab.Lab;
import dev.fairlead.lab.VipProbe;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How a cluster gets from keepalived to Fairlead: node by node, the virtual address in use all the
 * time. The peers are the real keepalived.
 */
@ResourceLock(Lab.BOTH_CPUS) // times what a client sees
final class RollingReplacementTest {

  private static final Duration ELECTION = Duration.ofSeconds(15);
  private static final Duration TWO_HOLDERS = Duration.ofMillis(50);

  /** When keepalived stops, its successor waits its skew time: 176/256 s at priority 80. */
  private static final Duration KEEPALIVED_STOP_GAP = Duration.ofMillis(850);

  private static final Duration FAIRLEAD_STOP_GAP = Duration.ofMillis(100);

  /**
   * One cluster on its way.
   *
   * @param transport unicast or multicast
   */
  private record Cluster(Lab lab, HolderWatch holders, VipProbe probe, String transport) {

    static Cluster in(Lab lab, String transport) throws Exception {
      lab.startApiServers();
      return new Cluster(lab, lab.watchHolders(), lab.probe(), transport);
    }

    Keepalived keepalived(String node, int priority) throws Exception {
      return transport.equals("unicast")
          ? Keepalived.unicast(lab, node, priority)
          : Keepalived.multicast(lab, node, priority);
    }

    FairleadNode fairlead(String node) throws Exception {
      return lab.fairlead(node, lab.shortConfiguration() + "transport = " + transport + "\n");
    }

    /** Waits until a node has the address, alone, and answers for it. */
    void awaitMaster(String node, long afterNanos) throws Exception {
      probe.awaitAnswer(node, afterNanos, ELECTION);
      holders.awaitHolders(ELECTION, node);
    }

    void assertMove(long fromNanos, Duration gap) {
      long now = System.nanoTime();
      assertThat(holders.twoHolders(fromNanos, now)).isLessThanOrEqualTo(TWO_HOLDERS);
      assertThat(probe.longestGap(fromNanos, now)).isLessThanOrEqualTo(gap);
    }

    /** Stops a keepalived, starts Fairlead in its place, and judges what that did. */
    FairleadNode replace(String node, Keepalived old, String masterAfter) throws Exception {
      long stopped = System.nanoTime();
      old.terminate();
      assertThat(old.process().hasEndedWithin(ELECTION)).isTrue();
      awaitMaster(masterAfter, stopped);
      FairleadNode fairlead = startAsBackup(fairlead(node));
      assertMove(stopped, KEEPALIVED_STOP_GAP);
      assertThat(holders.holders()).containsExactly(masterAfter);
      return fairlead;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"unicast", "multicast"})
  void eachNodeIsReplacedInTurn(String transport) throws Exception {
    try (Lab lab = Lab.withNodes(3)) {
      Cluster cluster = Cluster.in(lab, transport);
      Keepalived first = cluster.keepalived("n1", 100);
      // Only then the others: on a busy machine three that start at once have no certain winner.
      cluster.awaitMaster("n1", System.nanoTime());
      Keepalived second = cluster.keepalived("n2", 90);
      second.awaitBackup();
      Keepalived third = cluster.keepalived("n3", 80);
      third.awaitBackup();

      // Each is the master when its turn comes: n1 at first, then the best of those that are left.
      FairleadNode fairlead = cluster.replace("n1", first, "n2");
      cluster.replace("n2", second, "n1");
      // The last keepalived is a backup by now, and nothing moves.
      cluster.replace("n3", third, "n1");

      // And among ourselves.
      long stopped = System.nanoTime();
      terminate(fairlead);
      cluster.awaitMaster("n2", stopped);
      cluster.assertMove(stopped, FAIRLEAD_STOP_GAP);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"unicast", "multicast"})
  void aKeepalivedTakesOverFromFairleadAndBack(String transport) throws Exception {
    try (Lab lab = Lab.withNodes(2)) {
      Cluster cluster = Cluster.in(lab, transport);
      FairleadNode fairlead = cluster.fairlead("n1").start();
      cluster.awaitMaster("n1", System.nanoTime());
      Keepalived keepalived = cluster.keepalived("n2", 90);
      keepalived.awaitBackup();

      long stopped = System.nanoTime();
      terminate(fairlead);
      cluster.awaitMaster("n2", stopped);
      cluster.assertMove(stopped, FAIRLEAD_STOP_GAP);

      startAsBackup(fairlead);
      long back = System.nanoTime();
      keepalived.terminate();
      cluster.awaitMaster("n1", back);
      cluster.assertMove(back, KEEPALIVED_STOP_GAP);
    }
  }

  /** It leaves its address behind, which nobody else can help; but the clients get to Fairlead. */
  @Test
  void aKilledKeepalivedIsSucceededAllTheSame() throws Exception {
    try (Lab lab = Lab.withNodes(2)) {
      Cluster cluster = Cluster.in(lab, "unicast");
      Keepalived keepalived = cluster.keepalived("n2", 90);
      cluster.awaitMaster("n2", System.nanoTime());
      startAsBackup(cluster.fairlead("n1"));

      long killed = System.nanoTime();
      keepalived.kill();
      cluster.probe().awaitAnswer("n1", killed, ELECTION);
      assertThat(cluster.probe().longestGap(killed, System.nanoTime()))
          .isLessThan(Duration.ofSeconds(1));
    }
  }

  private static FairleadNode startAsBackup(FairleadNode fairlead) throws Exception {
    fairlead.start();
    fairlead.awaitRouter("vip", "BACKUP", ELECTION);
    fairlead.awaitServersUp();
    return fairlead;
  }

  private static void terminate(FairleadNode fairlead) throws Exception {
    fairlead.process().terminate();
    assertThat(fairlead.process().hasEndedWithin(ELECTION)).as(fairlead.log()).isTrue();
    assertThat(fairlead.process().exitStatus()).as(fairlead.log()).isZero();
  }
}
