package dev.fairlead.vrrp.packet;

import java.net.InetAddress;
import java.util.List;

/**
 * One VRRP advertisement, well-formed but not yet known to concern us.
 *
 * @param version 2 or 3
 * @param routerId VRID, 0..255 as received; 0 belongs to nobody
 * @param priority 0 = the master resigns; 1..254; 255 = the owner of the addresses
 * @param intervalCs the sender's interval in centiseconds; v2: whole seconds, 0..25500; v3: 0..4095
 * @param authentication always {@link Authentication#NONE} in v3
 * @param addresses in the sender's order, at most 255, all of one family
 */
public record Advertisement(
    int version,
    int routerId,
    int priority,
    int intervalCs,
    Authentication authentication,
    List<InetAddress> addresses)
    implements Decoded {

  private static final long NANOS_PER_CENTISECOND = 10_000_000L;

  public Advertisement {
    addresses = List.copyOf(addresses);
  }

  public long intervalNanos() {
    return intervalCs * NANOS_PER_CENTISECOND;
  }
}
