package dev.fairlead.vrrp.net;

import com.sun.jna.Native;
import com.sun.jna.Pointer;

/**
 * The system calls that neither the JDK nor Netty offers, by JNA direct mapping. The only place
 * that knows JNA's rules: after a call that answered -1, {@link #errno} is that call's errno.
 *
 * <p>Sizes are {@code long}: 64-bit Linux only, as Netty's native transport.
 */
final class LibC {

  static final int AF_INET = 2;
  static final int AF_INET6 = 10;
  static final int AF_NETLINK = 16;
  static final int AF_PACKET = 17;
  static final int SOCK_RAW = 3;
  static final int SOCK_NONBLOCK = 0x800;
  static final int SOCK_CLOEXEC = 0x80000;

  static final int EPERM = 1;
  static final int ENOENT = 2;
  static final int EAGAIN = 11;
  static final int EACCES = 13;
  static final int EEXIST = 17;
  static final int ENODEV = 19;
  static final int EADDRNOTAVAIL = 99;
  static final int ENOBUFS = 105;
  static final int EINTR = 4;

  static {
    Native.register(LibC.class, "c");
  }

  private LibC() {}

  static native int socket(int domain, int type, int protocol);

  static native int bind(int fd, byte[] address, int length);

  static native int setsockopt(int fd, int level, int option, byte[] value, int length);

  static native long sendto(
      int fd, byte[] bytes, long length, int flags, byte[] address, int addressLength);

  static native long sendmsg(int fd, Pointer message, int flags);

  static native long recv(int fd, Pointer buffer, long length, int flags);

  static native long recvmsg(int fd, Pointer message, int flags);

  static native int close(int fd);

  private static native String strerror(int errno);

  /** Of the last call on this thread that answered -1. */
  static int errno() {
    return Native.getLastError();
  }

  /** The C library's own words, e.g. {@code Operation not permitted (errno 1)}. */
  static String words(int errno) {
    return strerror(errno) + " (errno " + errno + ")";
  }
}
