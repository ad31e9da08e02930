package dev.fairlead.vrrp.net;

import java.io.IOException;

/** The kernel refused a socket. The message says what for, and what would help. */
final class SocketException extends IOException {

  private static final long serialVersionUID = 1;

  private final int errno;

  SocketException(String what, int errno) {
    super(what + ": " + LibC.words(errno) + hint(errno));
    this.errno = errno;
  }

  int errno() {
    return errno;
  }

  private static String hint(int errno) {
    return errno == LibC.EPERM || errno == LibC.EACCES
        ? "; VRRP needs the capabilities CAP_NET_RAW and CAP_NET_ADMIN (or root)"
        : "";
  }
}
