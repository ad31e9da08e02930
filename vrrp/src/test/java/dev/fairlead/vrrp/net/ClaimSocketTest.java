package dev.fairlead.vrrp.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.VirtualRouterConfig.ArpForm;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Which frames are claims, for the kernel's filter and for us. */
class ClaimSocketTest {

  private static final MacAddress OWN = MacAddress.of(new byte[] {2, 0, 0, 0, 1, 1});
  private static final MacAddress OTHER = MacAddress.of(new byte[] {2, 0, 0, 0, 1, 2});
  private static final List<InetAddress> IPV4 =
      List.of(Routers.address("10.99.0.100"), Routers.address("10.99.0.101"));
  private static final List<InetAddress> IPV6 =
      List.of(Routers.address("fe80::51"), Routers.address("fd00:99::100"));

  @Test
  void anotherHostsAnnouncementIsAClaim() {
    for (InetAddress address : IPV4) {
      for (ArpForm form : ArpForm.values()) {
        AnnouncementFrames.announcement(OTHER, address, form, false)
            .forEach(frame -> assertClaim(IPV4, frame, address));
      }
    }
    for (InetAddress address : IPV6) {
      AnnouncementFrames.announcement(OTHER, address, ArpForm.REQUEST, true)
          .forEach(frame -> assertClaim(IPV6, frame, address));
    }
  }

  @Test
  void ourOwnComingBackIsNone() {
    assertNone(IPV4, AnnouncementFrames.announcement(OWN, IPV4.get(1), ArpForm.BOTH, false));
    assertNone(IPV6, AnnouncementFrames.announcement(OWN, IPV6.get(1), ArpForm.BOTH, false));
  }

  @Test
  void othersAddressesAreNoneOfOurBusiness() {
    assertNone(
        IPV4,
        AnnouncementFrames.announcement(
            OTHER, Routers.address("10.99.0.102"), ArpForm.BOTH, false));
    assertNone(
        IPV6,
        AnnouncementFrames.announcement(
            OTHER, Routers.address("fd00:99::101"), ArpForm.BOTH, false));
  }

  @Test
  void anyBytesAreLookedAtWithoutAnException() {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    byte[] arp = AnnouncementFrames.announcement(OTHER, IPV4.get(0), ArpForm.REQUEST, false).get(0);
    byte[] nd = AnnouncementFrames.announcement(OTHER, IPV6.get(0), ArpForm.REQUEST, false).get(0);
    for (int i = 0; i < 100_000; i++) {
      boolean ipv6 = random.nextBoolean();
      byte[] bytes = Arrays.copyOf(ipv6 ? nd : arp, random.nextInt(100));
      for (int changes = random.nextInt(4); changes > 0 && bytes.length > 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      List<InetAddress> addresses = ipv6 ? IPV6 : IPV4;
      Optional<ClaimSocket.Claim> claim = ClaimSocket.claim(bytes, OWN, addresses);
      boolean delivered = FilterMachine.accepts(ClaimSocket.filter(OWN, addresses), bytes, 0);
      assertThat(claim.isPresent()).as("seed %d", seed).isEqualTo(delivered);
    }
  }

  private static void assertClaim(List<InetAddress> ours, byte[] frame, InetAddress address) {
    assertThat(ClaimSocket.claim(frame, OWN, ours)).contains(new ClaimSocket.Claim(address, OTHER));
    assertThat(FilterMachine.accepts(ClaimSocket.filter(OWN, ours), frame, 0)).isTrue();
  }

  private static void assertNone(List<InetAddress> ours, List<byte[]> frames) {
    for (byte[] frame : frames) {
      assertThat(ClaimSocket.claim(frame, OWN, ours)).isEmpty();
      assertThat(FilterMachine.accepts(ClaimSocket.filter(OWN, ours), frame, 0)).isFalse();
    }
  }
}
