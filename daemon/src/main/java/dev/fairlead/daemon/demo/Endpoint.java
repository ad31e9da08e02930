package dev.fairlead.daemon.demo;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/** {@code ADDRESS:PORT} as the demo's own processes pass it to each other. */
final class Endpoint {

  private Endpoint() {}

  /** IPv4 or bracketed IPv6. */
  static InetSocketAddress parse(String text) throws UnknownHostException {
    int colon = text.lastIndexOf(':');
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    return new InetSocketAddress(
        InetAddress.getByName(host), Integer.parseInt(text.substring(colon + 1)));
  }
}
