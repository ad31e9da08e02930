package dev.fairlead.config;

import java.time.Duration;

/**
 * A table that remembers which server a client was sent to, by its address.
 *
 * @param size entries at most, at least 1; the one that was not used for longest makes room
 * @param expire entries that were not used for so long are forgotten; {@link Duration#ZERO} = never
 * @param ipv4Prefix leading bits of an IPv4 address that tell clients apart, 1..32
 * @param ipv6Prefix the same for IPv6, 1..128
 */
public record StickTableConfig(
    int size,
    Duration expire,
    int ipv4Prefix,
    int ipv6Prefix,
    ServerDown serverDown,
    ServerFull serverFull) {

  /** What becomes of a client whose server takes no connections; it is sent to another at once. */
  public enum ServerDown {
    /** It sticks to the other one from then on. */
    REDISPATCH,
    /** It returns to its own when that is back. */
    RETURN
  }

  /** What becomes of a client whose server has all the sessions it may have. */
  public enum ServerFull {
    /** It waits for a place there. */
    WAIT,
    /** It is sent to another server, and sticks to that. */
    REDISPATCH
  }
}
