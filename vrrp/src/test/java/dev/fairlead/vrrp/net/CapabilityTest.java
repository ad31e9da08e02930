package dev.fairlead.vrrp.net;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CapabilityTest {

  @Test
  void bothAreEnough() {
    assertThat(Capability.missing((1L << 12) | (1L << 13))).isEmpty();
  }

  @Test
  void eachMissingOneIsNamedWithItsPurpose() {
    assertThat(Capability.missing(1L << 12))
        .singleElement()
        .asString()
        .startsWith("VRRP needs the capability CAP_NET_RAW to send and receive advertisements");
    assertThat(Capability.missing(0)).hasSize(2);
  }

  @Test
  void theseTestsHaveThem() {
    assertThat(Capability.missing()).isEmpty();
  }
}
