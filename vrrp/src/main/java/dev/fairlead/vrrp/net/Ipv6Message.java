package dev.fairlead.vrrp.net;

import com.sun.jna.Memory;
import dev.fairlead.vrrp.packet.Datagram;
import dev.fairlead.vrrp.packet.Rejected;
import dev.fairlead.vrrp.packet.Unwrapped;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The msghdr of sendmsg(2) and recvmsg(2), as 64-bit Linux lays it out. A raw IPv6 socket hides the
 * IP header: source, destination and hop limit travel as control messages (RFC 3542) instead.
 */
final class Ipv6Message {

  static final int SOL_IPV6 = 41;
  static final int IPV6_RECVPKTINFO = 49;
  static final int IPV6_PKTINFO = 50;
  static final int IPV6_RECVHOPLIMIT = 51;
  static final int IPV6_HOPLIMIT = 52;

  private static final int MSG_TRUNC = 0x20;
  private static final int MSG_CTRUNC = 0x8;

  private static final int HEADER_BYTES = 56;
  private static final int NAME_AT = HEADER_BYTES;
  private static final int NAME_BYTES = 28;
  private static final int VECTOR_AT = 88;
  private static final int CONTROL_AT = 104;
  private static final int CONTROL_BYTES = 256;
  private static final int CONTROL_HEADER_BYTES = 16;
  private static final int PACKET_INFO_BYTES = 20;
  private static final int PAYLOAD_AT = CONTROL_AT + CONTROL_BYTES;

  /** 255 addresses of 16 bytes, a header, and a trailer perhaps. */
  private static final int PAYLOAD_BYTES = 8 * 1024;

  private final Memory memory = new Memory(PAYLOAD_AT + PAYLOAD_BYTES);

  /**
   * Sends one datagram from that source.
   *
   * @return 0 or the errno
   */
  int send(
      NativeSocket socket,
      byte[] payload,
      InetAddress source,
      InetAddress destination,
      int interfaceIndex) {
    prepare(payload.length, CONTROL_HEADER_BYTES + 24);
    memory.write(NAME_AT, socketAddress(destination, interfaceIndex), 0, NAME_BYTES);
    memory.write(PAYLOAD_AT, payload, 0, payload.length);
    memory.setLong(CONTROL_AT, CONTROL_HEADER_BYTES + PACKET_INFO_BYTES);
    memory.setInt(CONTROL_AT + 8, SOL_IPV6);
    memory.setInt(CONTROL_AT + 12, IPV6_PKTINFO);
    memory.write(CONTROL_AT + CONTROL_HEADER_BYTES, source.getAddress(), 0, 16);
    memory.setInt(CONTROL_AT + CONTROL_HEADER_BYTES + 16, interfaceIndex);
    return LibC.sendmsg(socket.descriptor(), memory, 0) < 0 ? LibC.errno() : 0;
  }

  /**
   * Receives one datagram.
   *
   * @return what was received; null = nothing there, or an error, which is in {@link LibC#errno}
   */
  @Nullable Unwrapped receive(NativeSocket socket) {
    prepare(PAYLOAD_BYTES, CONTROL_BYTES);
    long length = LibC.recvmsg(socket.descriptor(), memory, 0);
    if (length < 0) {
      return null;
    }
    int flags = memory.getInt(48);
    if ((flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
      return Rejected.TOO_SHORT;
    }
    InetAddress source = RouteCodec.inetAddress(memory.getByteArray(NAME_AT + 8, 16));
    InetAddress destination = null;
    int hopLimit = -1;
    long end = Math.min(memory.getLong(40), CONTROL_BYTES);
    long at = 0;
    while (at + CONTROL_HEADER_BYTES <= end) {
      long size = memory.getLong(CONTROL_AT + at);
      if (size < CONTROL_HEADER_BYTES || at + size > end) {
        break;
      }
      long data = CONTROL_AT + at + CONTROL_HEADER_BYTES;
      if (memory.getInt(CONTROL_AT + at + 8) == SOL_IPV6) {
        switch (memory.getInt(CONTROL_AT + at + 12)) {
          case IPV6_PKTINFO -> destination = RouteCodec.inetAddress(memory.getByteArray(data, 16));
          case IPV6_HOPLIMIT -> hopLimit = memory.getInt(data);
          default -> {}
        }
      }
      at += (size + 7) & ~7;
    }
    if (destination == null) {
      return Rejected.NOT_VRRP;
    }
    return new Datagram(
        source,
        destination,
        hopLimit,
        ByteBuffer.wrap(memory.getByteArray(PAYLOAD_AT, (int) length)));
  }

  private void prepare(int payloadBytes, int controlBytes) {
    memory.clear(PAYLOAD_AT);
    memory.setPointer(0, memory.share(NAME_AT));
    memory.setInt(8, NAME_BYTES);
    memory.setPointer(16, memory.share(VECTOR_AT));
    memory.setLong(24, 1);
    memory.setPointer(32, memory.share(CONTROL_AT));
    memory.setLong(40, controlBytes);
    memory.setPointer(VECTOR_AT, memory.share(PAYLOAD_AT));
    memory.setLong(VECTOR_AT + 8, payloadBytes);
  }

  /** A sockaddr_in6 with its scope. */
  private static byte[] socketAddress(InetAddress address, int interfaceIndex) {
    return ByteBuffer.allocate(NAME_BYTES)
        .order(ByteOrder.nativeOrder())
        .putShort((short) LibC.AF_INET6)
        .putShort((short) 0)
        .putInt(0)
        .put(address.getAddress())
        .putInt(interfaceIndex)
        .array();
  }
}
