package dev.fairlead.vrrp.packet;

import java.util.Locale;

/** Why a datagram was not let into the election. */
public enum Rejected implements Decoded, Unwrapped {
  /** Shorter than its own header, address count or IP length field says. */
  TOO_SHORT,
  /** Not VRRP at all: another protocol, IP version, or a fragment. */
  NOT_VRRP,
  /** Neither 2 nor 3, or not the version this router speaks. */
  WRONG_VERSION,
  /** Not an advertisement, the only type there is. */
  WRONG_TYPE,
  BAD_CHECKSUM,
  /** TTL or hop limit is not 255: it has been routed, so it comes from outside this network. */
  BAD_HOP_LIMIT,
  /** Belongs to another virtual router, or to none (0). */
  WRONG_ROUTER_ID,
  /** An address count of zero. */
  NO_ADDRESSES,
  /** Authenticates in another way than we do. */
  AUTHENTICATION_TYPE,
  /** The right way, but another password. */
  AUTHENTICATION_FAILED,
  /** v2: another advertisement interval than ours; v3: an interval of zero. */
  INTERVAL_MISMATCH,
  /** Lists none of our addresses: another virtual router, which has our VRID by mistake. */
  FOREIGN_ADDRESSES,
  /** Unicast: not one of our peers. */
  UNKNOWN_SENDER,
  /** Our own advertisement came back, or somebody uses our address. */
  LOOPED;

  /** The name as a metric label, such as {@code bad_checksum}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
