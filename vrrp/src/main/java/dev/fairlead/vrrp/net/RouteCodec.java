package dev.fairlead.vrrp.net;

import dev.fairlead.config.VirtualRouterConfig.Scope;
import dev.fairlead.config.VirtualRouterConfig.VirtualAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * rtnetlink's bytes (rtnetlink(7)), host byte order, attributes padded to 4. Decodes any bytes
 * without an exception: what cannot be understood is cut off or {@link RouteMessage.Other}.
 */
final class RouteCodec {

  private static final int NLMSG_ERROR = 2;
  private static final int NLMSG_DONE = 3;
  private static final int RTM_NEWLINK = 16;
  private static final int RTM_DELLINK = 17;
  private static final int RTM_GETLINK = 18;
  private static final int RTM_NEWADDR = 20;
  private static final int RTM_DELADDR = 21;
  private static final int RTM_GETADDR = 22;

  private static final int NLM_F_REQUEST = 0x1;
  private static final int NLM_F_ACK = 0x4;
  private static final int NLM_F_REPLACE = 0x100;
  private static final int NLM_F_CREATE = 0x400;
  private static final int NLM_F_DUMP = 0x300;

  private static final int IFLA_ADDRESS = 1;
  private static final int IFLA_IFNAME = 3;
  private static final int IFA_ADDRESS = 1;
  private static final int IFA_LOCAL = 2;
  private static final int IFA_LABEL = 3;
  private static final int IFA_CACHEINFO = 6;
  private static final int IFA_FLAGS = 8;

  private static final int IFA_F_SECONDARY = 0x01;
  private static final int IFA_F_NODAD = 0x02;
  private static final int IFA_F_TENTATIVE = 0x40;
  private static final int IFF_UP = 0x1;
  private static final int IFF_RUNNING = 0x40;
  private static final int ATTRIBUTE_TYPE = 0x3fff;

  private static final int HEADER_BYTES = 16;
  private static final int LINK_BYTES = 16;
  private static final int ADDRESS_BYTES = 8;

  private RouteCodec() {}

  /**
   * Adds an address, or sets the lifetime of one that is there.
   *
   * @param validSeconds {@link RouteMessage#FOREVER} = no lifetime
   */
  static byte[] addAddress(int sequence, int index, VirtualAddress virtual, long validSeconds) {
    InetAddress address = virtual.address();
    boolean ipv6 = isIpv6(address);
    ByteBuffer out =
        header(RTM_NEWADDR, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, sequence);
    address(out, index, address, virtual.prefixLength(), scope(virtual.scope()));
    virtual
        .label()
        .filter(name -> !ipv6)
        .ifPresent(name -> attribute(out, IFA_LABEL, zeroTerminated(name)));
    // Preferred 0 keeps an IPv6 VIP from becoming the node's own source address, and without NODAD
    // it would stay tentative, deaf, for the second that duplicate detection takes.
    long preferredSeconds = ipv6 ? 0 : validSeconds;
    ByteBuffer lifetimes = ByteBuffer.allocate(16).order(ByteOrder.nativeOrder());
    lifetimes.putInt((int) preferredSeconds).putInt((int) validSeconds);
    attribute(out, IFA_CACHEINFO, lifetimes.array());
    if (ipv6) {
      attribute(out, IFA_FLAGS, NativeSocket.nativeInt(IFA_F_NODAD));
    }
    return finish(out);
  }

  static byte[] removeAddress(int sequence, int index, InetAddress address, int prefixLength) {
    ByteBuffer out = header(RTM_DELADDR, NLM_F_REQUEST | NLM_F_ACK, sequence);
    address(out, index, address, prefixLength, 0);
    return finish(out);
  }

  static byte[] dumpLinks(int sequence) {
    ByteBuffer out = header(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, sequence);
    out.put(new byte[LINK_BYTES]);
    return finish(out);
  }

  static byte[] dumpAddresses(int sequence) {
    ByteBuffer out = header(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, sequence);
    out.put(new byte[ADDRESS_BYTES]);
    return finish(out);
  }

  private static ByteBuffer header(int type, int flags, int sequence) {
    return ByteBuffer.allocate(256)
        .order(ByteOrder.nativeOrder())
        .putInt(0)
        .putShort((short) type)
        .putShort((short) flags)
        .putInt(sequence)
        .putInt(0);
  }

  private static int scope(Scope scope) {
    return switch (scope) {
      case GLOBAL -> 0;
      case SITE -> 200;
      case LINK -> 253;
      case HOST -> 254;
    };
  }

  private static void address(
      ByteBuffer out, int index, InetAddress address, int prefixLength, int scope) {
    out.put((byte) (isIpv6(address) ? LibC.AF_INET6 : LibC.AF_INET));
    out.put((byte) prefixLength).put((byte) 0).put((byte) scope).putInt(index);
    attribute(out, IFA_LOCAL, address.getAddress());
    attribute(out, IFA_ADDRESS, address.getAddress());
  }

  private static void attribute(ByteBuffer out, int type, byte[] value) {
    out.putShort((short) (4 + value.length)).putShort((short) type).put(value);
    while (out.position() % 4 != 0) {
      out.put((byte) 0);
    }
  }

  private static byte[] finish(ByteBuffer out) {
    out.putInt(0, out.position());
    byte[] bytes = new byte[out.position()];
    out.get(0, bytes);
    return bytes;
  }

  private static byte[] zeroTerminated(String name) {
    return (name + '\0').getBytes(StandardCharsets.UTF_8);
  }

  /** Every message of one datagram, in order. */
  static List<RouteMessage> decode(byte[] datagram) {
    ByteBuffer in = ByteBuffer.wrap(datagram).order(ByteOrder.nativeOrder());
    List<RouteMessage> messages = new ArrayList<>();
    while (in.remaining() >= HEADER_BYTES) {
      int start = in.position();
      int length = in.getInt(start);
      if (length < HEADER_BYTES || length > in.remaining()) {
        return messages;
      }
      int type = in.getShort(start + 4) & 0xffff;
      int sequence = in.getInt(start + 8);
      ByteBuffer body =
          in.slice(start + HEADER_BYTES, length - HEADER_BYTES).order(ByteOrder.nativeOrder());
      messages.add(message(type, sequence, body));
      in.position(Math.min(in.limit(), start + aligned(length)));
    }
    return messages;
  }

  private static RouteMessage message(int type, int sequence, ByteBuffer body) {
    RouteMessage decoded =
        switch (type) {
          case NLMSG_ERROR ->
              body.remaining() < 4
                  ? null
                  : new RouteMessage.Acknowledged(sequence, -body.getInt(0));
          case NLMSG_DONE -> new RouteMessage.Done(sequence);
          case RTM_NEWLINK, RTM_DELLINK -> link(type, body);
          case RTM_NEWADDR, RTM_DELADDR -> address(type, body);
          default -> null;
        };
    return decoded == null ? new RouteMessage.Other(type) : decoded;
  }

  private static @Nullable RouteMessage link(int type, ByteBuffer body) {
    byte[] nameBytes = attribute(body, LINK_BYTES, IFLA_IFNAME);
    // Bridge ports send a DELLINK of their own family when they leave the bridge; the link stays.
    if (nameBytes == null || body.get(0) != 0) {
      return null;
    }
    int index = body.getInt(4);
    String name = untilZero(nameBytes);
    if (type == RTM_DELLINK) {
      return new RouteMessage.LinkRemoved(index, name);
    }
    int flags = body.getInt(8);
    byte[] mac = attribute(body, LINK_BYTES, IFLA_ADDRESS);
    return new RouteMessage.Link(
        index,
        name,
        (flags & IFF_UP) != 0 && (flags & IFF_RUNNING) != 0,
        mac == null || mac.length != MacAddress.LENGTH_BYTES
            ? MacAddress.NONE
            : MacAddress.of(mac));
  }

  private static @Nullable RouteMessage address(int type, ByteBuffer body) {
    // On a point-to-point link IFA_ADDRESS is the far end; LOCAL, where it exists, is ours.
    byte[] local = attribute(body, ADDRESS_BYTES, IFA_LOCAL);
    byte[] bytes = local == null ? attribute(body, ADDRESS_BYTES, IFA_ADDRESS) : local;
    if (bytes == null || (bytes.length != 4 && bytes.length != 16)) {
      return null;
    }
    InetAddress address = inetAddress(bytes);
    int prefixLength = body.get(1) & 0xff;
    int index = body.getInt(4);
    if (type == RTM_DELADDR) {
      return new RouteMessage.AddressRemoved(index, address, prefixLength);
    }
    byte[] wideFlags = attribute(body, ADDRESS_BYTES, IFA_FLAGS);
    int flags =
        wideFlags == null || wideFlags.length < 4
            ? body.get(2) & 0xff
            : ByteBuffer.wrap(wideFlags).order(ByteOrder.nativeOrder()).getInt();
    byte[] cacheInfo = attribute(body, ADDRESS_BYTES, IFA_CACHEINFO);
    long preferredSeconds = RouteMessage.FOREVER;
    long validSeconds = RouteMessage.FOREVER;
    if (cacheInfo != null && cacheInfo.length >= 8) {
      ByteBuffer lifetimes = ByteBuffer.wrap(cacheInfo).order(ByteOrder.nativeOrder());
      preferredSeconds = lifetimes.getInt(0) & 0xffff_ffffL;
      validSeconds = lifetimes.getInt(4) & 0xffff_ffffL;
    }
    return new RouteMessage.Address(
        index,
        address,
        prefixLength,
        // The same bit means "temporary" in IPv6.
        bytes.length == 4 && (flags & IFA_F_SECONDARY) != 0,
        (flags & IFA_F_TENTATIVE) != 0,
        preferredSeconds,
        validSeconds);
  }

  /** The first attribute of that type after a fixed header. */
  private static byte @Nullable [] attribute(ByteBuffer body, int headerBytes, int type) {
    int at = headerBytes;
    while (at + 4 <= body.limit()) {
      int length = body.getShort(at) & 0xffff;
      if (length < 4 || at + length > body.limit()) {
        return null;
      }
      if ((body.getShort(at + 2) & ATTRIBUTE_TYPE) == type) {
        byte[] value = new byte[length - 4];
        body.get(at + 4, value);
        return value;
      }
      at += aligned(length);
    }
    return null;
  }

  private static int aligned(int length) {
    return (length + 3) & ~3;
  }

  private static String untilZero(byte[] bytes) {
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }

  static boolean isIpv6(InetAddress address) {
    return address.getAddress().length == 16;
  }

  static InetAddress inetAddress(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + bytes.length, e);
    }
  }
}
