package dev.fairlead.vrrp.net;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * An Ethernet address as a value; pcap4j's own would load pcap4j.
 *
 * @param bits the six bytes, the first on top
 */
record MacAddress(long bits) {

  /** Of an interface without one, such as a tunnel. */
  static final MacAddress NONE = new MacAddress(-1);

  static final int LENGTH_BYTES = 6;

  /** From six bytes. */
  static MacAddress of(byte[] bytes) {
    if (bytes.length != LENGTH_BYTES) {
      throw new IllegalArgumentException("a MAC address has 6 bytes, not " + bytes.length);
    }
    long bits = 0;
    for (byte next : bytes) {
      bits = (bits << 8) | (next & 0xff);
    }
    return new MacAddress(bits);
  }

  // By hand: the generated ones take ten milliseconds of the start.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof MacAddress address && bits == address.bits;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(bits);
  }

  /** As everybody writes it. */
  @Override
  public String toString() {
    return HexFormat.ofDelimiter(":").formatHex(bytes());
  }

  byte[] bytes() {
    byte[] bytes = new byte[LENGTH_BYTES];
    for (int i = 0; i < LENGTH_BYTES; i++) {
      bytes[i] = (byte) (bits >> (8 * (LENGTH_BYTES - 1 - i)));
    }
    return bytes;
  }
}
