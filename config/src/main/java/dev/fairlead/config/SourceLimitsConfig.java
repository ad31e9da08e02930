package dev.fairlead.config;

import java.time.Duration;

/**
 * What one client address, or one network of them, may take of a frontend.
 *
 * @param maxConnections sessions at once; 0 = no limit
 * @param rate connections within {@code per}; 0 = no limit
 * @param per a sliding window
 * @param size addresses known at once, at least 1
 * @param ipv4Prefix leading bits of an IPv4 address that tell clients apart, 1..32
 * @param ipv6Prefix the same for IPv6, 1..128
 */
public record SourceLimitsConfig(
    int maxConnections,
    int rate,
    Duration per,
    int size,
    int ipv4Prefix,
    int ipv6Prefix,
    WhenFull whenFull) {

  public static final SourceLimitsConfig NONE =
      new SourceLimitsConfig(0, 0, Duration.ofSeconds(10), 20_480, 32, 64, WhenFull.ACCEPT);

  public boolean isLimited() {
    return maxConnections > 0 || rate > 0;
  }

  /** What becomes of a new address while all that are known have sessions. */
  public enum WhenFull {
    /** It is let in without limits. */
    ACCEPT,
    /** It is reset. */
    REJECT
  }
}
