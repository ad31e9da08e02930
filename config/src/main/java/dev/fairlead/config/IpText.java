package dev.fairlead.config;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * IP addresses as people write them.
 *
 * <p>The JDK prints {@code fd00:0:0:0:0:0:0:1} and asks DNS about anything that is not an address;
 * here IPv6 has its shortest form (RFC 5952) and text that is not an address is simply not one.
 */
public final class IpText {

  private IpText() {}

  /** Numeric addresses only, without brackets or scope; never a DNS query. */
  public static Optional<InetAddress> parse(String text) {
    // The JDK also takes 10.1 for 10.0.0.1, and looks up the interface of a scope.
    if (text.indexOf(':') < 0
        ? !isDottedQuad(text)
        : text.indexOf('%') >= 0 || text.indexOf('[') >= 0) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.ofLiteral(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static boolean isDottedQuad(String text) {
    int dots = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '.') {
        dots++;
      } else if (c < '0' || c > '9') {
        return false;
      }
    }
    return dots == 3;
  }

  /** Shortest form, without brackets or scope. */
  public static String text(InetAddress address) {
    byte[] bytes = address.getAddress();
    return bytes.length == 4 ? ((Inet4Address) address).getHostAddress() : ipv6(bytes);
  }

  /**
   * {@code 10.0.0.1:6443}, {@code [fd00::1]:6443}; {@code api.test:6443} when it is a name, a unix
   * socket as {@link UnixAddress} has it.
   */
  public static String text(InetSocketAddress address) {
    if (UnixAddress.isUnix(address)) {
      return address.getHostString();
    }
    if (address.isUnresolved()) {
      return address.getHostString() + ":" + address.getPort();
    }
    String ip = text(address.getAddress());
    return (ip.indexOf(':') >= 0 ? "[" + ip + "]" : ip) + ":" + address.getPort();
  }

  /** Whether two addresses of one family agree in their first bits. */
  public static boolean sameNetwork(InetAddress one, InetAddress other, int prefixLength) {
    byte[] a = one.getAddress();
    byte[] b = other.getAddress();
    if (a.length != b.length) {
      return false;
    }
    for (int bit = 0; bit < prefixLength; bit += 8) {
      int mask = prefixLength - bit >= 8 ? 0xff : 0xff << (8 - (prefixLength - bit));
      if (((a[bit / 8] ^ b[bit / 8]) & mask & 0xff) != 0) {
        return false;
      }
    }
    return true;
  }

  // RFC 5952: the longest run of two or more zero groups, the first of equals, becomes "::".
  private static String ipv6(byte[] bytes) {
    int[] groups = new int[8];
    int runAt = -1;
    int runLength = 1;
    int zeros = 0;
    for (int i = 0; i < 8; i++) {
      groups[i] = ((bytes[2 * i] & 0xff) << 8) | (bytes[2 * i + 1] & 0xff);
      zeros = groups[i] == 0 ? zeros + 1 : 0;
      if (zeros > runLength) {
        runLength = zeros;
        runAt = i - zeros + 1;
      }
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      if (i == runAt) {
        text.append("::");
        i += runLength - 1;
        continue;
      }
      if (i > 0 && text.charAt(text.length() - 1) != ':') {
        text.append(':');
      }
      text.append(Integer.toHexString(groups[i]));
    }
    return text.toString();
  }
}
