package dev.fairlead.config;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Unix sockets as text: {@code unix:/path}, {@code unix:@name} (abstract), {@code abns@name}
 * (abstract, with haproxy's zeros up to the end of the address).
 *
 * <p>Among internet addresses they travel as an unresolved one whose host is that text: no DNS name
 * has a colon or an at sign.
 */
public final class UnixAddress {

  private static final String UNIX = "unix:";
  private static final String ABNS = "abns@";

  /** sun_path of sockaddr_un. */
  private static final int FIELD_BYTES = 108;

  /** Leaves room for the end that a file has until it listens. */
  public static final int MAX_PATH_BYTES = 103;

  private UnixAddress() {}

  public static boolean isUnix(String address) {
    return address.startsWith(UNIX) || address.startsWith(ABNS);
  }

  public static boolean isUnix(InetSocketAddress address) {
    return address.isUnresolved() && isUnix(address.getHostString());
  }

  /** As an address among others. */
  public static InetSocketAddress of(String address) {
    return InetSocketAddress.createUnresolved(address, 0);
  }

  public static boolean isAbstract(String address) {
    return address.startsWith(UNIX + "@") || address.startsWith(ABNS);
  }

  /** Whether zeros up to the end of the address belong to its name. */
  public static boolean isPadded(String address) {
    return address.startsWith(ABNS);
  }

  /** The file of one that is not abstract. */
  public static String path(String address) {
    return address.substring(UNIX.length());
  }

  /** What sun_path holds, beginning with a zero for an abstract one. */
  public static byte[] bytes(String address) {
    if (address.startsWith(ABNS)) {
      byte[] name = address.substring(ABNS.length()).getBytes(StandardCharsets.UTF_8);
      byte[] padded = new byte[FIELD_BYTES];
      System.arraycopy(name, 0, padded, 1, Math.min(name.length, FIELD_BYTES - 1));
      return padded;
    }
    byte[] bytes = path(address).getBytes(StandardCharsets.UTF_8);
    if (isAbstract(address)) {
      byte[] abstractName = Arrays.copyOf(bytes, bytes.length);
      abstractName[0] = 0;
      return abstractName;
    }
    return bytes;
  }
}
