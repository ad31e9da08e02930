package dev.fairlead.lb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.lb.proxy.ProxyHeaderReader.Refusal;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sections are those of haproxy's proxy-protocol.txt. */
class ProxyHeaderTest {

  private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
  private static final String IPV4 = "0a010203" + "0a090909" + "1267" + "01bb";
  private static final Endpoints ENDPOINTS =
      new Endpoints(0, 0xffff_0a01_0203L, 4711, 0, 0xffff_0a09_0909L, 443);
  private static final Endpoints ENDPOINTS6 =
      new Endpoints(0xfd00_0000_0000_0000L, 1, 65_535, 0xfd00_0000_0000_0000L, 0xabcdL, 0);

  private static final Pattern LENIENT = Pattern.compile("[.]|[0-9a-fA-F]{5}");

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(" ", ""));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Feeds bytes as they are wanted; what is left over belongs to the relay. */
  private static ProxyHeaderReader feed(byte[] bytes, int mostAtOnce) {
    ProxyHeaderReader reader = new ProxyHeaderReader();
    int at = 0;
    while (reader.wanted() > 0 && at < bytes.length) {
      int count = Math.min(Math.min(reader.wanted(), mostAtOnce), bytes.length - at);
      reader.accept(ByteBuffer.wrap(bytes, at, count));
      at += count;
    }
    return reader;
  }

  private static ProxyHeaderReader feed(byte[] bytes) {
    return feed(bytes, Integer.MAX_VALUE);
  }

  private static ProxyHeader header(ProxyHeaderReader reader) {
    return Objects.requireNonNull(reader.header());
  }

  private static byte[] v2(String afterSignature) {
    return hex(SIGNATURE + afterSignature);
  }

  @Test
  void version_1_reads_what_section_2_1_shows() {
    String line = "PROXY TCP4 10.1.2.3 10.9.9.9 4711 443\r\n";
    assertThat(header(feed(ascii(line))).endpoints()).isEqualTo(ENDPOINTS);
    assertThat(ProxyHeaderWriter.v1(ENDPOINTS)).isEqualTo(ascii(line));
    String line6 = "PROXY TCP6 fd00::1 fd00::abcd 65535 0\r\n";
    assertThat(header(feed(ascii(line6))).endpoints()).isEqualTo(ENDPOINTS6);
    assertThat(ProxyHeaderWriter.v1(ENDPOINTS6)).isEqualTo(ascii(line6));
    assertThat(ProxyHeaderWriter.v1(null)).isEqualTo(ascii("PROXY UNKNOWN\r\n"));
  }

  /** The JDK's own parser says what is right; what it is lenient about is left out. */
  @Test
  void addresses_of_version_1_are_what_the_jdk_takes_them_for() {
    Random random = new Random(42);
    String alphabet = "0123:::fF.";
    int sound = 0;
    for (int i = 0; i < 300_000; i++) {
      StringBuilder text = new StringBuilder(i % 2 == 0 ? "" : "fd00::");
      for (int length = random.nextInt(14); length >= 0; length--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      ProxyHeader header = feed(ascii("PROXY TCP6 " + text + " ::1 1 2\r\n")).header();
      byte[] expected = text.indexOf(":") < 0 ? new byte[0] : literal(text.toString());
      if (header == null) {
        // The JDK takes any number of zeros before a number, and fewer than four numbers of IPv4.
        assertThat(expected.length == 0 || LENIENT.matcher(text).find())
            .as(text.toString())
            .isTrue();
      } else {
        sound++;
        Endpoints endpoints = Objects.requireNonNull(header.endpoints());
        ByteBuffer bits = ByteBuffer.allocate(16);
        bits.putLong(endpoints.sourceHigh()).putLong(endpoints.sourceLow());
        assertThat(bits.array()).as(text.toString()).isEqualTo(expected);
      }
    }
    assertThat(sound).isGreaterThan(1000);
  }

  /** Empty for what is none. */
  private static byte[] literal(String text) {
    try {
      byte[] bytes = InetAddress.ofLiteral(text).getAddress();
      return bytes.length == 16
          ? bytes
          : ByteBuffer.allocate(16).putShort(10, (short) -1).put(12, bytes).array();
    } catch (IllegalArgumentException e) {
      return new byte[0];
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PROXY UNKNOWN\r\n",
        "PROXY UNKNOWN anything at all\r\n",
        "PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n"
      })
  void an_unknown_client_is_the_connection_itself(String line) {
    ProxyHeaderReader reader = feed(ascii(line));
    assertThat(reader.header()).isNotNull();
    assertThat(reader.header().endpoints()).isNull();
  }

  /** No byte behind the header may be asked for: it is the relay's, or TLS breaks. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "PROXY UNKNOWN\r\n",
        "PROXY UNKNOWN x\r\n",
        "PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n",
        "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
        "PROXY TCP6 :: :: 1 2\r\n",
        "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
            + " ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"
      })
  void never_asks_for_a_byte_behind_a_line(String line) {
    for (int atOnce : new int[] {1, 2, 3, 7, Integer.MAX_VALUE}) {
      byte[] bytes = ascii(line);
      ProxyHeaderReader reader = new ProxyHeaderReader();
      int at = 0;
      while (reader.wanted() > 0) {
        assertThat(at + reader.wanted())
            .as(line + " after " + at)
            .isLessThanOrEqualTo(bytes.length);
        int count = Math.min(reader.wanted(), atOnce);
        reader.accept(ByteBuffer.wrap(bytes, at, count));
        at += count;
      }
      assertThat(at).isEqualTo(bytes.length);
      assertThat(reader.header()).as(line).isNotNull();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET / HTTP/1.1\\r\\n                              | MISSING",
        "\\x16\\x03\\x01\\x02\\x00\\x01\\x00\\x01\\xfc\\x03\\x03aaaa | MISSING",
        "proxy TCP4 1.1.1.1 2.2.2.2 1 2\\r\\n              | MISSING",
        "PROXY\\tTCP4 1.1.1.1 2.2.2.2 1 2\\r\\n            | MISSING",
        "PROXY  TCP4 1.1.1.1 2.2.2.2 1 2\\r\\n             | MALFORMED",
        "PROXY TCP4  1.1.1.1 2.2.2.2 1 2\\r\\n             | MALFORMED",
        "PROXY TCP4 1.1.1.1 2.2.2.2 1 2 \\r\\n             | MALFORMED",
        "PROXY TCP4 1.1.1.1 2.2.2.2 1 2\\n                 | MALFORMED",
        "PROXY TCP4 1.1.1.1 2.2.2.2 1\\r\\n                | MALFORMED",
        "PROXY TCP4 1.1.1.01 2.2.2.2 1 2\\r\\n             | MALFORMED",
        "PROXY TCP4 1.1.1.256 2.2.2.2 1 2\\r\\n            | MALFORMED",
        "PROXY TCP4 1.1.1 2.2.2.2 1 2\\r\\n                | MALFORMED",
        "PROXY TCP4 localhost 2.2.2.2 1 2\\r\\n            | MALFORMED",
        "PROXY TCP4 ::1 ::1 1 2\\r\\n                      | MALFORMED",
        "PROXY TCP6 1.1.1.1 2.2.2.2 1 2\\r\\n              | MALFORMED",
        "PROXY TCP6 fe80::1%eth0 ::1 1 2\\r\\n             | MALFORMED",
        "PROXY TCP6 [::1] ::1 1 2\\r\\n                    | MALFORMED",
        "PROXY TCP4 1.1.1.1 2.2.2.2 01 2\\r\\n             | MALFORMED",
        "PROXY TCP4 1.1.1.1 2.2.2.2 65536 2\\r\\n          | MALFORMED",
        "PROXY TCP4 1.1.1.1 2.2.2.2 -1 2\\r\\n             | MALFORMED",
        "PROXY UDP4 1.1.1.1 2.2.2.2 1 2\\r\\n              | MALFORMED",
        "PROXY UNKNOWNX 1 2\\r\\n                          | MALFORMED"
      })
  void version_1_refuses_what_is_not_a_line(String text, Refusal reason) {
    String line = text.strip().replace("\\r", "\r").replace("\\n", "\n").replace("\\t", "\t");
    assertThat(feed(ascii(line)).refusal()).as(text).isEqualTo(reason);
    assertThat(feed(ascii(line), 1).refusal()).as(text).isEqualTo(reason);
  }

  @Test
  void a_line_has_107_bytes_at_most() {
    String longest = "PROXY UNKNOWN " + "x".repeat(91) + "\r\n";
    assertThat(longest).hasSize(107);
    assertThat(feed(ascii(longest)).header()).isNotNull();
    assertThat(feed(ascii("PROXY UNKNOWN " + "x".repeat(92) + "\r\n")).refusal())
        .isEqualTo(Refusal.TOO_LONG);
  }

  @Test
  void version_2_reads_what_section_2_2_shows() {
    assertThat(feed(v2("21 11 000c" + IPV4)).header())
        .isEqualTo(new ProxyHeader(ENDPOINTS, new byte[0]));
    assertThat(feed(v2("21 11 000c" + IPV4), 1).header())
        .isEqualTo(new ProxyHeader(ENDPOINTS, new byte[0]));
    assertThat(ProxyHeaderWriter.v2(ENDPOINTS, new byte[0], false))
        .isEqualTo(v2("21 11 000c" + IPV4));
    byte[] six = ProxyHeaderWriter.v2(ENDPOINTS6, new byte[0], false);
    assertThat(six).hasSize(16 + 36);
    assertThat(header(feed(six)).endpoints()).isEqualTo(ENDPOINTS6);
  }

  @Test
  void local_means_the_connection_itself_whatever_follows() {
    // "The receiver must accept this connection as valid and must use the real connection
    // endpoints and discard the protocol block including the family which is ignored."
    assertThat(feed(v2("20 00 0000")).header()).isEqualTo(new ProxyHeader(null, new byte[0]));
    assertThat(header(feed(v2("20 11 000c" + IPV4))).endpoints()).isNull();
    assertThat(header(feed(v2("20 ff 0003 ffffff"))).endpoints()).isNull();
  }

  @ParameterizedTest
  @CsvSource({"00, 0", "12, 12", "22, 36", "31, 216", "32, 216"})
  void families_that_say_nothing_of_a_tcp_client_are_the_connection_itself(
      String family, int length) {
    byte[] bytes = v2("21" + family + "%04x".formatted(length) + "00".repeat(length));
    assertThat(feed(bytes).header()).isEqualTo(new ProxyHeader(null, new byte[0]));
  }

  @ParameterizedTest
  @CsvSource({
    "11 11 000c " + IPV4 + ", MALFORMED", // version 1 in a binary header
    "31 11 000c " + IPV4 + ", MALFORMED", // version 3
    "22 11 000c " + IPV4 + ", MALFORMED", // unassigned command
    "21 13 000c " + IPV4 + ", MALFORMED", // unassigned transport
    "21 41 000c " + IPV4 + ", MALFORMED", // unassigned family
    "21 10 000c " + IPV4 + ", MALFORMED", // family without transport
    "21 11 000b 0a0102030a0909091267 01, MALFORMED", // shorter than its addresses
    "21 11 000e " + IPV4 + "0100, MALFORMED", // a TLV without its length
    "21 11 0010 " + IPV4 + "02000261, MALFORMED", // a TLV longer than the header
    "21 11 0011 " + IPV4 + "0300020000, MALFORMED", // a checksum of two bytes
    "21 11 0013 " + IPV4 + "03000400000000, CHECKSUM",
    "21 11 3ff1 00, TOO_LONG"
  })
  void version_2_refuses_what_it_must(String text, Refusal reason) {
    assertThat(feed(v2(text)).refusal()).as(text).isEqualTo(reason);
  }

  @Test
  void a_checksum_is_that_of_the_header_with_zeros_in_its_place() {
    byte[] tlvs = hex("02 0003 617069" + "05 0002 0102");
    byte[] header = ProxyHeaderWriter.v2(ENDPOINTS, tlvs, true);
    assertThat(feed(header).header()).isEqualTo(new ProxyHeader(ENDPOINTS, tlvs));
    int typeAt = header.length - 7;
    for (int i = 16; i < header.length; i++) {
      if (i == typeAt) {
        // Of another type it is no checksum.
        continue;
      }
      byte[] damaged = header.clone();
      damaged[i] ^= 1;
      ProxyHeaderReader reader = feed(damaged);
      assertThat(reader.header()).as("damaged at " + i).isNull();
    }
  }

  @Test
  void padding_and_checksum_are_not_passed_on() {
    byte[] bytes = v2("21 11 0019" + IPV4 + "04 0002 0000" + "01 0002 6832" + "04 0000");
    assertThat(header(feed(bytes)).tlvs()).isEqualTo(hex("01 0002 6832"));
  }

  @Test
  void the_longest_header_has_16_kib() {
    int length = ProxyHeaderReader.MAX_HEADER - 16;
    byte[] tlv = new byte[length - 12];
    tlv[0] = 0x20;
    tlv[1] = (byte) ((tlv.length - 3) >> 8);
    tlv[2] = (byte) (tlv.length - 3);
    byte[] header = ProxyHeaderWriter.v2(ENDPOINTS, tlv, false);
    assertThat(header).hasSize(ProxyHeaderReader.MAX_HEADER);
    assertThat(header(feed(header, 1000)).tlvs()).isEqualTo(tlv);
  }

  @Test
  void an_ipv4_address_beside_an_ipv6_one_is_mapped() {
    Endpoints mixed = new Endpoints(0, 0xffff_0a01_0203L, 1, 0xfd00_0000_0000_0000L, 1, 2);
    assertThat(new String(ProxyHeaderWriter.v1(mixed), StandardCharsets.US_ASCII))
        .isEqualTo("PROXY TCP6 ::ffff:10.1.2.3 fd00::1 1 2\r\n");
    assertThat(header(feed(ProxyHeaderWriter.v1(mixed))).endpoints()).isEqualTo(mixed);
    assertThat(header(feed(ProxyHeaderWriter.v2(mixed, new byte[0], true))).endpoints())
        .isEqualTo(mixed);
  }

  @Test
  void no_bytes_make_it_fail() {
    long seed = Long.getLong("fairlead.seed", 20_260_101L);
    Random random = new Random(seed);
    for (int i = 0; i < 200_000; i++) {
      byte[] bytes = new byte[random.nextInt(1, 120)];
      random.nextBytes(bytes);
      byte[] start = random.nextBoolean() ? hex(SIGNATURE + "2111") : ascii("PROXY TCP4 1.1.1.1 2");
      int kept = random.nextInt(start.length + 1);
      System.arraycopy(start, 0, bytes, 0, Math.min(kept, bytes.length));
      ProxyHeaderReader reader = feed(bytes, random.nextInt(1, 40));
      assertThat(reader.header() != null && reader.refusal() != null)
          .as("seed %d: %s", seed, Arrays.toString(bytes))
          .isFalse();
    }
  }
}
