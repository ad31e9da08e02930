package dev.fairlead.lb.relay;

import java.io.IOException;

/**
 * A connection to a server that has not left this node: no source port is free, an address cannot
 * be had, or a privilege is missing. It says nothing about the server, so it is counted by itself,
 * and is no reason to check anything.
 */
final class LocalFailure extends IOException {

  private static final long serialVersionUID = 1L;

  LocalFailure(String message) {
    super(message);
  }

  private LocalFailure(IOException cause) {
    super(cause.getMessage(), cause);
  }

  /** What was refused before the kernel was asked to connect. */
  static LocalFailure of(IOException cause) {
    return cause instanceof LocalFailure known ? known : new LocalFailure(cause);
  }

  /** What connect(2) has answered: EADDRNOTAVAIL means that every source port is taken. */
  static IOException ofConnect(IOException cause) {
    return String.valueOf(cause.getMessage()).contains("Cannot assign requested address")
        ? new LocalFailure("no source port is free (net.ipv4.ip_local_port_range)")
        : cause;
  }
}
