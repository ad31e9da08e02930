package dev.fairlead.vrrp.packet;

import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * What a raw socket received, and the parts of the IP header that matter.
 *
 * @param hopLimit TTL of IPv4, hop limit of IPv6
 * @param payload from its position to its limit: the VRRP message and whatever follows it; only
 *     read by absolute index
 */
public record Datagram(
    InetAddress source, InetAddress destination, int hopLimit, ByteBuffer payload)
    implements Unwrapped {

  /**
   * IP protocol number of the authentication header (RFC 2402), which keepalived can be told to
   * use.
   */
  public static final int AUTHENTICATION_HEADER_PROTOCOL = 51;

  private static final int IPV4_HEADER_BYTES = 20;

  /** Next header, length, reserved, SPI, sequence number. */
  private static final int AUTHENTICATION_HEADER_FIXED_BYTES = 12;

  private static final int MORE_FRAGMENTS_OR_OFFSET = 0x3fff;

  /**
   * Takes the IP header off, and the authentication header if there is one. The latter is not
   * verified.
   *
   * @param packet from position to limit: an IPv4 packet as a raw socket or a capture gives it,
   *     with link-layer padding perhaps
   */
  public static Unwrapped unwrapIpv4(ByteBuffer packet) {
    int start = packet.position();
    if (packet.remaining() < IPV4_HEADER_BYTES) {
      return Rejected.TOO_SHORT;
    }
    int versionAndLength = Bytes.unsigned8(packet, start);
    if (versionAndLength >> 4 != 4) {
      return Rejected.NOT_VRRP;
    }
    int headerBytes = (versionAndLength & 0xf) * 4;
    // The packet's own length, not the buffer's: short frames are padded to 60 bytes on Ethernet.
    int totalBytes = Bytes.unsigned16(packet, start + 2);
    if (headerBytes < IPV4_HEADER_BYTES
        || totalBytes < headerBytes
        || totalBytes > packet.remaining()) {
      return Rejected.TOO_SHORT;
    }
    if ((Bytes.unsigned16(packet, start + 6) & MORE_FRAGMENTS_OR_OFFSET) != 0) {
      return Rejected.NOT_VRRP;
    }
    int at = start + headerBytes;
    int end = start + totalBytes;
    int protocol = Bytes.unsigned8(packet, start + 9);
    if (protocol == AUTHENTICATION_HEADER_PROTOCOL) {
      if (end - at < AUTHENTICATION_HEADER_FIXED_BYTES) {
        return Rejected.TOO_SHORT;
      }
      protocol = Bytes.unsigned8(packet, at);
      // In words of four bytes, minus two: the convention of IPv6 extension headers.
      at += (Bytes.unsigned8(packet, at + 1) + 2) * 4;
      if (at > end) {
        return Rejected.TOO_SHORT;
      }
    }
    if (protocol != AdvertisementCodec.PROTOCOL) {
      return Rejected.NOT_VRRP;
    }
    return new Datagram(
        Bytes.ipv4(packet, start + 12),
        Bytes.ipv4(packet, start + 16),
        Bytes.unsigned8(packet, start + 8),
        packet.slice(at, end - at));
  }
}
