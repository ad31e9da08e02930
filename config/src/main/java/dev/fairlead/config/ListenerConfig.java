package dev.fairlead.config;

/**
 * One address and port that is listened on. It is the identity key of a listener in a reload.
 *
 * @param address {@code "*"} for every local address of both families, else an IPv4 or IPv6 address
 *     in its shortest text form, without brackets. It need not be local: a listener on a virtual
 *     address works on a backup as well (IP_FREEBIND)
 * @param port 1..65535; 0 (any free port) only in tests
 */
public record ListenerConfig(String address, int port) {

  /** Every local address, IPv4 and IPv6. */
  public static final String ANY = "*";

  @Override
  public String toString() {
    return (address.indexOf(':') >= 0 ? "[" + address + "]" : address) + ":" + port;
  }
}
