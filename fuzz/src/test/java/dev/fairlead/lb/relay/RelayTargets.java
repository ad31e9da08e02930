package dev.fairlead.lb.relay;

import dev.fairlead.fuzz.Target;
import dev.fairlead.lb.proxy.Endpoints;
import dev.fairlead.lb.proxy.ProxyHeader;
import dev.fairlead.lb.proxy.ProxyHeaderReader;
import dev.fairlead.lb.proxy.ProxyHeaderWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.NullMarked;

/** What clients, and balancers in front of them, say first. */
@NullMarked
public final class RelayTargets {

  /** A whole hello of OpenSSL 3.0 for TLS 1.3. */
  private static final String TLS_13 =
      "16030100f4010000f0030327a5fb4663eca56db580f05863cad231a1ad18c6db38a5a3fdc294b3140080"
          + "912082d1bfed7db796b6c4da5b2d50d41de40ecd4dc5501888a9036e6e9fe5f3e81200081302"
          + "1303130100ff0100009f00000014001200000f6170692e6578616d706c652e6f7267000b0004"
          + "03000102000a00160014001d0017001e00190018010001010102010301040023000000160000"
          + "00170000000d001e001c040305030603080708080809080a080b080408050806040105010601"
          + "002b0003020304002d00020101003300260024001d0020c9c28cf33837e36c741e474c1c9f72"
          + "c4204366229437cf9cb0a8981ac9b9ea05";

  private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";

  private RelayTargets() {}

  public static List<Target> all() {
    return List.of(
        new Target("PROXY header", RelayTargets::proxyHeader, headers()),
        new Target("ClientHello", RelayTargets::clientHello, hellos()));
  }

  private static List<byte[]> headers() {
    Endpoints ipv4 = new Endpoints(0, 0xffff_0a01_0203L, 4711, 0, 0xffff_0a09_0909L, 443);
    Endpoints ipv6 = new Endpoints(0xfd00L << 48, 1, 65_535, 0xfd00L << 48, 0xabcdL, 0);
    byte[] tlvs = {0x02, 0, 3, 'a', 'p', 'i', 0x04, 0, 0, 0x20, 0, 5, 1, 0, 0, 0, 0};
    return List.of(
        ProxyHeaderWriter.v1(ipv4),
        ProxyHeaderWriter.v1(ipv6),
        "PROXY UNKNOWN ffff 1 2\r\n".getBytes(StandardCharsets.US_ASCII),
        ProxyHeaderWriter.v2(ipv4, tlvs, true),
        ProxyHeaderWriter.v2(ipv6, new byte[0], false),
        HexFormat.of().parseHex(SIGNATURE + "20000000"),
        // Promises 16 KiB.
        HexFormat.of().parseHex(SIGNATURE + "21113ff00a0102030a0909091267"));
  }

  private static List<byte[]> hellos() {
    byte[] hello = HexFormat.of().parseHex(TLS_13);
    ByteBuffer fragmented = ByteBuffer.allocate(2 * hello.length);
    for (int at = 5; at < hello.length; at += 100) {
      int count = Math.min(100, hello.length - at);
      fragmented.put(hello, 0, 3).putShort((short) count).put(hello, at, count);
    }
    return List.of(hello, Arrays.copyOf(fragmented.array(), fragmented.position()));
  }

  private static ProxyHeaderReader feed(byte[] bytes, int mostAtOnce) {
    ProxyHeaderReader reader = new ProxyHeaderReader();
    int at = 0;
    while (reader.wanted() > 0 && at < bytes.length) {
      int count = Math.min(Math.min(reader.wanted(), mostAtOnce), bytes.length - at);
      reader.accept(ByteBuffer.wrap(bytes, at, count));
      at += count;
    }
    boolean isOver = reader.wanted() == 0;
    if (isOver != (reader.header() != null || reader.refusal() != null)
        || (reader.header() != null && reader.refusal() != null)) {
      throw new AssertionError("wanted " + reader.wanted() + ", refused " + reader.refusal());
    }
    return reader;
  }

  /** The same however it arrives, and the same again when it was passed on. */
  private static void proxyHeader(byte[] bytes) {
    ProxyHeaderReader whole = feed(bytes, Integer.MAX_VALUE);
    ProxyHeaderReader pieces = feed(bytes, 3);
    ProxyHeader header = whole.header();
    if (header == null ? pieces.header() != null : !header.equals(pieces.header())) {
      throw new AssertionError("in one piece " + header + ", in some " + pieces.header());
    }
    if (header == null || header.endpoints() == null) {
      return;
    }
    ProxyHeader again =
        feed(ProxyHeaderWriter.v2(header.endpoints(), new byte[0], true), 99).header();
    if (again == null || !header.endpoints().equals(again.endpoints())) {
      throw new AssertionError(header + " is passed on as " + again);
    }
  }

  /** One that is whole is not whole without its last byte, and is something else with one more. */
  private static void clientHello(byte[] bytes) {
    if (ClientHello.look(bytes, bytes.length) != ClientHello.Look.COMPLETE) {
      return;
    }
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
    if (!ClientHello.mayBegin(bytes[0])
        || ClientHello.look(bytes, bytes.length - 1) != ClientHello.Look.INCOMPLETE
        || ClientHello.look(longer, longer.length) != ClientHello.Look.OTHER) {
      throw new AssertionError("where does this hello end?");
    }
  }
}
