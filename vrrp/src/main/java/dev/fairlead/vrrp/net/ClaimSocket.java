package dev.fairlead.vrrp.net;

import com.sun.jna.Memory;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Hears whether another host on the interface claims one of our addresses: an ARP message from it,
 * or a neighbour advertisement for it, with another hardware address. Open only while we hold them.
 *
 * <p>A socket filter lets nothing else through. After a claim the socket is deaf for a moment, so
 * that a flood of them costs nothing.
 */
final class ClaimSocket implements AutoCloseable {

  private static final int ETHERTYPE_ARP = 0x0806;
  private static final int ETHERTYPE_IPV6 = 0x86dd;
  private static final int PACKET_OUTGOING = 4;
  private static final int ICMPV6 = 58;
  private static final int ADVERTISEMENT = 136;
  private static final int ETHERNET_BYTES = 14;
  private static final int SENDER_MAC = ETHERNET_BYTES + 8;
  private static final int SENDER_ADDRESS = ETHERNET_BYTES + 14;
  private static final int NEXT_HEADER = ETHERNET_BYTES + 6;
  private static final int ICMP_TYPE = ETHERNET_BYTES + 40;
  private static final int ND_TARGET = ICMP_TYPE + 8;
  private static final int SOURCE_MAC = 6;
  private static final int BUFFER_BYTES = 128;
  private static final int MAX_FRAMES_PER_TURN = 64;

  /** So many claims a second are enough to count and to answer. */
  private static final long DEAF_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** On the control loop. */
  interface Listener {
    void claimed(InetAddress address, MacAddress by);
  }

  private final Kernel kernel;
  private final NativeSocket socket;
  private final ReadableSocket readable;
  private final Memory buffer = new Memory(BUFFER_BYTES);
  private final SocketFilter filter;
  private final MacAddress own;
  private final List<InetAddress> addresses;
  private final Listener listener;
  private boolean deaf;

  private ClaimSocket(
      Kernel kernel,
      NativeSocket socket,
      SocketFilter filter,
      MacAddress own,
      List<InetAddress> addresses,
      Listener listener) {
    this.kernel = kernel;
    this.socket = socket;
    this.filter = filter;
    this.own = own;
    this.addresses = addresses;
    this.listener = listener;
    readable = ReadableSocket.register(kernel.loop(), socket, kernel.guarded(this::receive));
  }

  /**
   * Listens on one interface.
   *
   * @param addresses of one family
   */
  static ClaimSocket open(
      Kernel kernel, RouteMessage.Link link, List<InetAddress> addresses, Listener listener)
      throws SocketException {
    boolean ipv6 = RouteCodec.isIpv6(addresses.getFirst());
    // Bound to no protocol it hears nothing until the filter is there.
    NativeSocket socket = NativeSocket.open(LibC.AF_PACKET, 0, "a packet socket for claims");
    try {
      SocketFilter filter = filter(link.mac(), addresses);
      filter.attach(socket);
      socket.bind(
          ByteBuffer.allocate(20)
              .order(ByteOrder.nativeOrder())
              .putShort((short) LibC.AF_PACKET)
              .put((byte) ((ipv6 ? ETHERTYPE_IPV6 : ETHERTYPE_ARP) >> 8))
              .put((byte) (ipv6 ? ETHERTYPE_IPV6 : ETHERTYPE_ARP))
              .putInt(link.index())
              .array(),
          link.name());
      return new ClaimSocket(kernel, socket, filter, link.mac(), addresses, listener);
    } catch (SocketException e) {
      socket.close();
      throw e;
    }
  }

  /** What {@link #claim} would understand. */
  static SocketFilter filter(MacAddress own, List<InetAddress> addresses) {
    boolean ipv6 = RouteCodec.isIpv6(addresses.getFirst());
    SocketFilter filter = new SocketFilter(0);
    filter.add(SocketFilter.LD_BYTE, SocketFilter.PACKET_TYPE).refuse(PACKET_OUTGOING);
    List<byte[]> bytes = addresses.stream().map(InetAddress::getAddress).toList();
    if (ipv6) {
      filter.add(SocketFilter.LD_BYTE, NEXT_HEADER).require(ICMPV6);
      filter.add(SocketFilter.LD_BYTE, ICMP_TYPE).require(ADVERTISEMENT);
      filter.requireBytes(ND_TARGET, bytes);
    } else {
      filter.requireBytes(SENDER_ADDRESS, bytes);
    }
    // A bridge may bring our own frames back.
    return filter.refuseMac(ipv6 ? SOURCE_MAC : SENDER_MAC, own).accept();
  }

  /** Who claims what. */
  record Claim(InetAddress address, MacAddress by) {}

  /** Any bytes, without an exception; empty = no claim to one of the addresses by somebody else. */
  static Optional<Claim> claim(byte[] frame, MacAddress own, List<InetAddress> addresses) {
    boolean ipv6 = RouteCodec.isIpv6(addresses.getFirst());
    int at = ipv6 ? ND_TARGET : SENDER_ADDRESS;
    int length = ipv6 ? 16 : 4;
    if (frame.length < at + length || (ipv6 && !isNeighbourAdvertisement(frame))) {
      return Optional.empty();
    }
    InetAddress claimed = RouteCodec.inetAddress(Arrays.copyOfRange(frame, at, at + length));
    int macAt = ipv6 ? SOURCE_MAC : SENDER_MAC;
    MacAddress by =
        MacAddress.of(Arrays.copyOfRange(frame, macAt, macAt + MacAddress.LENGTH_BYTES));
    return addresses.contains(claimed) && !by.equals(own)
        ? Optional.of(new Claim(claimed, by))
        : Optional.empty();
  }

  private static boolean isNeighbourAdvertisement(byte[] frame) {
    return frame[NEXT_HEADER] == ICMPV6 && (frame[ICMP_TYPE] & 0xff) == ADVERTISEMENT;
  }

  private void receive() {
    for (int i = 0; i < MAX_FRAMES_PER_TURN && socket.isOpen(); i++) {
      long length = LibC.recv(socket.descriptor(), buffer, BUFFER_BYTES, 0);
      if (length < 0) {
        return;
      }
      Optional<Claim> claim =
          deaf ? Optional.empty() : claim(buffer.getByteArray(0, (int) length), own, addresses);
      if (claim.isPresent()) {
        deafen();
        listener.claimed(claim.get().address(), claim.get().by());
      }
    }
  }

  private void deafen() {
    deaf = attach(SocketFilter.nothing());
    if (deaf) {
      kernel.schedule(
          () -> {
            if (socket.isOpen()) {
              deaf = !attach(filter);
            }
          },
          DEAF_NANOS);
    }
  }

  private boolean attach(SocketFilter next) {
    try {
      next.attach(socket);
      return true;
    } catch (SocketException e) {
      // Without memory for it the old one stays: more is heard, which only costs time.
      return false;
    }
  }

  @Override
  public void close() {
    readable.close();
  }
}
