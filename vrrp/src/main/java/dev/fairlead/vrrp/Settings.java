package dev.fairlead.vrrp;

import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.config.VirtualRouterConfig.Checksum;
import dev.fairlead.config.VirtualRouterConfig.GratuitousArp;
import dev.fairlead.config.VirtualRouterConfig.InitialState;
import dev.fairlead.config.VirtualRouterConfig.Transport;
import dev.fairlead.config.VirtualRouterConfig.VirtualAddress;
import dev.fairlead.vrrp.packet.Advertisement;
import dev.fairlead.vrrp.packet.Authentication;
import dev.fairlead.vrrp.packet.ChecksumForm;
import java.net.InetAddress;
import java.util.List;

/**
 * What the election needs to know of a virtual router's configuration.
 *
 * @param intervalNanos between our advertisements; whole seconds in v2, whole centiseconds in v3
 * @param preemptDelayNanos how long we must have been able before we preempt
 * @param startupDelayNanos how long we stay out of the election after the start
 * @param initialState how we enter it for the first time
 * @param source of our advertisements; decides between equal priorities
 * @param peers who may send to us; empty = multicast, anybody
 * @param minimumHopLimit of what we accept
 * @param addresses acquired, released and, those that are, advertised in this order
 * @param grouped whether it moves together with others, a {@link SyncGroup}
 */
public record Settings(
    int version,
    int routerId,
    int priority,
    long intervalNanos,
    boolean preempt,
    long preemptDelayNanos,
    long startupDelayNanos,
    InitialState initialState,
    InetAddress source,
    List<InetAddress> peers,
    int minimumHopLimit,
    Authentication authentication,
    ChecksumForm checksumForm,
    List<VirtualAddress> addresses,
    GratuitousArp announcements,
    boolean grouped) {

  /** Priority of the router whose own addresses the virtual ones are. */
  public static final int OWNER = 255;

  /** Priority of a node that should not serve, but will if nobody else does. */
  public static final int LAST_RESORT = 1;

  /** Priority of a master that says goodbye. */
  public static final int RESIGN = 0;

  private static final long NANOS_PER_CENTISECOND = 10_000_000L;

  public Settings {
    if (version != 2 && version != 3) {
      throw new IllegalArgumentException("version must be 2 or 3, was " + version);
    }
    if (routerId < 1 || routerId > 255) {
      throw new IllegalArgumentException("router id must be 1..255, was " + routerId);
    }
    if (priority < 1 || priority > OWNER) {
      throw new IllegalArgumentException("priority must be 1..255, was " + priority);
    }
    if (intervalNanos < NANOS_PER_CENTISECOND) {
      throw new IllegalArgumentException(
          "advertisement interval must be at least 10 ms, was " + intervalNanos + " ns");
    }
    peers = List.copyOf(peers);
    addresses = List.copyOf(addresses);
  }

  /**
   * The part of the configuration that the election is about.
   *
   * @param source the address the edge has chosen for our advertisements
   */
  public static Settings of(VirtualRouterConfig config, InetAddress source) {
    List<InetAddress> peers =
        switch (config.wire().transport()) {
          case Transport.Multicast() -> List.of();
          case Transport.Unicast(List<InetAddress> listed) -> listed;
        };
    return new Settings(
        config.wire().version(),
        config.routerId(),
        config.election().priority(),
        config.wire().advertisementInterval().toNanos(),
        config.election().preempt(),
        config.election().preemptDelay().toNanos(),
        config.election().startupDelay().toNanos(),
        config.election().initialState(),
        source,
        peers,
        config.wire().minHopLimit(),
        config.wire().version() == 2
            ? config
                .wire()
                .password()
                .map(secret -> Authentication.password(secret.bytes()))
                .orElse(Authentication.NONE)
            : Authentication.NONE,
        switch (config.wire().checksum()) {
          case Checksum.RFC5798 -> ChecksumForm.PSEUDO_HEADER;
          case Checksum.RFC9568 -> ChecksumForm.MESSAGE_ONLY;
        },
        config.addresses(),
        config.announcements(),
        config.election().syncGroup().isPresent());
  }

  public boolean isOwner() {
    return priority == OWNER;
  }

  /** What an advertisement lists, in this order. */
  public List<InetAddress> advertisedAddresses() {
    return addresses.stream()
        .filter(VirtualAddress::advertised)
        .map(VirtualAddress::address)
        .toList();
  }

  /** What we send at this priority. */
  public Advertisement advertisement(int priority) {
    return new Advertisement(
        version,
        routerId,
        priority,
        Math.toIntExact(intervalNanos / NANOS_PER_CENTISECOND),
        authentication,
        advertisedAddresses());
  }
}
