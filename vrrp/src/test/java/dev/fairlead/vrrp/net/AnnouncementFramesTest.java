package dev.fairlead.vrrp.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
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

  private static String hex(String address) {
    return HexFormat.of().formatHex(AnnouncementFrames.announcement(MAC, Routers.address(address)));
  }
}
