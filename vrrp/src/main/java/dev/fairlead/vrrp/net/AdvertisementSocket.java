package dev.fairlead.vrrp.net;

import com.sun.jna.Memory;
import dev.fairlead.config.VirtualRouterConfig.Transport;
import dev.fairlead.vrrp.Settings;
import dev.fairlead.vrrp.packet.AdvertisementCodec;
import dev.fairlead.vrrp.packet.Datagram;
import dev.fairlead.vrrp.packet.Unwrapped;
import io.netty.channel.IoEventLoop;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Advertisements of one virtual router on the wire: a raw socket of IP protocol 112, bound to one
 * interface by its index, so it dies with the interface and a new one is opened for the next.
 *
 * <p>IPv4 packets are sent with their header (IP_HDRINCL): source address, identification and a
 * clear DF are then as keepalived's, and a bind to the source, which would make the socket deaf to
 * multicast, is not needed.
 */
final class AdvertisementSocket implements AutoCloseable {

  static final InetAddress IPV4_GROUP = RouteCodec.inetAddress(new byte[] {(byte) 224, 0, 0, 18});
  static final InetAddress IPV6_GROUP =
      RouteCodec.inetAddress(
          new byte[] {(byte) 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12});

  private static final int SOL_SOCKET = 1;
  private static final int SO_PRIORITY = 12;
  private static final int SO_BINDTODEVICE = 25;
  private static final int SOL_IP = 0;
  private static final int IP_HDRINCL = 3;
  private static final int IP_MULTICAST_IF = 32;
  private static final int IP_MULTICAST_LOOP = 34;
  private static final int IP_ADD_MEMBERSHIP = 35;
  private static final int IP_MULTICAST_ALL = 49;
  private static final int IPV6_UNICAST_HOPS = 16;
  private static final int IPV6_MULTICAST_IF = 17;
  private static final int IPV6_MULTICAST_HOPS = 18;
  private static final int IPV6_MULTICAST_LOOP = 19;
  private static final int IPV6_JOIN_GROUP = 20;
  private static final int IPV6_MULTICAST_ALL = 29;
  private static final int IPV6_TCLASS = 67;
  private static final int SOL_RAW = 255;
  private static final int IPV6_CHECKSUM = 7;
  private static final int CHECKSUM_OFFSET = 6;

  /** TC_PRIO_CONTROL: past the queues of a busy interface. */
  private static final int PRIORITY_CONTROL = 7;

  /** 255 addresses, authentication header, IP options and a trailer perhaps. */
  private static final int IPV4_BYTES = 4 * 1024;

  private final boolean ipv6;
  private final List<InetAddress> destinations;
  private final int interfaceIndex;
  private final NativeSocket socket;
  private final ReadableSocket readable;
  private final @Nullable Ipv6Message ipv6Message;
  private final @Nullable Memory ipv4Buffer;
  private int identification;

  private AdvertisementSocket(
      IoEventLoop loop,
      NativeSocket socket,
      boolean ipv6,
      Transport transport,
      int interfaceIndex,
      Runnable onReadable) {
    this.socket = socket;
    this.ipv6 = ipv6;
    this.interfaceIndex = interfaceIndex;
    destinations =
        switch (transport) {
          case Transport.Multicast() -> List.of(ipv6 ? IPV6_GROUP : IPV4_GROUP);
          case Transport.Unicast(List<InetAddress> peers) -> peers;
        };
    ipv6Message = ipv6 ? new Ipv6Message() : null;
    ipv4Buffer = ipv6 ? null : new Memory(IPV4_BYTES);
    readable = ReadableSocket.register(loop, socket, onReadable);
  }

  /**
   * Opens the socket and joins the group.
   *
   * @param onReadable called on the loop as long as something waits to be {@link #receive}d
   */
  static AdvertisementSocket open(
      IoEventLoop loop,
      boolean ipv6,
      Transport transport,
      RouteMessage.Link link,
      Runnable onReadable)
      throws SocketException {
    NativeSocket socket =
        NativeSocket.open(
            ipv6 ? LibC.AF_INET6 : LibC.AF_INET,
            AdvertisementCodec.PROTOCOL,
            "a raw socket for VRRP");
    try {
      byte[] name = (link.name() + '\0').getBytes(StandardCharsets.UTF_8);
      socket.option(SOL_SOCKET, SO_BINDTODEVICE, name, "SO_BINDTODEVICE to " + link.name());
      socket.option(SOL_SOCKET, SO_PRIORITY, PRIORITY_CONTROL, "SO_PRIORITY");
      if (ipv6) {
        prepareIpv6(socket, transport, link.index());
      } else {
        prepareIpv4(socket, transport, link.index());
      }
    } catch (SocketException e) {
      socket.close();
      throw e;
    }
    return new AdvertisementSocket(loop, socket, ipv6, transport, link.index(), onReadable);
  }

  private static void prepareIpv4(NativeSocket socket, Transport transport, int interfaceIndex)
      throws SocketException {
    socket.option(SOL_IP, IP_HDRINCL, 1, "IP_HDRINCL");
    // Otherwise groups joined by any other socket of this host would reach this one too.
    socket.option(SOL_IP, IP_MULTICAST_ALL, 0, "IP_MULTICAST_ALL");
    if (transport instanceof Transport.Multicast) {
      byte[] membership = multicastRequest(IPV4_GROUP, interfaceIndex);
      byte[] anyGroup = multicastRequest(RouteCodec.inetAddress(new byte[4]), interfaceIndex);
      socket.option(SOL_IP, IP_MULTICAST_IF, anyGroup, "IP_MULTICAST_IF");
      socket.option(SOL_IP, IP_MULTICAST_LOOP, 0, "IP_MULTICAST_LOOP");
      socket.option(SOL_IP, IP_ADD_MEMBERSHIP, membership, "IP_ADD_MEMBERSHIP of 224.0.0.18");
    }
  }

  private static void prepareIpv6(NativeSocket socket, Transport transport, int interfaceIndex)
      throws SocketException {
    int level = Ipv6Message.SOL_IPV6;
    socket.option(level, Ipv6Message.IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO");
    socket.option(level, Ipv6Message.IPV6_RECVHOPLIMIT, 1, "IPV6_RECVHOPLIMIT");
    socket.option(level, IPV6_UNICAST_HOPS, AdvertisementCodec.HOP_LIMIT, "IPV6_UNICAST_HOPS");
    socket.option(level, IPV6_TCLASS, AdvertisementCodec.TYPE_OF_SERVICE, "IPV6_TCLASS");
    socket.option(level, IPV6_MULTICAST_ALL, 0, "IPV6_MULTICAST_ALL");
    if (transport instanceof Transport.Multicast) {
      byte[] membership =
          ByteBuffer.allocate(20)
              .order(ByteOrder.nativeOrder())
              .put(IPV6_GROUP.getAddress())
              .putInt(interfaceIndex)
              .array();
      socket.option(
          level, IPV6_MULTICAST_HOPS, AdvertisementCodec.HOP_LIMIT, "IPV6_MULTICAST_HOPS");
      socket.option(level, IPV6_MULTICAST_IF, interfaceIndex, "IPV6_MULTICAST_IF");
      socket.option(level, IPV6_MULTICAST_LOOP, 0, "IPV6_MULTICAST_LOOP");
      socket.option(level, IPV6_JOIN_GROUP, membership, "IPV6_JOIN_GROUP of ff02::12");
    }
  }

  /** An ip_mreqn: group, no local address, interface. */
  private static byte[] multicastRequest(InetAddress group, int interfaceIndex) {
    return ByteBuffer.allocate(12)
        .order(ByteOrder.nativeOrder())
        .put(group.getAddress())
        .putInt(0)
        .putInt(interfaceIndex)
        .array();
  }

  int interfaceIndex() {
    return interfaceIndex;
  }

  /**
   * To the group, or a copy to each peer; a peer that cannot be reached does not keep the others
   * from theirs.
   *
   * @return 0, or the last errno
   */
  int send(Settings settings, int priority) {
    int errno = 0;
    for (InetAddress destination : destinations) {
      int result = send(settings, priority, destination);
      errno = result == 0 ? errno : result;
    }
    return errno;
  }

  private int send(Settings settings, int priority, InetAddress destination) {
    if (!socket.isOpen()) {
      return LibC.ENODEV;
    }
    if (ipv6Message != null) {
      byte[] message =
          AdvertisementCodec.encode(
              settings.advertisement(priority),
              settings.source(),
              destination,
              settings.checksumForm());
      return ipv6Message.send(socket, message, settings.source(), destination, interfaceIndex);
    }
    byte[] packet =
        AdvertisementCodec.encodeIpv4Packet(
            settings.advertisement(priority),
            settings.source(),
            destination,
            settings.checksumForm(),
            nextIdentification());
    return socket.send(packet, socketAddress(destination));
  }

  /** 1 to 65535: the kernel would replace a zero. */
  private int nextIdentification() {
    identification = identification % 0xffff + 1;
    return identification;
  }

  private static byte[] socketAddress(InetAddress address) {
    return ByteBuffer.allocate(16)
        .order(ByteOrder.nativeOrder())
        .putShort((short) LibC.AF_INET)
        .putShort((short) 0)
        .put(address.getAddress())
        .putLong(0)
        .array();
  }

  /**
   * Lets the kernel reject what {@link FloodFilter} can, or nothing.
   *
   * @throws SocketException when it refuses; what was in force stays
   */
  void filter(Settings settings, boolean on) throws SocketException {
    if (ipv6) {
      // As a filter it would be long; as an option it is the kernel's own. It fills in ours as
      // well.
      socket.option(SOL_RAW, IPV6_CHECKSUM, on ? CHECKSUM_OFFSET : -1, "IPV6_CHECKSUM");
    }
    if (on) {
      FloodFilter.of(settings).attach(socket);
    } else {
      SocketFilter.detach(socket);
    }
  }

  /**
   * Hands over what has arrived.
   *
   * @param maxDatagrams the rest stays for the next turn
   */
  void receive(int maxDatagrams, Consumer<Unwrapped> receiver) {
    for (int i = 0; i < maxDatagrams && socket.isOpen(); i++) {
      Unwrapped received = ipv6 ? receiveIpv6() : receiveIpv4();
      if (received != null) {
        receiver.accept(received);
      } else if (LibC.errno() == LibC.EAGAIN) {
        return;
      }
      // Any other errno is a pending error of the socket, such as ENETDOWN: reading cleared it.
    }
  }

  private @Nullable Unwrapped receiveIpv6() {
    return ipv6Message == null ? null : ipv6Message.receive(socket);
  }

  private @Nullable Unwrapped receiveIpv4() {
    if (ipv4Buffer == null) {
      return null;
    }
    long length = LibC.recv(socket.descriptor(), ipv4Buffer, IPV4_BYTES, 0);
    return length < 0
        ? null
        : Datagram.unwrapIpv4(ByteBuffer.wrap(ipv4Buffer.getByteArray(0, (int) length)));
  }

  @Override
  public void close() {
    readable.close();
  }
}
