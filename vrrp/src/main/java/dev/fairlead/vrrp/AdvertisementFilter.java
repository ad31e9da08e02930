package dev.fairlead.vrrp;

import dev.fairlead.vrrp.packet.Advertisement;
import dev.fairlead.vrrp.packet.Datagram;
import dev.fairlead.vrrp.packet.Rejected;

/**
 * Decides which datagrams take part in a virtual router's election (RFC 3768 §7.1, RFC 9568 §7.1).
 */
public final class AdvertisementFilter {

  private AdvertisementFilter() {}

  /** What becomes of a datagram. */
  public sealed interface Verdict {

    /**
     * Give it to the router.
     *
     * @param addressesDiffer the sender protects another list of addresses: somebody's
     *     configuration is wrong, or a change is being rolled out. Worth a warning that names the
     *     sender.
     */
    record Accepted(Advertisement advertisement, boolean addressesDiffer) implements Verdict {}

    /** Count it. */
    record Refused(Rejected reason) implements Verdict {}
  }

  /** The cheapest questions first: a flood must not cost a checksum each. */
  public static Verdict examine(Settings settings, Datagram datagram) {
    throw new UnsupportedOperationException("not built yet: " + settings + datagram);
  }
}
