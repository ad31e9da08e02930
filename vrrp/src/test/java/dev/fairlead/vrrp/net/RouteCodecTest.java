package dev.fairlead.vrrp.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.VirtualRouterConfig.Scope;
import dev.fairlead.config.VirtualRouterConfig.VirtualAddress;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RouteCodecTest {

  @Test
  void addressWithLabelAndLifetimeIsWhatTheKernelExpects() {
    byte[] bytes = add("10.99.0.100/24 eth0:vip", 2);

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
    byte[] bytes = add("fd00:99::100/64", RouteMessage.FOREVER);

    assertThat(HexFormat.of().formatHex(bytes))
        .endsWith(
            "14000600" + "00000000" + "ffffffff" + "0000000000000000" + "08000800" + "02000000");
  }

  @Test
  void scopeIsTheKernelsNumber() {
    VirtualAddress link =
        new VirtualAddress(
            Routers.address("10.99.0.100"),
            24,
            Optional.empty(),
            Optional.empty(),
            Scope.LINK,
            true);

    // ifa_family, ifa_prefixlen, ifa_flags, ifa_scope: RT_SCOPE_LINK is 253.
    assertThat(HexFormat.of().formatHex(RouteCodec.addAddress(7, 3, link, 2), 16, 20))
        .isEqualTo("021800fd");
  }

  private static byte[] add(String address, long validSeconds) {
    return RouteCodec.addAddress(7, 3, Routers.virtual(address), validSeconds);
  }

  @Test
  void whatWeEncodeWeDecode() {
    byte[] bytes = add("10.99.0.100/24", 2);

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
    byte[] address = add("fd00::1/64", 2);
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
