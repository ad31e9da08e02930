package dev.fairlead.config;

import java.net.InetAddress;
import java.util.Optional;

/**
 * How a backend's connections to its servers leave this node.
 *
 * @param socket marks of the server side
 * @param fastOpen TCP Fast Open: what a client has sent already travels with the SYN
 * @param sendProxy empty = servers see bytes of clients only
 */
public record OutgoingConfig(
    SocketConfig socket, boolean fastOpen, Source source, Optional<SendProxyConfig> sendProxy) {

  public static final OutgoingConfig NONE =
      new OutgoingConfig(SocketConfig.NONE, false, Source.ANY, Optional.empty());

  /** Whether they leave as the kernel likes, and carry bytes of clients only. */
  public boolean isPlain() {
    return !fastOpen && sendProxy.isEmpty() && source.isAny() && socket.isPlain();
  }

  /**
   * Source addresses of connections to servers.
   *
   * @param client the client's own (IP_TRANSPARENT); the others are empty then
   * @param ipv4 for IPv4 servers; empty = the kernel's choice
   * @param ipv6 for IPv6 servers; empty = the kernel's choice
   * @param firstPort 0 = the kernel's choice
   * @param lastPort 0 = the kernel's choice
   */
  public record Source(
      boolean client,
      Optional<InetAddress> ipv4,
      Optional<InetAddress> ipv6,
      int firstPort,
      int lastPort) {

    /** The kernel's choice. */
    public static final Source ANY = new Source(false, Optional.empty(), Optional.empty(), 0, 0);

    /** Whether it is the kernel's choice. */
    public boolean isAny() {
      return !client && ipv4.isEmpty() && ipv6.isEmpty() && !hasPorts();
    }

    public boolean hasPorts() {
      return firstPort > 0;
    }

    /** For a server of that family; empty = the kernel's choice. */
    public Optional<InetAddress> address(boolean isIpv6) {
      return isIpv6 ? ipv6 : ipv4;
    }
  }

  /**
   * A PROXY protocol header is sent first.
   *
   * @param passTlvs whether what a client's own header said beyond addresses is passed on (v2)
   * @param crc32c whether it carries a checksum (v2)
   * @param checks whether health checks begin with one, too
   */
  public record SendProxyConfig(
      ProxyVersion version, boolean passTlvs, boolean crc32c, Checks checks) {

    /** Health checks and the header. */
    public enum Checks {
      /** Where they go to the server's own address and port, as with haproxy. */
      AUTO,
      ALWAYS,
      NEVER
    }
  }
}
