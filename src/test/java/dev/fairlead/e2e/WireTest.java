package dev.fairlead.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.lab.Await;
import dev.fairlead.lab.Capture;
import dev.fairlead.lab.FairleadNode;
import dev.fairlead.lab.HolderWatch;
import dev.fairlead.lab.Keepalived;
import dev.fairlead.lab.Lab;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a life as master looks like on the wire, beside the real keepalived's. */
final class WireTest {

  private static final Duration ELECTION = Duration.ofSeconds(20);

  private static final String[] ADVERTISEMENT = {
    "ip.src",
    "ip.dst",
    "ip.ttl",
    "ip.dsfield",
    "ip.flags.df",
    "ip.len",
    "vrrp.version",
    "vrrp.type",
    "vrrp.virt_rtr_id",
    "vrrp.prio",
    "vrrp.addr_count",
    "vrrp.auth_type",
    "vrrp.adver_int",
    "vrrp.checksum",
    "vrrp.checksum.status",
    "vrrp.ip_addr",
    "vrrp.auth_string"
  };

  private static final String[] ANNOUNCEMENT = {
    "eth.dst",
    "arp.opcode",
    "arp.isgratuitous",
    "arp.src.proto_ipv4",
    "arp.dst.proto_ipv4",
    "arp.dst.hw_mac"
  };

  private static final String OF_THE_ADDRESS = "arp.src.proto_ipv4 == " + Lab.VIP;

  /**
   * One life, decoded.
   *
   * @param advertisements each form once
   * @param announcements every one
   * @param complaints frames tshark has a remark about
   */
  private record Life(
      List<String> advertisements, List<String> announcements, List<String> complaints) {}

  @ParameterizedTest
  @ValueSource(strings = {"unicast", "multicast"})
  void equalsKeepalivedsAndTsharkHasNothingToSay(String transport) throws Exception {
    Life theirs;
    Life ours;
    try (Lab lab = Lab.withNodes(2)) {
      HolderWatch holders = lab.watchHolders();
      Capture capture = lab.capture("n1", "proto 112 or arp");
      Keepalived keepalived =
          transport.equals("unicast")
              ? Keepalived.unicast(lab, "n1", 100)
              : Keepalived.multicast(lab, "n1", 100);
      holders.awaitHolders(ELECTION, "n1");
      awaitBothBursts(capture);
      keepalived.terminate();
      holders.awaitHolders(ELECTION);
      theirs = decode(capture);
    }
    try (Lab lab = Lab.withNodes(2)) {
      lab.startApiServers();
      HolderWatch holders = lab.watchHolders();
      Capture capture = lab.capture("n1", "proto 112 or arp");
      FairleadNode fairlead =
          lab.fairlead(
                  "n1",
                  lab.shortConfiguration()
                      + "transport = "
                      + transport
                      // keepalived has no such thing.
                      + "\ndefaults.virtual-router.gratuitous-arp.heartbeat = 0\n")
              .start();
      holders.awaitHolders(ELECTION, "n1");
      awaitBothBursts(capture);
      fairlead.process().terminate();
      holders.awaitHolders(ELECTION);
      ours = decode(capture);
    }

    assertThat(theirs.advertisements()).hasSize(2);
    assertThat(ours.advertisements()).isEqualTo(theirs.advertisements());
    assertThat(theirs.announcements()).hasSize(10);
    assertThat(ours.announcements()).isEqualTo(theirs.announcements());
    assertThat(ours.complaints()).isEmpty();
  }

  /** 5 frames at the takeover, 5 more five seconds later. */
  private static void awaitBothBursts(Capture capture) throws Exception {
    Await.until(
        "10 gratuitous ARP",
        ELECTION,
        () -> capture.decode(OF_THE_ADDRESS, ANNOUNCEMENT).size() >= 10);
  }

  private static Life decode(Capture capture) throws Exception {
    Await.until(
        "priority 0 is sent",
        ELECTION,
        () -> !capture.decode("vrrp.prio == 0", "vrrp.prio").isEmpty());
    capture.stop();
    return new Life(
        List.copyOf(new TreeSet<>(capture.decode("vrrp", ADVERTISEMENT))),
        capture.decode(OF_THE_ADDRESS, ANNOUNCEMENT),
        capture.decode(
            "(vrrp || " + OF_THE_ADDRESS + ") && _ws.expert.severity > 0x00200000",
            "frame.number",
            "_ws.expert.message"));
  }
}
