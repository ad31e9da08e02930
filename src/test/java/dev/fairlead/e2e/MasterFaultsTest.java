package dev.fairlead.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.daemon.demo.ClientWindow;
import dev.fairlead.daemon.demo.SteadyClient;
import dev.fairlead.lab.Await;
import dev.fairlead.lab.FairleadNode;
import dev.fairlead.lab.Freezer;
import dev.fairlead.lab.HolderWatch;
import dev.fairlead.lab.Lab;
import dev.fairlead.lab.VipProbe;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Three masters with the short configuration, and what happens to the virtual address. */
@ResourceLock(Lab.BOTH_CPUS) // times what a client sees
final class MasterFaultsTest {

  private static final Duration ELECTION = Duration.ofSeconds(15);

  /** VRRPv2, 1 s, priority 80 (the lowest): 3 × 1 s + 176/256 s, and a little for ourselves. */
  private static final Duration CRASH_GAP = Duration.ofMillis(3800);

  private Lab lab;
  private HolderWatch holders;
  private VipProbe probe;
  private List<FairleadNode> fairleads;
  private FairleadNode master;

  @BeforeEach
  void threeMasters() throws Exception {
    lab = Lab.withNodes(3);
    lab.startApiServers();
    holders = lab.watchHolders();
    probe = lab.probe();
    fairleads = lab.startFairleads();
    for (FairleadNode fairlead : fairleads) {
      fairlead.awaitServersUp();
    }
    master = Lab.awaitMaster(fairleads);
    probe.awaitAnswer(master.node(), System.nanoTime(), ELECTION);
  }

  @AfterEach
  void closeLab() throws Exception {
    lab.close();
  }

  @Test
  void aCleanStopIsHardlyNoticed() throws Exception {
    SteadyClient client = lab.steadyClient(Lab.VIP, 50);
    Await.until("the client is served", ELECTION, () -> client.log().succeeded() > 100);

    long stopped = System.nanoTime();
    master.process().terminate();
    assertThat(master.process().hasEndedWithin(Duration.ofSeconds(10))).isTrue();
    assertThat(master.process().exitStatus()).as(master.log()).isZero();
    FairleadNode successor = Lab.awaitMaster(others(master));
    probe.awaitAnswer(successor.node(), stopped, ELECTION);
    int answered = client.log().succeeded();
    Await.until(
        "the client is served on", ELECTION, () -> client.log().succeeded() > answered + 50);

    long now = System.nanoTime();
    assertThat(probe.longestGap(stopped, now)).isLessThanOrEqualTo(Duration.ofMillis(100));
    assertThat(holders.twoHolders(stopped, now)).isLessThanOrEqualTo(Duration.ofMillis(50));
    ClientWindow seen = client.log().window(stopped, now);
    // Only whoever is under way in the very moment: his connection ends where the address is not.
    assertThat(seen.failed()).isLessThanOrEqualTo(1);
  }

  @Test
  void aPowerCutCostsTheMasterDownIntervalAndNothingAfterIt() throws Exception {
    SteadyClient client = lab.steadyClient(Lab.VIP, 50);
    Await.until("the client is served", ELECTION, () -> client.log().succeeded() > 100);

    long cut = System.nanoTime();
    lab.crash(master.node());
    FairleadNode successor = Lab.awaitMaster(others(master));
    probe.awaitAnswer(successor.node(), cut, ELECTION);
    int answered = client.log().succeeded();
    Await.until(
        "the client is served on", ELECTION, () -> client.log().succeeded() > answered + 150);
    long now = System.nanoTime();
    client.finish();

    assertThat(probe.longestGap(cut, now)).isLessThanOrEqualTo(CRASH_GAP);
    ClientWindow seen = client.log().window(cut, now);
    assertThat(seen.longestGap()).isLessThanOrEqualTo(CRASH_GAP);
    assertThat(seen.failedAfterGap()).isZero();
  }

  @Test
  void aKilledDaemonHasLetGoOfTheAddressBeforeAnotherTakesIt() throws Exception {
    long killed = System.nanoTime();
    master.process().kill();
    FairleadNode successor = Lab.awaitMaster(others(master));
    probe.awaitAnswer(successor.node(), killed, ELECTION);
    holders.awaitHolders(ELECTION, successor.node());

    long now = System.nanoTime();
    assertThat(holders.twoHolders(killed, now)).isZero();
    assertThat(probe.longestGap(killed, now)).isLessThanOrEqualTo(CRASH_GAP);

    // It comes back, finds nothing of its old life, and does not take the address away again.
    master.start();
    master.awaitRouter("vip", "BACKUP", ELECTION);
    master.awaitServersUp();
    assertThat(holders.holders()).containsExactly(successor.node());
  }

  @ParameterizedTest
  @EnumSource
  void aFrozenDaemonHasLetGoBeforeAnotherTakesOverAndStaysAwayWhenItWakes(Freezer.Means means)
      throws Exception {
    long frozen = System.nanoTime();
    FairleadNode successor;
    try (Freezer freezer = Freezer.of(master.process(), means)) {
      freezer.freeze();
      successor = Lab.awaitMaster(others(master));
      probe.awaitAnswer(successor.node(), frozen, ELECTION);
      // Long enough for whoever wakes to believe that he is still what he was.
      Await.until(
          "7 s", ELECTION, () -> System.nanoTime() - frozen > Duration.ofSeconds(7).toNanos());
    }
    master.awaitRouter("vip", "BACKUP", ELECTION);
    holders.awaitHolders(ELECTION, successor.node());

    long now = System.nanoTime();
    assertThat(holders.twoHolders(frozen, now)).isLessThanOrEqualTo(Duration.ofMillis(10));
    assertThat(probe.longestGap(frozen, now)).isLessThanOrEqualTo(CRASH_GAP);
    assertThat(master.log()).contains("mastership is lost");
  }

  @Test
  void whoIsToldToReleaseTheAddressKeepsAwayUntilToldToResume() throws Exception {
    long told = System.nanoTime();
    assertThat(master.vipCommand("release", "nobody").status()).isEqualTo(1);
    Lab.Outcome released = master.vipCommand("release");
    assertThat(released.status()).as(released.output()).isZero();
    assertThat(released.output()).contains("virtual router vip: released");
    FairleadNode successor = Lab.awaitMaster(others(master));
    probe.awaitAnswer(successor.node(), told, ELECTION);
    holders.awaitHolders(ELECTION, successor.node());

    long now = System.nanoTime();
    assertThat(probe.longestGap(told, now)).isLessThanOrEqualTo(Duration.ofMillis(100));
    assertThat(holders.twoHolders(told, now)).isLessThanOrEqualTo(Duration.ofMillis(50));
    assertThat(master.router("vip").getInt("priority")).isEqualTo(1);
    assertThat(master.router("vip").getBoolean("released")).isTrue();
    assertThat(master.vipCommand("resume", "vip").output()).contains("virtual router vip: resumed");
    assertThat(master.router("vip").getBoolean("released")).isFalse();
    assertThat(master.router("vip").getInt("priority")).isGreaterThan(1);
  }

  @Test
  void anInterfaceThatGoesDownTakesItsNodeOutOfTheElection() throws Exception {
    long down = System.nanoTime();
    lab.ip(master.node(), "link", "set", "eth0", "down");
    master.awaitRouter("vip", "FAULT", ELECTION);
    FairleadNode successor = Lab.awaitMaster(others(master));
    probe.awaitAnswer(successor.node(), down, ELECTION);
    holders.awaitHolders(ELECTION, successor.node());
    assertThat(probe.longestGap(down, System.nanoTime())).isLessThanOrEqualTo(CRASH_GAP);

    long up = System.nanoTime();
    lab.ip(master.node(), "link", "set", "eth0", "up");
    master.awaitRouter("vip", "BACKUP", ELECTION);
    long joined = System.nanoTime();
    assertThat(holders.twoHolders(up, joined)).isZero();
    assertThat(probe.answeredBy(up, joined)).containsExactly(successor.node());
  }

  @Test
  void aBrokenCableDoesTheSame() throws Exception {
    long out = System.nanoTime();
    lab.unplug(master.node());
    master.awaitRouter("vip", "FAULT", ELECTION);
    FairleadNode successor = Lab.awaitMaster(others(master));
    probe.awaitAnswer(successor.node(), out, ELECTION);
    assertThat(probe.longestGap(out, System.nanoTime())).isLessThanOrEqualTo(CRASH_GAP);

    lab.plug(master.node());
    master.awaitRouter("vip", "BACKUP", ELECTION);
    holders.awaitHolders(ELECTION, successor.node());
  }

  @Test
  void afterAPartitionOneMasterIsLeftAndTheClientFindsIt() throws Exception {
    lab.separateNodes();
    holders.awaitHolders(ELECTION, "n1", "n2", "n3");

    long healed = System.nanoTime();
    lab.heal();
    FairleadNode winner = Lab.awaitMaster(fairleads);
    holders.awaitHolders(ELECTION, winner.node());
    long settled = System.nanoTime();
    probe.awaitAnswer(winner.node(), settled, ELECTION);
    // keepalived leaves the client in the dark after one heal in three, for up to 46 s.
    assertThat(probe.longestGap(healed, System.nanoTime())).isLessThan(Duration.ofMillis(500));
    assertThat(winner.node()).isEqualTo("n1");
  }

  private List<FairleadNode> others(FairleadNode one) {
    return fairleads.stream().filter(each -> each != one).toList();
  }
}
