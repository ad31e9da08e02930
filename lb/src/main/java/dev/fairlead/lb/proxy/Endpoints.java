package dev.fairlead.lb.proxy;

/**
 * Who connected, and to where, as the first balancer saw it. Addresses are 128 bits in two halves;
 * IPv4 ones are IPv4-mapped.
 */
public record Endpoints(
    long sourceHigh,
    long sourceLow,
    int sourcePort,
    long destinationHigh,
    long destinationLow,
    int destinationPort) {

  private static final long MAPPED = 0xffff;

  /** Whether both are IPv4. */
  public boolean isIpv4() {
    return isIpv4(sourceHigh, sourceLow) && isIpv4(destinationHigh, destinationLow);
  }

  private static boolean isIpv4(long high, long low) {
    return high == 0 && low >>> 32 == MAPPED;
  }
}
