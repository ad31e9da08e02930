package dev.fairlead.config;

/**
 * One address and port that is listened on. It is the identity key of a listener in a reload.
 *
 * @param address {@code "*"} for every local address of both families, {@code "::"} for every one
 *     of IPv6 alone, a unix socket as {@link UnixAddress} has it, else an IPv4 or IPv6 address in
 *     its shortest text form, without brackets. It need not be local: a listener on a virtual
 *     address works on a backup as well (IP_FREEBIND)
 * @param port 1..65535; 0 for a unix socket; 0 (any free port) only in tests
 */
public record ListenerConfig(String address, int port) {

  /** Every local address, IPv4 and IPv6. */
  public static final String ANY = "*";

  /** Every local IPv6 address. */
  public static final String ANY_IPV6 = "::";

  private static final String ANY_IPV4 = "0.0.0.0";

  /** Whether it is a unix socket. */
  public boolean isUnix() {
    return UnixAddress.isUnix(address);
  }

  /** Whether a socket on one would take connections that are meant for the other. */
  public boolean overlaps(ListenerConfig other) {
    return port == other.port && (covers(other.address) || other.covers(address));
  }

  /** Whether connections to that address, in text form, come here. */
  public boolean covers(String destination) {
    if (isUnix() || UnixAddress.isUnix(destination)) {
      return address.equals(destination);
    }
    boolean isIpv6 = destination.indexOf(':') >= 0;
    return address.equals(destination)
        || address.equals(ANY)
        || (address.equals(ANY_IPV4) && !isIpv6 && !destination.equals(ANY))
        || (address.equals(ANY_IPV6) && isIpv6);
  }

  /** By hand: the generated one takes 6 ms of the start, before the first listener opens. */
  @Override
  public int hashCode() {
    return 31 * address.hashCode() + port;
  }

  @Override
  public String toString() {
    if (isUnix()) {
      return address;
    }
    return (address.indexOf(':') >= 0 ? "[" + address + "]" : address) + ":" + port;
  }
}
