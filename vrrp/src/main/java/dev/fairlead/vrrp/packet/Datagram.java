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
   * Takes the IP header off, and the authentication header if there is one.
   *
   * @param packet from position to limit: an IPv4 packet as a raw socket or a capture gives it,
   *     with link-layer padding perhaps
   */
  public static Unwrapped unwrapIpv4(ByteBuffer packet) {
    throw new UnsupportedOperationException("not built yet: " + packet);
  }
}
