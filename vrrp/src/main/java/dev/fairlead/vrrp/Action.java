package dev.fairlead.vrrp;

import dev.fairlead.config.VirtualRouterConfig.VirtualAddress;
import java.util.List;

/** Work for the edge, to be done at once and in the order given. */
public sealed interface Action {

  /**
   * To the multicast group or to every peer. Contents: {@link Settings#advertisement}.
   *
   * @param priority 0..255
   */
  record SendAdvertisement(int priority) implements Action {}

  /** Add these addresses, with a full lifetime; those already there are refreshed. */
  record AcquireAddresses(List<VirtualAddress> addresses) implements Action {
    public AcquireAddresses {
      addresses = List.copyOf(addresses);
    }
  }

  /** Remove these addresses; those not there are none of our business. */
  record ReleaseAddresses(List<VirtualAddress> addresses) implements Action {
    public ReleaseAddresses {
      addresses = List.copyOf(addresses);
    }
  }

  /**
   * Renew the kernel lifetime of all addresses. Only ever follows an advertisement: a refresh on
   * its own could outlive the last advertisement, and then two nodes would hold the addresses.
   */
  record RefreshAddresses() implements Action {}

  /**
   * Gratuitous ARP or unsolicited neighbour advertisements for every address, now. Rounds over the
   * addresses, as keepalived does, not all frames of one address first.
   *
   * @param count frames per address
   */
  record Announce(int count) implements Action {}
}
