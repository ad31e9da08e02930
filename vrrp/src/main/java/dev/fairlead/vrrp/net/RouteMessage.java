package dev.fairlead.vrrp.net;

import java.net.InetAddress;

/** What rtnetlink says: one decoded message. Anything of no use to us is {@link Other}. */
sealed interface RouteMessage {

  /**
   * An interface exists, as described.
   *
   * @param running administratively up, and operational: the carrier is there
   * @param mac {@link MacAddress#NONE} on an interface without one
   */
  record Link(int index, String name, boolean running, MacAddress mac) implements RouteMessage {}

  record LinkRemoved(int index, String name) implements RouteMessage {}

  /**
   * An interface has an address.
   *
   * @param secondary IPv4: not the first address of its subnet
   * @param tentative IPv6: duplicate detection is not over, it cannot be used as a source yet
   * @param validSeconds until the kernel removes it; {@link #FOREVER} = never
   */
  record Address(
      int index,
      InetAddress address,
      int prefixLength,
      boolean secondary,
      boolean tentative,
      long preferredSeconds,
      long validSeconds)
      implements RouteMessage {}

  record AddressRemoved(int index, InetAddress address, int prefixLength) implements RouteMessage {}

  /** The kernel's answer to a request; 0 = done. */
  record Acknowledged(int sequence, int errno) implements RouteMessage {}

  /** The end of a dump. */
  record Done(int sequence) implements RouteMessage {}

  record Other(int type) implements RouteMessage {}

  /** A lifetime without end. */
  long FOREVER = 0xffff_ffffL;
}
