package dev.fairlead.config;

import java.time.Duration;

/**
 * How the addresses of servers known by a DNS name are found.
 *
 * @param interval from one question to the next
 * @param hold how long an address that is missing from the answers is kept
 * @param family which addresses count
 * @param maxAddresses of one name; more are left out
 */
public record ResolveConfig(Duration interval, Duration hold, Family family, int maxAddresses) {

  /** As in reference.conf. */
  public static final ResolveConfig DEFAULT =
      new ResolveConfig(Duration.ofSeconds(10), Duration.ofSeconds(30), Family.ANY, 16);

  /** Which addresses count. */
  public enum Family {
    ANY,
    IPV4,
    IPV6
  }
}
