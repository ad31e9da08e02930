package dev.fairlead.vrrp.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdvertisementCodecTest {

  private static final InetAddress SOURCE = Recorded.address("10.99.0.11");
  private static final InetAddress GROUP = Recorded.address("224.0.0.18");
  private static final InetAddress SOURCE6 = Recorded.address("fe80::ff:fe00:101");
  private static final InetAddress GROUP6 = Recorded.address("ff02::12");

  private static final Advertisement V2 =
      new Advertisement(
          2,
          51,
          100,
          100,
          Authentication.password("123456".getBytes(StandardCharsets.US_ASCII)),
          List.of(Recorded.address("10.99.0.100")));
  private static final Advertisement V3 =
      new Advertisement(
          3, 51, 100, 10, Authentication.NONE, List.of(Recorded.address("10.99.0.100")));
  private static final Advertisement V3_IPV6 =
      new Advertisement(3, 51, 100, 10, Authentication.NONE, List.of(Recorded.address("fe80::51")));

  @Test
  void knownBytes() {
    assertThat(HexFormat.of().formatHex(encode(V2)))
        .isEqualTo("213364010101d5660a6300643132333435360000");
  }

  @ParameterizedTest
  @CsvSource({
    "'', 0000000000000000",
    "a, 6100000000000000",
    "12345678, 3132333435363738",
    "123456789, 3132333435363738",
  })
  void passwordsAreCutAndPaddedToEightBytes(String password, String field) {
    assertThat(Authentication.password(password.getBytes(StandardCharsets.US_ASCII)).data())
        .isEqualTo(Long.parseUnsignedLong(field, 16));
  }

  @Test
  void passwordsAreNotPrinted() {
    assertThat(V2.toString()).contains("password ***").doesNotContain("3544");
    assertThat(V2.toString())
        .doesNotContain(Long.toString(V2.authentication().data()))
        .doesNotContain("123456");
  }

  @Test
  void bothChecksumFormsOfVersion3AreAccepted() {
    for (ChecksumForm form : ChecksumForm.values()) {
      byte[] bytes = AdvertisementCodec.encode(V3, SOURCE, GROUP, form);
      assertThat(AdvertisementCodec.decode(datagram(bytes))).as(form.name()).isEqualTo(V3);
    }
  }

  @Test
  void thePseudoHeaderBindsTheDestination() {
    byte[] bytes = AdvertisementCodec.encode(V3, SOURCE, GROUP, ChecksumForm.PSEUDO_HEADER);
    Datagram elsewhere =
        new Datagram(SOURCE, Recorded.address("10.99.0.12"), 255, ByteBuffer.wrap(bytes));
    assertThat(AdvertisementCodec.decode(elsewhere)).isEqualTo(Rejected.BAD_CHECKSUM);
  }

  @Test
  void overIpv6ThePseudoHeaderIsNoMatterOfTaste() {
    byte[] bytes = AdvertisementCodec.encode(V3_IPV6, SOURCE6, GROUP6, ChecksumForm.MESSAGE_ONLY);
    assertThat(bytes)
        .isEqualTo(AdvertisementCodec.encode(V3_IPV6, SOURCE6, GROUP6, ChecksumForm.PSEUDO_HEADER));
    assertThat(
            AdvertisementCodec.decode(new Datagram(SOURCE6, GROUP6, 255, ByteBuffer.wrap(bytes))))
        .isEqualTo(V3_IPV6);
    // A checksum over the message alone, as version 3 over IPv4 may have it.
    ByteBuffer plain = ByteBuffer.wrap(bytes).putShort(6, (short) 0);
    plain.putShort(6, (short) Checksum.of(Checksum.sum(plain, 0, bytes.length)));
    assertThat(AdvertisementCodec.decode(new Datagram(SOURCE6, GROUP6, 255, plain)))
        .isEqualTo(Rejected.BAD_CHECKSUM);
  }

  @Test
  void version2HasNoPseudoHeaderAndNoIpv6() {
    ByteBuffer bytes = ByteBuffer.wrap(encode(V2));
    long sum =
        Checksum.sum(bytes.putShort(6, (short) 0), 0, bytes.limit())
            + Checksum.pseudoHeaderSum(SOURCE, GROUP, bytes.limit());
    bytes.putShort(6, (short) Checksum.of(sum));
    assertThat(AdvertisementCodec.decode(new Datagram(SOURCE, GROUP, 255, bytes)))
        .isEqualTo(Rejected.BAD_CHECKSUM);
    assertThat(
            AdvertisementCodec.decode(
                new Datagram(SOURCE6, GROUP6, 255, ByteBuffer.wrap(encode(V2)))))
        .isEqualTo(Rejected.WRONG_VERSION);
  }

  @Test
  void trailersAndPaddingAreIgnored() {
    for (Advertisement advertisement : List.of(V2, V3)) {
      byte[] bytes = encode(advertisement);
      byte[] longer = Arrays.copyOf(bytes, bytes.length + 37);
      Arrays.fill(longer, bytes.length, longer.length, (byte) 0xa5);
      assertThat(AdvertisementCodec.decode(datagram(longer))).isEqualTo(advertisement);
    }
  }

  @Test
  void everyShorterMessageIsTooShort() {
    byte[] bytes = encode(V2);
    for (int length = 0; length < bytes.length; length++) {
      assertThat(AdvertisementCodec.decode(datagram(Arrays.copyOf(bytes, length))))
          .as(length + " bytes")
          .isEqualTo(Rejected.TOO_SHORT);
    }
  }

  @Test
  void everyFlippedBitIsNoticed() {
    byte[] bytes = encode(V2);
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      byte[] flipped = bytes.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(AdvertisementCodec.decode(datagram(flipped)))
          .as("bit " + bit)
          .isInstanceOf(Rejected.class);
    }
  }

  @Test
  void aMappedIpv4AddressStaysIpv6() {
    byte[] bytes = encode(V3_IPV6, SOURCE6, GROUP6);
    ByteBuffer mapped = ByteBuffer.wrap(bytes);
    mapped.putLong(8, 0).putLong(16, 0xffff_0a630064L).putShort(6, (short) 0);
    long sum =
        Checksum.sum(mapped, 0, bytes.length)
            + Checksum.pseudoHeaderSum(SOURCE6, GROUP6, bytes.length);
    mapped.putShort(6, (short) Checksum.of(sum));
    Decoded decoded = AdvertisementCodec.decode(new Datagram(SOURCE6, GROUP6, 255, mapped));
    assertThat(decoded)
        .isInstanceOfSatisfying(
            Advertisement.class,
            advertisement ->
                assertThat(advertisement.addresses().getFirst().getAddress()).hasSize(16));
  }

  @Test
  void aFullListOfAddressesFits() {
    List<InetAddress> addresses =
        IntStream.range(0, 255).mapToObj(i -> Recorded.address("10.1.0." + i)).toList();
    Advertisement full = new Advertisement(2, 1, 254, 25_500, Authentication.NONE, addresses);
    assertThat(AdvertisementCodec.decode(datagram(encode(full)))).isEqualTo(full);
  }

  @Test
  void refusesToEncodeWhatTheWireCannotCarry() {
    assertThatThrownBy(() -> encode(with(V2, 150))).hasMessageContaining("150 centiseconds");
    assertThatThrownBy(() -> encode(with(V2, 25_600))).hasMessageContaining("25600 centiseconds");
    assertThatThrownBy(() -> encode(with(V3, 4_096))).hasMessageContaining("4096 centiseconds");
    assertThatThrownBy(() -> encode(V2, SOURCE6, GROUP6)).hasMessageContaining("over IPv6");
    assertThatThrownBy(() -> encode(V3, SOURCE6, GROUP6)).hasMessageContaining("two families");
    assertThatThrownBy(
            () -> encode(new Advertisement(2, 1, 1, 100, Authentication.NONE, List.of())))
        .hasMessageContaining("1..255 addresses");
  }

  @Test
  void anIpPacketIsReadByItsOwnLength() {
    byte[] packet =
        AdvertisementCodec.encodeIpv4Packet(V2, SOURCE, GROUP, ChecksumForm.PSEUDO_HEADER, 7);
    byte[] padded = Arrays.copyOf(packet, packet.length + 6);
    assertThat(Datagram.unwrapIpv4(ByteBuffer.wrap(padded)))
        .isInstanceOfSatisfying(
            Datagram.class, datagram -> assertThat(datagram.payload().remaining()).isEqualTo(20));
    for (int length = 0; length < packet.length; length++) {
      assertThat(Datagram.unwrapIpv4(ByteBuffer.wrap(packet, 0, length)))
          .isEqualTo(Rejected.TOO_SHORT);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 65, TOO_SHORT", // a header of 4 bytes
    "0, 101, NOT_VRRP", // version 6
    "6, 32, NOT_VRRP", // more fragments
    "7, 1, NOT_VRRP", // a later fragment
    "9, 17, NOT_VRRP", // UDP
    "9, 51, TOO_SHORT", // an authentication header that is none
  })
  void otherIpPacketsAreNotOurs(int index, int value, Rejected expected) {
    byte[] packet =
        AdvertisementCodec.encodeIpv4Packet(V2, SOURCE, GROUP, ChecksumForm.PSEUDO_HEADER, 7);
    packet[index] = (byte) value;

    assertThat(Datagram.unwrapIpv4(ByteBuffer.wrap(packet))).isEqualTo(expected);
  }

  /** Deterministic: the same 100,000 arrays each time. */
  @Test
  void anyBytesGiveAnAnswerAndNoException() {
    Random random = new Random(112);
    List<byte[]> seeds =
        Recorded.FILES.stream()
            .flatMap(file -> Recorded.in(file).stream())
            .map(recorded -> bytes(recorded.ipPacket()))
            .toList();
    int accepted = 0;
    for (int i = 0; i < 100_000; i++) {
      byte[] bytes =
          i % 4 == 0 ? noise(random) : mutated(seeds.get(random.nextInt(seeds.size())), random);
      ByteBuffer packet = ByteBuffer.wrap(bytes);
      if (Datagram.unwrapIpv4(packet) instanceof Datagram datagram
          && AdvertisementCodec.decode(datagram) instanceof Advertisement) {
        accepted++;
      }
      boolean ipv6 = random.nextBoolean();
      Datagram raw = new Datagram(ipv6 ? SOURCE6 : SOURCE, ipv6 ? GROUP6 : GROUP, 255, packet);
      if (AdvertisementCodec.decode(raw) instanceof Advertisement advertisement) {
        assertThat(advertisement.addresses().size() * (ipv6 ? 16 : 4))
            .isLessThanOrEqualTo(bytes.length);
      }
    }
    // Some mutations hit the Ethernet padding or the IP identification: the test reaches the end.
    assertThat(accepted).isBetween(1_000, 60_000);
  }

  private static byte[] noise(Random random) {
    byte[] bytes = new byte[random.nextInt(80)];
    random.nextBytes(bytes);
    if (bytes.length > 0 && random.nextBoolean()) {
      bytes[0] = (byte) (random.nextBoolean() ? 0x21 : 0x31);
    }
    return bytes;
  }

  private static byte[] mutated(byte[] seed, Random random) {
    byte[] bytes =
        random.nextInt(4) == 0
            ? Arrays.copyOf(seed, random.nextInt(seed.length + 20))
            : seed.clone();
    for (int flips = random.nextInt(3); flips > 0 && bytes.length > 0; flips--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    return bytes;
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(buffer.position(), bytes);
    return bytes;
  }

  private static Advertisement with(Advertisement advertisement, int intervalCs) {
    return new Advertisement(
        advertisement.version(),
        advertisement.routerId(),
        advertisement.priority(),
        intervalCs,
        advertisement.authentication(),
        advertisement.addresses());
  }

  private static byte[] encode(Advertisement advertisement) {
    return encode(advertisement, SOURCE, GROUP);
  }

  private static byte[] encode(
      Advertisement advertisement, InetAddress source, InetAddress destination) {
    return AdvertisementCodec.encode(
        advertisement, source, destination, ChecksumForm.PSEUDO_HEADER);
  }

  private static Datagram datagram(byte[] bytes) {
    return new Datagram(SOURCE, GROUP, 255, ByteBuffer.wrap(bytes));
  }
}
