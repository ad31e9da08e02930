package dev.fairlead.vrrp.net;

import io.netty.channel.unix.FileDescriptor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One descriptor of a kind of socket Netty has no class for: raw IP, packet, netlink. Non-blocking
 * and close-on-exec from birth. Belongs to one owner, which closes it once.
 */
final class NativeSocket implements AutoCloseable {

  private final int fd;
  private boolean open = true;

  private NativeSocket(int fd) {
    this.fd = fd;
  }

  /**
   * A new raw socket.
   *
   * @throws SocketException when the kernel refuses, e.g. for want of a capability
   */
  static NativeSocket open(int domain, int protocol, String purpose) throws SocketException {
    int fd = LibC.socket(domain, LibC.SOCK_RAW | LibC.SOCK_NONBLOCK | LibC.SOCK_CLOEXEC, protocol);
    if (fd < 0) {
      throw new SocketException("cannot open " + purpose, LibC.errno());
    }
    return new NativeSocket(fd);
  }

  void option(int level, int option, int value, String name) throws SocketException {
    option(level, option, nativeInt(value), name);
  }

  void option(int level, int option, byte[] value, String name) throws SocketException {
    if (LibC.setsockopt(fd, level, option, value, value.length) < 0) {
      throw new SocketException("cannot set " + name, LibC.errno());
    }
  }

  void bind(byte[] address, String what) throws SocketException {
    if (LibC.bind(fd, address, address.length) < 0) {
      throw new SocketException("cannot bind to " + what, LibC.errno());
    }
  }

  /**
   * Sends one datagram.
   *
   * @return 0, or the errno
   */
  int send(byte[] bytes, byte[] address) {
    if (!open) {
      return LibC.ENODEV;
    }
    long sent;
    int errno = 0;
    do {
      sent = LibC.sendto(fd, bytes, bytes.length, 0, address, address.length);
      errno = sent < 0 ? LibC.errno() : 0;
    } while (errno == LibC.EINTR);
    return errno;
  }

  int descriptor() {
    return fd;
  }

  boolean isOpen() {
    return open;
  }

  /** Netty's view of the same descriptor; it never closes it. */
  FileDescriptor asNettyDescriptor() {
    return new FileDescriptor(fd);
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      LibC.close(fd);
    }
  }

  static byte[] nativeInt(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array();
  }
}
