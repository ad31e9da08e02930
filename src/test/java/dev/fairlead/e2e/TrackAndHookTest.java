package dev.fairlead.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.lab.Await;
import dev.fairlead.lab.FairleadNode;
import dev.fairlead.lab.Lab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two nodes whose scripts, files and interfaces decide who holds the address, and who is told. */
final class TrackAndHookTest {

  private static final Duration SOON = Duration.ofSeconds(15);

  private Lab lab;
  private final List<FairleadNode> fairleads = new ArrayList<>();

  @BeforeEach
  void twoNodes() throws Exception {
    lab = Lab.withNodes(2);
    lab.startApiServers();
  }

  @AfterEach
  void closeLab() throws Exception {
    lab.close();
  }

  @Test
  void aFailedScriptHandsTheAddressOverAndEverybodyIsTold() throws Exception {
    start(
        """
        preempt = false
        defaults.virtual-router.track.scripts = [chk]
        track-scripts.chk { command = [/bin/sh, -c, "test ! -e %1$s.broken"], interval = 200ms }
        hooks.tell {
          command = [/bin/sh, -c, "echo $FAIRLEAD_STATE $FAIRLEAD_VIP $FAIRLEAD_PEER $@ >> %1$s.told", sh]
          keepalived-arguments = true
        }
        """);
    FairleadNode first = Lab.awaitMaster(fairleads);
    FairleadNode second = other(first);
    second.awaitRouter("vip", "BACKUP", SOON);

    Path broken = Files.createFile(file(first, "broken"));
    second.awaitRouter("vip", "MASTER", SOON);
    first.awaitRouter("vip", "BACKUP", SOON);
    assertThat(first.router("vip").getString("ability")).isEqualTo("LAST_RESORT");
    assertThat(first.router("vip").getString("ability_reason"))
        .startsWith("script chk failed (exit status 1");
    assertThat(first.router("vip").getConfigList("tracked").getFirst().getString("health"))
        .isEqualTo("FAILED");

    Files.delete(broken);
    Await.until(
        "the node is able again",
        SOON,
        () -> first.router("vip").getString("ability").equals("ABLE"));
    assertThat(second.isMaster()).isTrue();

    second.process().terminate();
    assertThat(second.process().hasEndedWithin(SOON)).isTrue();
    first.awaitRouter("vip", "MASTER", SOON);

    String own = Lab.address(first.node());
    String peer = Lab.address(second.node());
    awaitTold(
        first,
        "BACKUP VIP .*INSTANCE vip BACKUP \\d+",
        "MASTER VIP .*INSTANCE vip MASTER \\d+",
        "BACKUP VIP " + peer + " INSTANCE vip BACKUP 1",
        "MASTER VIP " + peer + " INSTANCE vip MASTER \\d+");
    awaitTold(
        second,
        "BACKUP VIP .*INSTANCE vip BACKUP \\d+",
        "MASTER VIP " + own + " INSTANCE vip MASTER \\d+",
        "STOP VIP " + own + " INSTANCE vip STOP \\d+");
    assertThat(
            first
                .status()
                .getConfigList("hooks")
                .getFirst()
                .getConfig("last")
                .getBoolean("succeeded"))
        .isTrue();
  }

  @Test
  void weightsMoveTheAddressWhenTheyAreHeavyEnough() throws Exception {
    start(
        """
        preempt = true
        preempt-delay = 0
        defaults.virtual-router.track {
          files = { name = drain, weight = 1 }
          interfaces = { name = extra0, weight = -11 }
        }
        track-files.drain { path = "%1$s.drain", means = integer, interval = 100ms }
        """);
    FairleadNode first = fairleads.getFirst();
    FairleadNode second = fairleads.getLast();
    // extra0 does not exist anywhere: both have 11 less.
    first.awaitRouter("vip", "MASTER", SOON);
    assertThat(first.router("vip").getInt("priority")).isEqualTo(89);

    Files.writeString(file(first, "drain"), "-10\n");
    Await.until("it weighs", SOON, () -> first.router("vip").getInt("priority") == 79);
    Await.throughout(
        "an equal priority does not take over",
        Duration.ofSeconds(5),
        () -> first.isMaster() && !second.isMaster());
    Files.writeString(file(first, "drain"), "-11\n");
    second.awaitRouter("vip", "MASTER", SOON);
    assertThat(first.router("vip").getString("priority_reason"))
        .contains("interface extra0 failed (down): -11", "file drain failed (-11): -11");

    assertThat(lab.run(first.node(), "curl", "-s", "http://127.0.0.1:8404/metrics"))
        .contains(
            "fairlead_track_state{kind=\"interface\",name=\"extra0\",state=\"failed\"} 1.0",
            "fairlead_track_number{kind=\"file\",name=\"drain\"} -11.0",
            "fairlead_vrrp_priority{router=\"vip\"} 78.0");

    // An interface that comes is noticed at once, by the kernel's word.
    lab.ip(first.node(), "link", "add", "extra0", "type", "veth", "peer", "name", "extra1");
    lab.ip(first.node(), "link", "set", "extra1", "up");
    lab.ip(first.node(), "link", "set", "extra0", "up");
    first.awaitRouter("vip", "MASTER", SOON);
    assertThat(first.router("vip").getInt("priority")).isEqualTo(89);

    // A reload without tracks: nothing weighs any more, and nothing moves.
    first.configure(lab.shortConfiguration() + "preempt = true\npreempt-delay = 0\n");
    assertThat(first.reload().succeeded()).as(first.log()).isTrue();
    assertThat(first.router("vip").getInt("priority")).isEqualTo(100);
    assertThat(first.isMaster()).isTrue();
  }

  private void start(String more) throws Exception {
    for (String node : lab.nodes()) {
      fairleads.add(
          lab.fairlead(
              node, lab.shortConfiguration() + more.formatted(lab.directory().resolve(node))));
    }
    for (FairleadNode fairlead : fairleads) {
      fairlead.start();
    }
  }

  private FairleadNode other(FairleadNode one) {
    return fairleads.stream().filter(each -> each != one).findFirst().orElseThrow();
  }

  private Path file(FairleadNode node, String suffix) {
    return lab.directory().resolve(node.node() + "." + suffix);
  }

  /** Waits until these lines, and no other, have been told. */
  private void awaitTold(FairleadNode node, String... patterns) throws Exception {
    Path file = file(node, "told");
    Pattern all = Pattern.compile(String.join("\n", patterns).replace("VIP", Lab.VIP));
    Await.until(
        () -> node.node() + " was told " + lines(file) + "; its log:\n" + node.log(),
        SOON,
        () -> all.matcher(String.join("\n", lines(file))).matches());
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of();
    }
  }
}
