package dev.fairlead.vrrp.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RouteCodecTest {

  @Test
  void addressWithLabelAndLifetimeIsWhatTheKernelExpects() {
    byte[] bytes =
        RouteCodec.addAddress(7, 3, Routers.address("10.99.0.100"), 24, Optional.of("eth0:vip"), 2);

    assertThat(HexFormat.of().formatHex(bytes))
        .isEqualTo(
            // length, RTM_NEWADDR, REQUEST|ACK|REPLACE|CREATE, sequence, port
            ("4c000000 1400 0505 07000000 00000000"
                    // AF_INET, /24, index 3
                    + "02 18 00 00 03000000"
                    // IFA_LOCAL, IFA_ADDRESS
                    + "0800 0200 0a630064 0800 0100 0a630064"
                    // IFA_LABEL, padded
                    + "0d00 0300 657468303a766970 00 000000"
                    // IFA_CACHEINFO: preferred 2 s, valid 2 s
                    + "1400 0600 02000000 02000000 0000000000000000")
                .replace(" ", ""));
  }

  @Test
  void ipv6AddressIsDeprecatedAndSkipsDuplicateDetection() {
    byte[] bytes =
        RouteCodec.addAddress(
            7, 3, Routers.address("fd00:99::100"), 64, Optional.empty(), RouteMessage.FOREVER);

    assertThat(HexFormat.of().formatHex(bytes))
        .endsWith(
            "14000600" + "00000000" + "ffffffff" + "0000000000000000" + "08000800" + "02000000");
  }

  @Test
  void whatWeEncodeWeDecode() {
    byte[] bytes =
        RouteCodec.addAddress(7, 3, Routers.address("10.99.0.100"), 24, Optional.empty(), 2);

    assertThat(RouteCodec.decode(bytes))
        .isEqualTo(
            List.of(
                new RouteMessage.Address(
                    3, Routers.address("10.99.0.100"), 24, false, false, 2, 2)));
  }

  @Test
  void anyBytesAreDecodedWithoutAnException() {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    byte[] address =
        RouteCodec.addAddress(7, 3, Routers.address("fd00::1"), 64, Optional.empty(), 2);
    for (int i = 0; i < 200_000; i++) {
      byte[] bytes = Arrays.copyOf(address, random.nextInt(address.length + 40));
      for (int changes = random.nextInt(8); changes > 0 && bytes.length > 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      // Half of them as link messages.
      if (bytes.length > 5 && random.nextBoolean()) {
        bytes[4] = 16;
      }
      try {
        RouteCodec.decode(bytes);
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + HexFormat.of().formatHex(bytes), e);
      }
    }
  }
}
