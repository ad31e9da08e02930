package dev.fairlead.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.lab.HolderWatch;
import dev.fairlead.lab.Keepalived;
import dev.fairlead.lab.Lab;
import dev.fairlead.lab.VipProbe;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * The instruments, proven on a program whose figures are known: keepalived alone must show them its
 * weaknesses, or their praise of Fairlead would mean nothing.
 */
final class LabMeasuresKeepalivedTest {

  private static final Duration ELECTION = Duration.ofSeconds(10);

  @Test
  void aCleanStopCostsSkewTimeAndAKilledDaemonLeavesItsAddressBehind() throws Exception {
    try (Lab lab = Lab.withNodes(3)) {
      HolderWatch holders = lab.watchHolders();
      VipProbe probe = lab.probe();
      Keepalived first = Keepalived.unicast(lab, "n1", 100);
      holders.awaitHolders(ELECTION, "n1");
      Keepalived second = Keepalived.unicast(lab, "n2", 90);
      second.awaitBackup();
      Keepalived.unicast(lab, "n3", 80).awaitBackup();

      long stopped = probe.awaitAnswer("n1", System.nanoTime(), ELECTION);
      first.terminate();
      long moved = probe.awaitAnswer("n2", stopped, ELECTION);
      // Skew time at priority 90 is (256 − 90) / 256 s.
      assertThat(probe.longestGap(stopped, moved)).isBetween(millis(600), millis(800));
      assertThat(holders.twoHolders(stopped, moved)).isLessThan(millis(20));
      assertThat(holders.noHolder(stopped, moved)).isBetween(millis(600), millis(800));

      long killed = System.nanoTime();
      second.kill();
      probe.awaitAnswer("n3", killed, ELECTION);
      // The client may hear of it before the watch does.
      holders.awaitHolders(ELECTION, "n2", "n3");
      long later = System.nanoTime();
      assertThat(holders.twoHolders(killed, later)).isPositive();
    }
  }

  @Test
  void aPowerCutCostsTheMasterDownInterval() throws Exception {
    try (Lab lab = Lab.withNodes(2)) {
      VipProbe probe = lab.probe();
      Keepalived.multicast(lab, "n1", 100);
      probe.awaitAnswer("n1", System.nanoTime(), ELECTION);
      Keepalived.multicast(lab, "n2", 90).awaitBackup();
      long cut = System.nanoTime();
      lab.crash("n1");
      long moved = probe.awaitAnswer("n2", cut, ELECTION);
      // 3 × 1 s + 166/256 s since the last advertisement, which is up to 1 s old.
      assertThat(probe.longestGap(cut, moved)).isBetween(millis(2500), millis(3750));
    }
  }

  private static Duration millis(long millis) {
    return Duration.ofMillis(millis);
  }
}
