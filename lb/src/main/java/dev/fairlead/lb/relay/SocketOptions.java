package dev.fairlead.lb.relay;

import dev.fairlead.config.SocketConfig;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Options that people can ask for; a refusal says which it was, and what it takes. */
final class SocketOptions {

  /** linux/in.h, linux/in6.h, linux/tcp.h, asm-generic/socket.h. */
  private static final int IPPROTO_IP = 0;

  private static final int IPPROTO_TCP = 6;
  private static final int IPPROTO_IPV6 = 41;
  private static final int SOL_SOCKET = 1;
  private static final int SO_BINDTODEVICE = 25;
  private static final int SO_MARK = 36;
  private static final int IP_TOS = 1;
  private static final int IP_TRANSPARENT = 19;
  private static final int IP_BIND_ADDRESS_NO_PORT = 24;
  private static final int IPV6_TCLASS = 67;
  private static final int IPV6_TRANSPARENT = 75;
  private static final int TCP_FASTOPEN = 23;

  /** The two lowest bits of what was the type of service are not part of the class (RFC 3168). */
  private static final int ECN_BITS = 2;

  private SocketOptions() {}

  /**
   * Sets what differs; some take a privilege even to clear what was never set.
   *
   * @param before what the socket has
   */
  static void apply(SocketConfig before, SocketConfig wanted, Socket socket, boolean ipv6)
      throws IOException {
    if (!wanted.device().equals(before.device())) {
      String name = wanted.device().orElse("");
      try {
        ByteBuffer bytes = ByteBuffer.allocateDirect(name.length() + 1);
        bytes.put(name.getBytes(StandardCharsets.US_ASCII)).put((byte) 0).flip();
        socket.setRawOpt(SOL_SOCKET, SO_BINDTODEVICE, bytes);
      } catch (IOException e) {
        throw refused("socket.interface = " + name, "CAP_NET_RAW", e);
      }
    }
    if (wanted.dscp() != before.dscp()) {
      int traffic = wanted.dscp() << ECN_BITS;
      try {
        if (ipv6) {
          socket.setIntOpt(IPPROTO_IPV6, IPV6_TCLASS, traffic);
        } else {
          socket.setIntOpt(IPPROTO_IP, IP_TOS, traffic);
        }
      } catch (IOException e) {
        throw refused("socket.dscp", "CAP_NET_ADMIN", e);
      }
    }
    if (wanted.mark() != before.mark()) {
      try {
        socket.setIntOpt(SOL_SOCKET, SO_MARK, (int) wanted.mark());
      } catch (IOException e) {
        throw refused("socket.mark", "CAP_NET_ADMIN", e);
      }
    }
  }

  /** Lets it have, or take connections for, addresses of others. */
  static void transparent(Socket socket, boolean ipv6, boolean on) throws IOException {
    try {
      socket.setIntOpt(
          ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, ipv6 ? IPV6_TRANSPARENT : IP_TRANSPARENT, on ? 1 : 0);
    } catch (IOException e) {
      throw refused("an address of others (IP_TRANSPARENT)", "CAP_NET_ADMIN", e);
    }
  }

  /** How many connections may wait with data in their SYN. */
  static void fastOpen(Socket socket, int queue) throws IOException {
    try {
      socket.setIntOpt(IPPROTO_TCP, TCP_FASTOPEN, queue);
    } catch (IOException e) {
      throw refused("fast-open", "a kernel with TCP Fast Open", e);
    }
  }

  /** A bound address takes a port only when it connects: towards other servers it can be reused. */
  static void bindWithoutPort(Socket socket) throws IOException {
    // Known to every kernel since 4.2, for both families on this level.
    socket.setIntOpt(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  }

  private static IOException refused(String option, String need, IOException cause) {
    String message = String.valueOf(cause.getMessage());
    if (message.contains("Operation not permitted")) {
      return new IOException(option + " needs " + need, cause);
    }
    if (message.contains("No such device")) {
      return new IOException(option + ": there is no such interface", cause);
    }
    return new IOException(option + ": " + message, cause);
  }
}
