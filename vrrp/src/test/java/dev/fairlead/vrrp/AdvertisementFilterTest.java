package dev.fairlead.vrrp;

import static dev.fairlead.vrrp.Routers.V2;
import static dev.fairlead.vrrp.Routers.V3;
import static dev.fairlead.vrrp.Routers.address;
import static dev.fairlead.vrrp.Routers.ip;
import static dev.fairlead.vrrp.Routers.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.fairlead.vrrp.AdvertisementFilter.Verdict;
import dev.fairlead.vrrp.packet.Advertisement;
import dev.fairlead.vrrp.packet.AdvertisementCodec;
import dev.fairlead.vrrp.packet.Authentication;
import dev.fairlead.vrrp.packet.ChecksumForm;
import dev.fairlead.vrrp.packet.Datagram;
import dev.fairlead.vrrp.packet.Recorded;
import dev.fairlead.vrrp.packet.Rejected;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** RFC 3768 §7.1 and RFC 9568 §7.1: what takes part in the election, and what does not. */
class AdvertisementFilterTest {

  private static final Settings PEER = with(V2).source("10.99.0.12").settings();
  private static final Settings PEER3 = with(V3).source("10.99.0.12").settings();

  static Stream<Arguments> rules() {
    Authentication other = Authentication.password("654321".getBytes(StandardCharsets.US_ASCII));
    Authentication header = new Authentication(2, 0);
    Settings open = with(V2).authentication(Authentication.NONE).settings();
    Settings openPeer = with(PEER).authentication(Authentication.NONE).settings();
    return Stream.of(
        arguments("MUST verify that the TTL is 255: it is", V2, sent(PEER, 255), null),
        arguments("254: routed", V2, sent(PEER, 254), Rejected.BAD_HOP_LIMIT),
        arguments("MUST verify the VRRP version: same", V3, sent(PEER3, 255), null),
        arguments("v3 at a v2 router", V2, sent(PEER3, 255), Rejected.WRONG_VERSION),
        arguments("v2 at a v3 router", V3, sent(PEER, 255), Rejected.WRONG_VERSION),
        arguments("MUST verify the checksum", V2, changed(PEER, 2, 101), Rejected.BAD_CHECKSUM),
        arguments("MUST verify the type", V2, changed(PEER, 0, 0x22), Rejected.WRONG_TYPE),
        arguments(
            "MUST verify that the packet is complete", V2, changed(PEER, 3, 2), Rejected.TOO_SHORT),
        arguments("no address at all", V2, changed(PEER, 3, 0), Rejected.NO_ADDRESSES),
        arguments(
            "MUST verify that the VRID is configured",
            V2,
            changed(PEER, 1, 52),
            Rejected.WRONG_ROUTER_ID),
        arguments(
            "MUST verify that the router is not the owner of its own advertisement",
            V2,
            sent(V2, 255),
            Rejected.LOOPED),
        arguments(
            "RFC 3768: MUST verify that the interval is ours: another",
            V2,
            sent(with(PEER).interval(2 * Routers.SECOND).settings(), 255),
            Rejected.INTERVAL_MISMATCH),
        arguments(
            "RFC 9568: another interval is adopted",
            V3,
            sent(with(PEER3).interval(Routers.SECOND).settings(), 255),
            null),
        arguments("an interval of zero is none", V3, zeroInterval(), Rejected.INTERVAL_MISMATCH),
        arguments("no authentication on both sides", open, sent(openPeer, 255), null),
        arguments(
            "another password",
            V2,
            sent(with(PEER).authentication(other).settings(), 255),
            Rejected.AUTHENTICATION_FAILED),
        arguments(
            "none where a password is asked for",
            V2,
            sent(openPeer, 255),
            Rejected.AUTHENTICATION_TYPE),
        arguments(
            "a password where none is asked for",
            open,
            sent(PEER, 255),
            Rejected.AUTHENTICATION_TYPE),
        arguments(
            "an authentication header where nothing is asked for",
            open,
            sent(with(PEER).authentication(header).settings(), 255),
            null),
        arguments(
            "an authentication header where a password is asked for",
            V2,
            sent(with(PEER).authentication(header).settings(), 255),
            Rejected.AUTHENTICATION_TYPE),
        arguments(
            "RFC 3768 §5.3.10: data without authentication is ignored",
            open,
            sent(with(PEER).authentication(new Authentication(0, 77)).settings(), 255),
            null),
        arguments(
            "unicast: a peer", with(V2).peers("10.99.0.12").settings(), sent(PEER, 255), null),
        arguments(
            "unicast: a stranger",
            with(V2).peers("10.99.0.13").settings(),
            sent(PEER, 255),
            Rejected.UNKNOWN_SENDER));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rules")
  void rule(String name, Settings settings, Datagram datagram, @Nullable Rejected expected) {
    assertThat(outcome(settings, datagram)).isEqualTo(expected);
  }

  @Test
  void nothingIsTooShortToBeRefused() {
    Datagram nothing =
        new Datagram(ip("10.99.0.12"), ip("224.0.0.18"), 255, ByteBuffer.allocate(1));
    assertThat(outcome(V2, nothing)).isEqualTo(Rejected.TOO_SHORT);
  }

  /** Another cluster with our VRID: each keeps its own addresses, and both are told. */
  @Test
  void aListWithoutAnyOfOursIsAnotherVirtualRouters() {
    Settings foreign =
        with(PEER).addresses(address("10.99.0.200"), address("10.99.0.201")).settings();
    assertThat(outcome(V2, sent(foreign, 255))).isEqualTo(Rejected.FOREIGN_ADDRESSES);
    Settings shared =
        with(PEER).addresses(address("10.99.0.200"), address("10.99.0.100")).settings();
    assertThat(differ(V2, shared)).isTrue();
  }

  /** To refuse would leave two masters of the addresses that both have. */
  @Test
  void anotherAddressListIsAcceptedButNoticed() {
    Settings both = with(V2).addresses(address("10.99.0.100"), address("10.99.0.101")).settings();
    Settings swapped =
        with(PEER).addresses(address("10.99.0.101"), address("10.99.0.100")).settings();
    Settings different =
        with(PEER).addresses(address("10.99.0.100"), address("10.99.0.102")).settings();
    assertThat(differ(both, swapped)).isFalse();
    assertThat(differ(both, different)).isTrue();
    assertThat(differ(both, PEER)).isTrue();
    assertThat(differ(V2, swapped)).isTrue();
  }

  /**
   * {@code synth_v2_negative}: the verdict on one good packet and 22 changed ones, by their names.
   */
  @Test
  void syntheticPackets() {
    List<@Nullable Rejected> expected =
        Arrays.asList(
            null, // ok
            Rejected.BAD_HOP_LIMIT, // ttl_254
            Rejected.BAD_HOP_LIMIT, // ttl_1
            Rejected.BAD_CHECKSUM, // bad_checksum
            Rejected.WRONG_VERSION, // version_4
            Rejected.BAD_CHECKSUM, // version_3_header_in_v2_body
            Rejected.WRONG_TYPE, // type_2
            Rejected.WRONG_ROUTER_ID, // vrid_0
            Rejected.WRONG_ROUTER_ID, // vrid_other_52
            null, // prio_255
            null, // prio_0
            Rejected.NO_ADDRESSES, // count_0
            Rejected.TOO_SHORT, // count_4_but_3_present
            Rejected.AUTHENTICATION_TYPE, // auth_type_none_0
            Rejected.AUTHENTICATION_TYPE, // auth_type_reserved_3
            Rejected.INTERVAL_MISMATCH, // adver_int_2
            Rejected.INTERVAL_MISMATCH, // adver_int_0
            Rejected.AUTHENTICATION_FAILED, // wrong_password_first_byte
            null, // address_list_changed: accepted, with a warning
            Rejected.TOO_SHORT, // truncated_12_bytes
            Rejected.TOO_SHORT, // truncated_no_auth
            null, // equal_prio_higher_ip
            null); // equal_prio_lower_ip
    Settings settings =
        with(V2)
            .source("10.99.0.12")
            .addresses(address("10.99.0.100"), address("10.99.0.101"), address("10.99.0.102"))
            .settings();
    List<Recorded> packets = Recorded.in("synth_v2_negative");
    assertThat(packets).hasSameSizeAs(expected);
    for (int i = 0; i < packets.size(); i++) {
      assertThat(outcome(settings, packets.get(i).datagram()))
          .as(packets.get(i).toString())
          .isEqualTo(expected.get(i));
    }
    assertThat(AdvertisementFilter.examine(settings, packets.get(18).datagram()))
        .isInstanceOfSatisfying(
            Verdict.Accepted.class, accepted -> assertThat(accepted.addressesDiffer()).isTrue());
    // The sender of packets 1 to 21 is 10.99.0.11: to that node they are its own.
    Settings sender = with(settings).source("10.99.0.11").settings();
    assertThat(outcome(sender, packets.getFirst().datagram())).isEqualTo(Rejected.LOOPED);
  }

  private static @Nullable Rejected outcome(Settings settings, Datagram datagram) {
    return switch (AdvertisementFilter.examine(settings, datagram)) {
      case Verdict.Accepted accepted -> null;
      case Verdict.Refused(Rejected reason) -> reason;
    };
  }

  private static boolean differ(Settings settings, Settings sender) {
    return switch (AdvertisementFilter.examine(settings, sent(sender, 255))) {
      case Verdict.Accepted(Advertisement advertisement, boolean addressesDiffer) ->
          addressesDiffer;
      case Verdict.Refused(Rejected reason) -> throw new AssertionError(reason);
    };
  }

  private static Datagram sent(Settings sender, int hopLimit) {
    return datagram(sender, hopLimit, bytes(sender));
  }

  /** Changed after the checksum was made, but where the checksum is not looked at first. */
  private static Datagram changed(Settings sender, int index, int value) {
    byte[] bytes = bytes(sender);
    bytes[index] = (byte) value;
    return datagram(sender, 255, bytes);
  }

  private static Datagram zeroInterval() {
    Advertisement usual = PEER3.advertisement(100);
    Advertisement zero =
        new Advertisement(3, usual.routerId(), 100, 0, usual.authentication(), usual.addresses());
    return datagram(
        PEER3,
        255,
        AdvertisementCodec.encode(
            zero, PEER3.source(), ip("224.0.0.18"), ChecksumForm.PSEUDO_HEADER));
  }

  private static byte[] bytes(Settings sender) {
    return AdvertisementCodec.encode(
        sender.advertisement(sender.priority()),
        sender.source(),
        ip("224.0.0.18"),
        sender.checksumForm());
  }

  private static Datagram datagram(Settings sender, int hopLimit, byte[] bytes) {
    return new Datagram(sender.source(), ip("224.0.0.18"), hopLimit, ByteBuffer.wrap(bytes));
  }
}
