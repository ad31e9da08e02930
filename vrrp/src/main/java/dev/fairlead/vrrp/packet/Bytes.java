package dev.fairlead.vrrp.packet;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/** Reads of unsigned values and addresses by absolute index, whatever the buffer's byte order. */
final class Bytes {

  private Bytes() {}

  static int unsigned8(ByteBuffer bytes, int index) {
    return bytes.get(index) & 0xff;
  }

  static int unsigned16(ByteBuffer bytes, int index) {
    return unsigned8(bytes, index) << 8 | unsigned8(bytes, index + 1);
  }

  static long signed64(ByteBuffer bytes, int index) {
    long value = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      value = value << 8 | unsigned8(bytes, index + i);
    }
    return value;
  }

  static InetAddress ipv4(ByteBuffer bytes, int index) {
    return address(bytes, index, 4);
  }

  /** Always an {@link Inet6Address}: {@code getByAddress} would turn ::ffff:1.2.3.4 into IPv4. */
  static InetAddress ipv6(ByteBuffer bytes, int index) {
    return address(bytes, index, 16);
  }

  static boolean isIpv6(InetAddress address) {
    return !(address instanceof Inet4Address);
  }

  private static InetAddress address(ByteBuffer bytes, int index, int length) {
    byte[] raw = new byte[length];
    bytes.get(index, raw);
    try {
      return length == 4 ? InetAddress.getByAddress(raw) : Inet6Address.getByAddress(null, raw, -1);
    } catch (UnknownHostException e) {
      throw new AssertionError("4 and 16 bytes are addresses", e);
    }
  }
}
