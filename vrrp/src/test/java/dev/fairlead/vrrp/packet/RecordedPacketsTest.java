package dev.fairlead.vrrp.packet;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every advertisement of every recording: real bytes to values, and values to the same bytes. */
class RecordedPacketsTest {

  private static final int RECORDED_ADVERTISEMENTS = 215;

  static List<String> files() {
    return Recorded.FILES;
  }

  /** Those that a daemon has really sent. */
  static Stream<String> recordedFiles() {
    return Recorded.FILES.stream().filter(file -> !file.startsWith("synth_"));
  }

  @Test
  void noRecordedPacketIsLeftOut() {
    assertThat(Recorded.FILES.stream().mapToInt(file -> Recorded.in(file).size()).sum())
        .isEqualTo(RECORDED_ADVERTISEMENTS);
  }

  @ParameterizedTest
  @MethodSource("files")
  void decodesFieldByFieldAsTheIndependentDecoderSays(String file) {
    for (Recorded recorded : Recorded.in(file)) {
      assertThat(AdvertisementCodec.decode(recorded.datagram()))
          .as(recorded.toString())
          .isEqualTo(expected(recorded.expected()));
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void readsTheIpHeaderAsTheIndependentDecoderSays(String file) {
    for (Recorded recorded : Recorded.in(file)) {
      Datagram datagram = recorded.datagram();
      Config expected = recorded.expected();
      assertThat(datagram.source()).as(recorded.toString()).isEqualTo(recorded.source());
      assertThat(datagram.destination()).isEqualTo(recorded.destination());
      assertThat(datagram.hopLimit())
          .isEqualTo(expected.getInt(recorded.isIpv4() ? "ttl" : "hop_limit"));
      assertThat(datagram.payload().remaining()).isEqualTo(expected.getInt("vrrp_len"));
      assertThat(AdvertisementCodec.routerIdOf(datagram)).isEqualTo(expected.getInt("vrid"));
    }
  }

  @ParameterizedTest
  @MethodSource("recordedFiles")
  void encodesTheSameBytes(String file) {
    for (Recorded recorded : Recorded.in(file)) {
      byte[] encoded =
          AdvertisementCodec.encode(
              advertisement(recorded),
              recorded.source(),
              recorded.destination(),
              ChecksumForm.PSEUDO_HEADER);
      assertThat(HexFormat.of().formatHex(encoded))
          .as(recorded.toString())
          .isEqualTo(HexFormat.of().formatHex(recorded.message()));
    }
  }

  /** TOS, DF, TTL and all; FRR sets DF, and an authentication header we do not send. */
  @ParameterizedTest
  @MethodSource("recordedFiles")
  void encodesTheWholeIpv4PacketAsKeepalivedDoes(String file) {
    for (Recorded recorded : Recorded.in(file)) {
      if (!recorded.isIpv4() || file.startsWith("frr_") || file.equals("v2_ah")) {
        continue;
      }
      byte[] encoded =
          AdvertisementCodec.encodeIpv4Packet(
              advertisement(recorded),
              recorded.source(),
              recorded.destination(),
              ChecksumForm.PSEUDO_HEADER,
              recorded.expected().getInt("ip_id"));
      assertThat(ByteBuffer.wrap(encoded))
          .as(recorded.toString())
          .isEqualTo(recorded.ipPacket().slice(0, encoded.length));
    }
  }

  private static Advertisement advertisement(Recorded recorded) {
    return switch (AdvertisementCodec.decode(recorded.datagram())) {
      case Advertisement advertisement -> advertisement;
      case Rejected reason -> throw new AssertionError(recorded + ": " + reason);
    };
  }

  private static Decoded expected(Config expected) {
    int version = expected.getInt("version");
    boolean v2 = version == 2;
    if (!v2 && version != 3) {
      return Rejected.WRONG_VERSION;
    }
    if (expected.getInt("type") != 1) {
      return Rejected.WRONG_TYPE;
    }
    if (expected.getInt("count") == 0) {
      return Rejected.NO_ADDRESSES;
    }
    if (expected.getInt("vrrp_len") < expected.getInt("expected_len")) {
      return Rejected.TOO_SHORT;
    }
    if (!expected.getBoolean("checksum_ok_plain")
        && (v2 || !expected.getBoolean("checksum_ok_pseudo"))) {
      return Rejected.BAD_CHECKSUM;
    }
    return new Advertisement(
        version,
        expected.getInt("vrid"),
        expected.getInt("priority"),
        v2 ? expected.getInt("adver_int_s") * 100 : expected.getInt("max_adver_int_cs"),
        v2
            ? new Authentication(
                expected.getInt("auth_type"),
                Long.parseUnsignedLong(expected.getString("auth_data_hex"), 16))
            : Authentication.NONE,
        expected.getStringList("addresses").stream().map(Recorded::address).toList());
  }
}
