package dev.fairlead.benchmarks.failover;

import com.sun.jna.Native;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The kernel's news of addresses, and frames of an interface: the two kinds of socket the JDK does
 * not have. Belongs to the network namespace of the thread that opened it.
 */
final class RawSocket implements AutoCloseable {
  static final int NEW_ADDRESS = 20;
  static final int DELETED_ADDRESS = 21;

  private static final int AF_NETLINK = 16;
  private static final int AF_PACKET = 17;
  private static final int SOCK_RAW = 3;
  private static final int SOCK_NONBLOCK_CLOEXEC = 0x800 | 0x80000;
  private static final int NETLINK_ROUTE = 0;

  /** RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR. */
  private static final int ADDRESS_GROUPS = 0x10 | 0x100;

  static {
    Native.register(RawSocket.class, "c");
  }

  private final int fd;
  private final byte[] buffer = new byte[8192];
  private boolean open = true;

  private RawSocket(int fd) {
    if (fd < 0) {
      throw new IllegalStateException("no raw socket: errno " + Native.getLastError());
    }
    this.fd = fd;
  }

  private static native int socket(int domain, int type, int protocol);

  private static native int bind(int fd, byte[] address, int length);

  private static native long send(int fd, byte[] bytes, long length, int flags);

  private static native long recv(int fd, byte[] bytes, long length, int flags);

  private static native int close(int fd);

  private static native int kill(int pid, int signal);

  private static native int setpriority(int which, int who, int nice);

  /** The calling thread goes before all others, as far as we are allowed. */
  static void goFirst() {
    int ignored = setpriority(0, 0, -20);
  }

  /** Sends a signal, in microseconds where a program called kill would take milliseconds. */
  static void signal(long pid, int signal) {
    int ignored = kill(Math.toIntExact(pid), signal);
  }

  /** News of addresses that come and go in this namespace. */
  static RawSocket addresses() {
    RawSocket made =
        new RawSocket(socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK_CLOEXEC, NETLINK_ROUTE));
    made.bindTo(
        ByteBuffer.allocate(12)
            .order(ByteOrder.nativeOrder())
            .putShort((short) AF_NETLINK)
            .putShort((short) 0)
            .putInt(0)
            .putInt(ADDRESS_GROUPS)
            .array());
    return made;
  }

  /** Frames of one Ethernet type on one interface of this namespace. */
  static RawSocket frames(int interfaceIndex, int etherType) {
    int networkOrder = Short.toUnsignedInt(Short.reverseBytes((short) etherType));
    RawSocket made =
        new RawSocket(socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK_CLOEXEC, networkOrder));
    made.bindTo(
        ByteBuffer.allocate(20)
            .order(ByteOrder.nativeOrder())
            .putShort((short) AF_PACKET)
            .putShort((short) networkOrder)
            .putInt(interfaceIndex)
            .array());
    return made;
  }

  private void bindTo(byte[] address) {
    if (bind(fd, address, address.length) != 0) {
      int errno = Native.getLastError();
      close();
      throw new IllegalStateException("cannot bind a raw socket: errno " + errno);
    }
  }

  void send(byte[] frame) {
    // A full queue loses one question of a hundred in a second.
    long ignored = send(fd, frame, frame.length, 0);
  }

  /** What came, or an empty buffer. Valid until the next call. */
  ByteBuffer receive() {
    long length = recv(fd, buffer, buffer.length, 0);
    return ByteBuffer.wrap(buffer, 0, (int) Math.max(0, length)).order(ByteOrder.nativeOrder());
  }

  /** Told of one address. */
  interface AddressNews {
    void changed(boolean present);
  }

  /** Reads what is there, and tells of this address alone. */
  void read(InetAddress address, AddressNews news) {
    byte[] wanted = address.getAddress();
    for (ByteBuffer message = receive(); message.remaining() > 0; message = receive()) {
      int at = 0;
      while (at + 24 <= message.limit()) {
        int length = message.getInt(at);
        int type = message.getShort(at + 4);
        if (length < 16 || at + length > message.limit()) {
          break;
        }
        if ((type == NEW_ADDRESS || type == DELETED_ADDRESS)
            && carries(message, at + 24, at + length, wanted)) {
          news.changed(type == NEW_ADDRESS);
        }
        at += (length + 3) & ~3;
      }
    }
  }

  /** Attributes IFA_ADDRESS and IFA_LOCAL are 1 and 2. */
  private static boolean carries(ByteBuffer message, int from, int to, byte[] wanted) {
    int at = from;
    while (at + 4 <= to) {
      int length = Short.toUnsignedInt(message.getShort(at));
      int type = message.getShort(at + 2);
      if (length < 4) {
        return false;
      }
      if ((type == 1 || type == 2)
          && length == 4 + wanted.length
          && equals(message, at + 4, wanted)) {
        return true;
      }
      at += (length + 3) & ~3;
    }
    return false;
  }

  /** Whether these bytes lie there. */
  static boolean equals(ByteBuffer message, int at, byte[] wanted) {
    if (at + wanted.length > message.limit()) {
      return false;
    }
    for (int i = 0; i < wanted.length; i++) {
      if (message.get(at + i) != wanted[i]) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      int ignored = close(fd);
    }
  }
}
