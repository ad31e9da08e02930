package dev.fairlead.vrrp;

import dev.fairlead.vrrp.packet.Advertisement;
import dev.fairlead.vrrp.packet.AdvertisementCodec;
import dev.fairlead.vrrp.packet.Authentication;
import dev.fairlead.vrrp.packet.Datagram;
import dev.fairlead.vrrp.packet.Rejected;
import dev.fairlead.vrrp.packet.Unwrapped;
import java.net.InetAddress;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides which datagrams take part in a virtual router's election (RFC 3768 §7.1, RFC 9568 §7.1).
 *
 * <p>keepalived 2.2.7 also refuses an advertisement whose addresses are not its own. We do not: the
 * RFCs leave the comparison to the receiver, and to refuse means that two masters that differ in
 * one address never hear of each other, and both hold all the addresses they share. Above all while
 * a change of the list is rolled out from node to node. Only one that lists none of our addresses
 * is refused: it belongs to another cluster that took the same VRID, of which one would otherwise
 * stay without its addresses, and there is nothing that both could hold.
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

  /** What a raw socket gave, whether it was a datagram or not. */
  public static Verdict examine(Settings settings, Unwrapped unwrapped) {
    return switch (unwrapped) {
      case Rejected reason -> new Verdict.Refused(reason);
      case Datagram datagram -> examine(settings, datagram);
    };
  }

  /** The cheapest questions first: a flood must not cost a checksum each. */
  public static Verdict examine(Settings settings, Datagram datagram) {
    Rejected unwelcome = unwelcome(settings, datagram);
    if (unwelcome != null) {
      return new Verdict.Refused(unwelcome);
    }
    return switch (AdvertisementCodec.decode(datagram)) {
      case Rejected malformed -> new Verdict.Refused(malformed);
      case Advertisement advertisement -> {
        Rejected foreign = foreign(settings, advertisement);
        yield foreign == null
            ? new Verdict.Accepted(advertisement, addressesDiffer(settings, advertisement))
            : new Verdict.Refused(foreign);
      }
    };
  }

  private static @Nullable Rejected unwelcome(Settings settings, Datagram datagram) {
    if (datagram.hopLimit() < settings.minimumHopLimit()) {
      return Rejected.BAD_HOP_LIMIT;
    }
    int routerId = AdvertisementCodec.routerIdOf(datagram);
    if (routerId < 0) {
      return Rejected.TOO_SHORT;
    }
    if (routerId != settings.routerId()) {
      return Rejected.WRONG_ROUTER_ID;
    }
    if (datagram.source().equals(settings.source())) {
      return Rejected.LOOPED;
    }
    if (!settings.peers().isEmpty() && !settings.peers().contains(datagram.source())) {
      return Rejected.UNKNOWN_SENDER;
    }
    return null;
  }

  private static @Nullable Rejected foreign(Settings settings, Advertisement advertisement) {
    if (advertisement.version() != settings.version()) {
      return Rejected.WRONG_VERSION;
    }
    if (advertisement.version() == 3) {
      // We would adopt it, and a master-down interval of zero is a storm.
      if (advertisement.intervalCs() == 0) {
        return Rejected.INTERVAL_MISMATCH;
      }
    } else if (advertisement.intervalNanos() != settings.intervalNanos()) {
      return Rejected.INTERVAL_MISMATCH;
    } else {
      Rejected unknown = authentication(settings.authentication(), advertisement.authentication());
      if (unknown != null) {
        return unknown;
      }
    }
    return Collections.disjoint(settings.advertisedAddresses(), advertisement.addresses())
        ? Rejected.FOREIGN_ADDRESSES
        : null;
  }

  private static @Nullable Rejected authentication(Authentication ours, Authentication theirs) {
    if (theirs.type() != ours.type()) {
      // Without a password of our own we have nothing to check a signed advertisement against; to
      // listen to its sender is better than to be master beside it.
      boolean signed = theirs.isHeader() && ours.equals(Authentication.NONE);
      return signed ? null : Rejected.AUTHENTICATION_TYPE;
    }
    // The eight bytes of type 0 mean nothing (RFC 3768 §5.3.10: ignored on reception).
    return theirs.type() == 0 || theirs.data() == ours.data()
        ? null
        : Rejected.AUTHENTICATION_FAILED;
  }

  /** The order means nothing. */
  private static boolean addressesDiffer(Settings settings, Advertisement advertisement) {
    List<InetAddress> ours = settings.advertisedAddresses();
    return advertisement.addresses().size() != ours.size()
        || !new HashSet<>(ours).equals(new HashSet<>(advertisement.addresses()));
  }
}
