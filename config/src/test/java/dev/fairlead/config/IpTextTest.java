package dev.fairlead.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpTextTest {

  @ParameterizedTest
  @CsvSource({
    "10.0.0.1, 10.0.0.1",
    "::, ::",
    "::1, ::1",
    "fd00:0:0:0:0:0:0:1, fd00::1",
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
    "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "1:0:0:0:0:0:0:0, 1::",
    "FE80::ABCD, fe80::abcd"
  })
  void ipv6_has_its_shortest_form(String text, String shortest) {
    assertThat(IpText.parse(text).map(IpText::text)).contains(shortest);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "10.1",
        "1",
        "10.0.0.256",
        "10.0.0.1.1",
        "localhost",
        "fe80::1%lo",
        "[::1]",
        "1::2::3",
        "10.0.0.1/24",
        " 10.0.0.1",
        "1.2.3.4:5"
      })
  void whatever_else_is_no_address(String text) {
    assertThat(IpText.parse(text)).isEmpty();
  }

  @Test
  void a_port_puts_ipv6_in_brackets() {
    InetAddress address = IpText.parse("fd00::1").orElseThrow();
    assertThat(IpText.text(new InetSocketAddress(address, 80))).isEqualTo("[fd00::1]:80");
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.1, 10.0.0.254, 24, true",
    "10.0.0.1, 10.0.1.1, 24, false",
    "10.0.0.1, 10.0.1.1, 23, true",
    "10.0.0.127, 10.0.0.128, 25, false",
    "10.0.0.1, 10.0.0.1, 32, true",
    "10.0.0.1, 10.0.0.2, 32, false",
    "10.0.0.1, 99.0.0.2, 0, true",
    "fd00::1, fd00::ffff, 64, true",
    "fd00::1, fd00:0:0:1::1, 64, false",
    "fd00::1, 10.0.0.1, 0, false"
  })
  void networks_agree_in_their_first_bits(
      String one, String other, int prefixLength, boolean same) {
    assertThat(
            IpText.sameNetwork(
                IpText.parse(one).orElseThrow(), IpText.parse(other).orElseThrow(), prefixLength))
        .isEqualTo(same);
  }
}
