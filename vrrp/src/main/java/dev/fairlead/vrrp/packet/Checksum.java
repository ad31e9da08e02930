package dev.fairlead.vrrp.packet;

import java.net.InetAddress;
import java.nio.ByteBuffer;

/** The Internet checksum (RFC 1071): the ones' complement of the ones' complement sum. */
final class Checksum {

  private Checksum() {}

  /** Over 16-bit words; an odd last byte counts as the high half of one. Unfolded. */
  static long sum(ByteBuffer bytes, int index, int length) {
    long sum = 0;
    int even = length & ~1;
    for (int i = 0; i < even; i += 2) {
      sum += Bytes.unsigned16(bytes, index + i);
    }
    return even == length ? sum : sum + ((long) Bytes.unsigned8(bytes, index + even) << 8);
  }

  /** Of IPv4 (RFC 5798 §5.2.8) or IPv6 (RFC 8200 §8.1); they sum up alike. */
  static long pseudoHeaderSum(InetAddress source, InetAddress destination, int length) {
    byte[] from = source.getAddress();
    byte[] to = destination.getAddress();
    return sum(ByteBuffer.wrap(from), 0, from.length)
        + sum(ByteBuffer.wrap(to), 0, to.length)
        + AdvertisementCodec.PROTOCOL
        + length;
  }

  /** What to write into the checksum field, or, over a message that has one: 0 when it is right. */
  static int of(long sum) {
    long folded = sum;
    while (folded >> 16 != 0) {
      folded = (folded & 0xffff) + (folded >> 16);
    }
    return (int) ~folded & 0xffff;
  }
}
