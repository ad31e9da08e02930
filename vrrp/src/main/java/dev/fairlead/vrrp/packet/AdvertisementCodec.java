package dev.fairlead.vrrp.packet;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Advertisements to bytes and back. Stateless.
 *
 * <p>The message, RFC 3768 §5.1 and RFC 9568 §5.1:
 *
 * <pre>
 *   version:4 type:4 | VRID | priority | address count
 *   v2: authentication type | interval in s        | checksum:16
 *   v3: reserved:4 interval in cs:12               | checksum:16
 *   addresses, 4 or 16 bytes each
 *   v2: 8 bytes of authentication data, zeros when there is none
 * </pre>
 */
public final class AdvertisementCodec {

  /** IP protocol number of VRRP. */
  public static final int PROTOCOL = 112;

  /** The only TTL or hop limit an advertisement may have. */
  public static final int HOP_LIMIT = 255;

  /** Type of service of what we send: network control (precedence 6). */
  public static final int TYPE_OF_SERVICE = 0xc0;

  private static final int TYPE_ADVERTISEMENT = 1;
  private static final int HEADER_BYTES = 8;
  private static final int CHECKSUM_INDEX = 6;
  private static final int MAX_ADDRESSES = 255;
  private static final int MAX_INTERVAL_CS = 0xfff;
  private static final int CENTISECONDS_PER_SECOND = 100;
  private static final int IPV4_HEADER_BYTES = 20;

  private AdvertisementCodec() {}

  /**
   * Never throws, whatever the bytes. Bytes behind the message (a trailer, padding) are ignored.
   * The hop limit is not looked at.
   */
  public static Decoded decode(Datagram datagram) {
    ByteBuffer bytes = datagram.payload();
    int start = bytes.position();
    if (bytes.remaining() < HEADER_BYTES) {
      return Rejected.TOO_SHORT;
    }
    int version = Bytes.unsigned8(bytes, start) >> 4;
    boolean ipv6 = Bytes.isIpv6(datagram.source());
    // There is no VRRPv2 over IPv6.
    if (version != 3 && (version != 2 || ipv6)) {
      return Rejected.WRONG_VERSION;
    }
    if ((Bytes.unsigned8(bytes, start) & 0xf) != TYPE_ADVERTISEMENT) {
      return Rejected.WRONG_TYPE;
    }
    int count = Bytes.unsigned8(bytes, start + 3);
    if (count == 0) {
      return Rejected.NO_ADDRESSES;
    }
    int length = messageBytes(version, ipv6, count);
    if (length > bytes.remaining()) {
      return Rejected.TOO_SHORT;
    }
    if (!isChecksumRight(version, ipv6, bytes, length, datagram)) {
      return Rejected.BAD_CHECKSUM;
    }
    List<InetAddress> addresses = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      addresses.add(
          ipv6
              ? Bytes.ipv6(bytes, start + HEADER_BYTES + 16 * i)
              : Bytes.ipv4(bytes, start + HEADER_BYTES + 4 * i));
    }
    return new Advertisement(
        version,
        Bytes.unsigned8(bytes, start + 1),
        Bytes.unsigned8(bytes, start + 2),
        version == 2
            ? Bytes.unsigned8(bytes, start + 5) * CENTISECONDS_PER_SECOND
            : Bytes.unsigned16(bytes, start + 4) & MAX_INTERVAL_CS,
        version == 2
            ? new Authentication(
                Bytes.unsigned8(bytes, start + 4),
                Bytes.signed64(bytes, start + length - Authentication.LENGTH_BYTES))
            : Authentication.NONE,
        addresses);
  }

  /**
   * The VRID, so that a socket shared by several virtual routers can find the one concerned before
   * anything is decoded.
   *
   * @return 0..255; -1 when the datagram is too short to have one
   */
  public static int routerIdOf(Datagram datagram) {
    ByteBuffer bytes = datagram.payload();
    return bytes.remaining() < 2 ? -1 : Bytes.unsigned8(bytes, bytes.position() + 1);
  }

  /**
   * The VRRP message. For IPv6 (raw socket) this is what is sent; the kernel adds the header.
   *
   * @param destination multicast group or peer; part of the checksum where there is a pseudo header
   */
  public static byte[] encode(
      Advertisement advertisement, InetAddress source, InetAddress destination, ChecksumForm form) {
    boolean ipv6 = Bytes.isIpv6(source);
    requireEncodable(advertisement, ipv6, destination);
    int count = advertisement.addresses().size();
    int length = messageBytes(advertisement.version(), ipv6, count);
    ByteBuffer bytes = ByteBuffer.allocate(length);
    putMessage(bytes, advertisement);
    long sum = Checksum.sum(bytes, 0, length);
    if (advertisement.version() == 3 && (ipv6 || form == ChecksumForm.PSEUDO_HEADER)) {
      sum += Checksum.pseudoHeaderSum(source, destination, length);
    }
    bytes.putShort(CHECKSUM_INDEX, (short) Checksum.of(sum));
    return bytes.array();
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
    byte[] message = encode(advertisement, source, destination, form);
    ByteBuffer packet = ByteBuffer.allocate(IPV4_HEADER_BYTES + message.length);
    packet
        .put((byte) 0x45)
        .put((byte) TYPE_OF_SERVICE)
        .putShort((short) packet.capacity())
        .putShort((short) identification)
        .putShort((short) 0)
        .put((byte) HOP_LIMIT)
        .put((byte) PROTOCOL)
        .putShort((short) 0)
        .put(source.getAddress())
        .put(destination.getAddress())
        .put(message);
    packet.putShort(10, (short) Checksum.of(Checksum.sum(packet, 0, IPV4_HEADER_BYTES)));
    return packet.array();
  }

  private static int messageBytes(int version, boolean ipv6, int count) {
    return HEADER_BYTES
        + count * (ipv6 ? 16 : 4)
        + (version == 2 ? Authentication.LENGTH_BYTES : 0);
  }

  private static boolean isChecksumRight(
      int version, boolean ipv6, ByteBuffer bytes, int length, Datagram datagram) {
    long sum = Checksum.sum(bytes, bytes.position(), length);
    if (!ipv6 && Checksum.of(sum) == 0) {
      return true;
    }
    return version == 3
        && Checksum.of(
                sum + Checksum.pseudoHeaderSum(datagram.source(), datagram.destination(), length))
            == 0;
  }

  private static void putMessage(ByteBuffer bytes, Advertisement advertisement) {
    bytes
        .put((byte) (advertisement.version() << 4 | TYPE_ADVERTISEMENT))
        .put((byte) advertisement.routerId())
        .put((byte) advertisement.priority())
        .put((byte) advertisement.addresses().size());
    if (advertisement.version() == 2) {
      bytes
          .put((byte) advertisement.authentication().type())
          .put((byte) (advertisement.intervalCs() / CENTISECONDS_PER_SECOND));
    } else {
      bytes.putShort((short) advertisement.intervalCs());
    }
    bytes.putShort((short) 0);
    for (InetAddress address : advertisement.addresses()) {
      bytes.put(address.getAddress());
    }
    if (advertisement.version() == 2) {
      bytes.putLong(advertisement.authentication().data());
    }
  }

  private static void requireEncodable(
      Advertisement advertisement, boolean ipv6, InetAddress destination) {
    if (advertisement.version() != 3 && (advertisement.version() != 2 || ipv6)) {
      throw new IllegalArgumentException(
          "no version " + advertisement.version() + " over " + (ipv6 ? "IPv6" : "IPv4"));
    }
    int count = advertisement.addresses().size();
    if (count < 1 || count > MAX_ADDRESSES) {
      throw new IllegalArgumentException("1..255 addresses can be advertised, not " + count);
    }
    if (Bytes.isIpv6(destination) != ipv6
        || advertisement.addresses().stream().anyMatch(a -> Bytes.isIpv6(a) != ipv6)) {
      throw new IllegalArgumentException("source, destination and addresses are of two families");
    }
    int intervalCs = advertisement.intervalCs();
    if (advertisement.version() == 2
        ? intervalCs % CENTISECONDS_PER_SECOND != 0 || intervalCs / CENTISECONDS_PER_SECOND > 255
        : intervalCs > MAX_INTERVAL_CS) {
      throw new IllegalArgumentException(
          "version " + advertisement.version() + " cannot carry " + intervalCs + " centiseconds");
    }
  }
}
