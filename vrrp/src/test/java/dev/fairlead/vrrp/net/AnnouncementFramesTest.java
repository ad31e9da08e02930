package dev.fairlead.vrrp.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.VirtualRouterConfig.ArpForm;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Byte for byte what keepalived 2.2.7 was recorded to send. */
class AnnouncementFramesTest {

  private static final MacAddress MAC = MacAddress.of(new byte[] {2, 0, 0, 0, 1, 1});

  @Test
  void gratuitousArpIsAnUnpaddedBroadcastRequest() {
    assertThat(hex("10.99.0.100"))
        .isEqualTo(
            "ffffffffffff020000000101080600010800060400010200000001010a630064"
                + "ffffffffffff0a630064");
  }

  @Test
  void neighbourAdvertisementOverridesAndClaimsToBeNoRouter() {
    assertThat(hex("fe80::51"))
        .isEqualTo(
            "33330000000102000000010186dd6000000000203afffe800000000000000000000000000051"
                + "ff020000000000000000000000000001880055fb20000000fe800000000000000000000000000051"
                + "0201020000000101");
  }

  /** As in the recorded forms: the target of a reply is the address to be noted. */
  @Test
  void replyFormNamesOurselvesAsTarget() {
    assertThat(frames("10.99.0.100", ArpForm.REPLY, false))
        .containsExactly(
            "ffffffffffff020000000101080600010800060400020200000001010a630064"
                + "0200000001010a630064");
    assertThat(frames("10.99.0.100", ArpForm.BOTH, false))
        .containsExactly(hex("10.99.0.100"), frames("10.99.0.100", ArpForm.REPLY, false).get(0));
  }

  @Test
  void routerFlagIsTheTopBitBehindTheChecksum() {
    String without = hex("fe80::51");
    String with = frames("fe80::51", ArpForm.REQUEST, true).getFirst();
    assertThat(with.substring(116, 118)).isEqualTo("a0");
    assertThat(without.substring(116, 118)).isEqualTo("20");
  }

  private static String hex(String address) {
    return frames(address, ArpForm.REQUEST, false).getFirst();
  }

  private static List<String> frames(String address, ArpForm form, boolean routerFlag) {
    return AnnouncementFrames.announcement(MAC, Routers.address(address), form, routerFlag).stream()
        .map(HexFormat.of()::formatHex)
        .toList();
  }
}
