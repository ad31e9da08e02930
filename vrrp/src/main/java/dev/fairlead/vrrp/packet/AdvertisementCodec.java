package dev.fairlead.vrrp.packet;

import java.net.InetAddress;

/** Advertisements to bytes and back. Stateless. */
public final class AdvertisementCodec {

  /** IP protocol number of VRRP. */
  public static final int PROTOCOL = 112;

  /** The only TTL or hop limit an advertisement may have. */
  public static final int HOP_LIMIT = 255;

  /** Type of service of what we send: network control (precedence 6). */
  public static final int TYPE_OF_SERVICE = 0xc0;

  private AdvertisementCodec() {}

  /**
   * Never throws, whatever the bytes. Bytes behind the message (a trailer, padding) are ignored.
   * The hop limit is not looked at.
   */
  public static Decoded decode(Datagram datagram) {
    throw new UnsupportedOperationException("not built yet: " + datagram);
  }

  /**
   * The VRID, so that a socket shared by several virtual routers can find the one concerned before
   * anything is decoded.
   *
   * @return 0..255; -1 when the datagram is too short to have one
   */
  public static int routerIdOf(Datagram datagram) {
    throw new UnsupportedOperationException("not built yet: " + datagram);
  }

  /**
   * The VRRP message. For IPv6 (raw socket) this is what is sent; the kernel adds the header.
   *
   * @param destination multicast group or peer; part of the checksum where there is a pseudo header
   */
  public static byte[] encode(
      Advertisement advertisement, InetAddress source, InetAddress destination, ChecksumForm form) {
    throw new UnsupportedOperationException("not built yet");
  }

  /**
   * A whole IPv4 packet for a socket with IP_HDRINCL: TOS 0xc0, TTL 255, DF clear, header checksum
   * filled in.
   *
   * @param identification of the packet, its low 16 bits are used; keepalived counts up from 1
   */
  public static byte[] encodeIpv4Packet(
      Advertisement advertisement,
      InetAddress source,
      InetAddress destination,
      ChecksumForm form,
      int identification) {
    throw new UnsupportedOperationException("not built yet");
  }
}
