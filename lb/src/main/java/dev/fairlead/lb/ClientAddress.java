package dev.fairlead.lb;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * An IP address as the data path carries it.
 *
 * @param high the first 64 bits
 * @param low the rest; an IPv4 address is IPv4-mapped
 */
public record ClientAddress(long high, long low) {

  private static final long MAPPED = 0xffffL << 32;

  public static ClientAddress of(InetAddress address) {
    ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
    return bytes.remaining() == 4
        ? new ClientAddress(0, MAPPED | (bytes.getInt() & 0xffff_ffffL))
        : new ClientAddress(bytes.getLong(), bytes.getLong());
  }

  public boolean isIpv4() {
    return high == 0 && low >>> 32 == 0xffff;
  }

  public InetAddress address() {
    try {
      return InetAddress.getByAddress(
          isIpv4()
              ? ByteBuffer.allocate(4).putInt((int) low).array()
              : ByteBuffer.allocate(16).putLong(high).putLong(low).array());
    } catch (UnknownHostException e) {
      throw new IllegalStateException("4 and 16 bytes are an address", e);
    }
  }
}
