package dev.fairlead.lb.proxy;

import dev.fairlead.config.IpText;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Writes headers. */
public final class ProxyHeaderWriter {

  private static final byte[] SIGNATURE = HexFormat.of().parseHex("0d0a0d0a000d0a515549540a");
  private static final int FIXED = 16;
  private static final int CRC_TLV = 7;

  private ProxyHeaderWriter() {}

  /**
   * The line of version 1.
   *
   * @param endpoints null = not known
   */
  public static byte[] v1(@Nullable Endpoints endpoints) {
    String line =
        endpoints == null
            ? "PROXY UNKNOWN\r\n"
            : "PROXY %s %s %s %d %d\r\n"
                .formatted(
                    endpoints.isIpv4() ? "TCP4" : "TCP6",
                    text(endpoints.sourceHigh(), endpoints.sourceLow(), endpoints.isIpv4()),
                    text(
                        endpoints.destinationHigh(),
                        endpoints.destinationLow(),
                        endpoints.isIpv4()),
                    endpoints.sourcePort(),
                    endpoints.destinationPort());
    return line.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Version 2.
   *
   * @param endpoints null = not known
   * @param tlvs sent as they are
   * @param crc32c whether a checksum is added
   */
  public static byte[] v2(@Nullable Endpoints endpoints, byte[] tlvs, boolean crc32c) {
    int addresses = endpoints == null ? 0 : endpoints.isIpv4() ? 12 : 36;
    int length = addresses + tlvs.length + (crc32c ? CRC_TLV : 0);
    ByteBuffer out = ByteBuffer.allocate(FIXED + length);
    out.put(SIGNATURE).put((byte) 0x21);
    out.put((byte) (endpoints == null ? 0x00 : endpoints.isIpv4() ? 0x11 : 0x21));
    out.putShort((short) length);
    if (endpoints != null) {
      addresses(out, endpoints);
    }
    out.put(tlvs);
    if (crc32c) {
      out.put((byte) 0x03).putShort((short) 4).putInt(0);
      CRC32C crc = new CRC32C();
      crc.update(out.array());
      out.putInt(out.position() - 4, (int) crc.getValue());
    }
    return out.array();
  }

  private static void addresses(ByteBuffer out, Endpoints endpoints) {
    if (endpoints.isIpv4()) {
      out.putInt((int) endpoints.sourceLow()).putInt((int) endpoints.destinationLow());
    } else {
      out.putLong(endpoints.sourceHigh()).putLong(endpoints.sourceLow());
      out.putLong(endpoints.destinationHigh()).putLong(endpoints.destinationLow());
    }
    out.putShort((short) endpoints.sourcePort()).putShort((short) endpoints.destinationPort());
  }

  /** An IPv4 address among IPv6 ones is written as what it is mapped to. */
  private static String text(long high, long low, boolean ipv4) {
    if (!ipv4 && high == 0 && low >>> 32 == 0xffff) {
      return "::ffff:" + text(high, low, true);
    }
    byte[] bytes =
        ipv4
            ? ByteBuffer.allocate(4).putInt((int) low).array()
            : ByteBuffer.allocate(16).putLong(high).putLong(low).array();
    try {
      return IpText.text(InetAddress.getByAddress(bytes));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("4 and 16 bytes are an address", e);
    }
  }
}
