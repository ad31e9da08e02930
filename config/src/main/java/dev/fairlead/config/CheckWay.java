package dev.fairlead.config;

import dev.fairlead.config.OutgoingConfig.SendProxyConfig;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * How the checks of a server leave this node: as its clients' connections do, where that can be.
 *
 * @param source empty = the kernel's choice; ports, and addresses of clients, are theirs alone
 * @param greeting the PROXY protocol header that comes first
 */
public record CheckWay(
    SocketConfig socket, Optional<InetAddress> source, Optional<ProxyVersion> greeting) {

  /** As the kernel likes. */
  public static final CheckWay PLAIN =
      new CheckWay(SocketConfig.NONE, Optional.empty(), Optional.empty());

  /** The way of a server of this backend. */
  public static CheckWay of(OutgoingConfig outgoing, ServerConfig server) {
    if (outgoing.isPlain()) {
      return PLAIN;
    }
    InetSocketAddress checked = server.effectiveCheckAddress();
    Optional<ProxyVersion> greeting =
        outgoing
            .sendProxy()
            .filter(send ->
                switch (send.checks()) {
                  case AUTO -> checked.equals(server.address());
                  case ALWAYS -> true;
                  case NEVER -> false;
                })
            .map(SendProxyConfig::version);
    return UnixAddress.isUnix(checked)
        ? new CheckWay(SocketConfig.NONE, Optional.empty(), greeting)
        : new CheckWay(
            outgoing.socket(),
            outgoing.source().address(checked.getAddress() instanceof Inet6Address),
            greeting);
  }
}
