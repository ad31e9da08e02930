package dev.fairlead.lb.relay;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The address in what accept4 has left in Netty's buffer, as 128 bits without an object: a length
 * byte; then 4 bytes and a port, or 16 bytes, a scope and a port.
 */
final class PeerAddress {

  private static final int IPV4_LENGTH = 8;
  private static final int IPV6_LENGTH = 24;
  private static final long MAPPED = 0xffff_0000_0000L;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private PeerAddress() {}

  /** The first 64 bits; 0 for IPv4, and where there is no address. */
  static long high(byte[] accepted) {
    return accepted[0] == IPV6_LENGTH ? (long) LONG.get(accepted, 1) : 0;
  }

  /** The rest; IPv4 as in an IPv4-mapped IPv6 address. */
  static long low(byte[] accepted) {
    return switch (accepted[0]) {
      case IPV4_LENGTH -> MAPPED | ((int) INT.get(accepted, 1) & 0xffff_ffffL);
      case IPV6_LENGTH -> (long) LONG.get(accepted, 9);
      default -> 0;
    };
  }
}
