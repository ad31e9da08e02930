package dev.fairlead.lb.relay;

/**
 * The address in what accept4 has left in Netty's buffer, as 128 bits without an object: a length
 * byte; then 4 bytes and a port, or 16 bytes, a scope and a port.
 */
final class PeerAddress {

  private static final int IPV4_LENGTH = 8;
  private static final int IPV6_LENGTH = 24;
  private static final long MAPPED = 0xffff_0000_0000L;

  private PeerAddress() {}

  /** The first 64 bits; 0 for IPv4, and where there is no address. */
  static long high(byte[] accepted) {
    return accepted[0] == IPV6_LENGTH ? bits(accepted, 1, 8) : 0;
  }

  /** The rest; IPv4 as in an IPv4-mapped IPv6 address. */
  static long low(byte[] accepted) {
    return switch (accepted[0]) {
      case IPV4_LENGTH -> MAPPED | bits(accepted, 1, 4);
      case IPV6_LENGTH -> bits(accepted, 9, 8);
      default -> 0;
    };
  }

  /** 0 where there is none. */
  static int port(byte[] accepted) {
    int length = accepted[0];
    return length == IPV4_LENGTH || length == IPV6_LENGTH ? (int) bits(accepted, length - 1, 2) : 0;
  }

  /** In a loop: a view through a VarHandle costs milliseconds when it is first used. */
  private static long bits(byte[] bytes, int from, int count) {
    long bits = 0;
    for (int i = from; i < from + count; i++) {
      bits = bits << 8 | (bytes[i] & 0xff);
    }
    return bits;
  }
}
