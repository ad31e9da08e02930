package dev.fairlead.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LocalHostTest {

  @Test
  void loopback_exists_but_is_no_address_of_this_host() {
    LocalHost host = LocalHost.now();
    assertThat(host.known()).isTrue();
    assertThat(host.hasInterface("lo")).isTrue();
    assertThat(host.hasInterface("no-such-interface")).isFalse();
    assertThat(host.localAddresses())
        .noneMatch(local -> local.address().isLoopbackAddress())
        .allMatch(local -> host.hasInterface(local.interfaceName()))
        .allMatch(local -> local.interfaceName().indexOf(':') < 0)
        .allMatch(local -> local.prefixLength() > 0);
  }
}
