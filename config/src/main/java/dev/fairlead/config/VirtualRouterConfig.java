package dev.fairlead.config;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One virtual router: a set of virtual addresses of one family that move together. Its identity key
 * in a reload is interface + family + VRID.
 *
 * @param name how people call it, unique
 * @param interfaceName where advertisements go and come from, and where addresses are added unless
 *     a virtual address names another one
 * @param ipv6 whether the advertisements (and so the advertised addresses) are IPv6
 * @param routerId VRID, 1..255
 * @param addresses advertised in this order
 * @param resetSockets whether connections of this host that use an address are reset before it goes
 */
public record VirtualRouterConfig(
    String name,
    String interfaceName,
    boolean ipv6,
    int routerId,
    Election election,
    Wire wire,
    List<VirtualAddress> addresses,
    GratuitousArp announcements,
    DeadMan deadMan,
    boolean resetSockets,
    Track track) {

  public VirtualRouterConfig {
    addresses = List.copyOf(addresses);
  }

  /** The same with another priority. */
  public VirtualRouterConfig withPriority(int priority) {
    return new VirtualRouterConfig(
        name,
        interfaceName,
        ipv6,
        routerId,
        election.withPriority(priority),
        wire,
        addresses,
        announcements,
        deadMan,
        resetSockets,
        track);
  }

  /**
   * Who becomes master, and when.
   *
   * @param priority 1..255; 255 = owner of the address
   * @param preempt whether a higher priority takes over from a sitting master
   * @param preemptDelay how long own checks must have passed before preempting
   */
  public record Election(int priority, boolean preempt, Duration preemptDelay) {

    /** The same with another priority. */
    public Election withPriority(int other) {
      return new Election(other, preempt, preemptDelay);
    }
  }

  /**
   * How advertisements look, and where they go.
   *
   * @param version 2 (RFC 3768, IPv4 only) or 3 (RFC 5798, RFC 9568)
   * @param advertisementInterval v2: whole seconds 1..255; v3: 10 ms..40.95 s in steps of 10 ms
   * @param sourceAddress of the advertisements; empty = the interface's first address of the family
   *     (link-local for IPv6)
   * @param password v2 simple text authentication (RFC 2338), already cut to 8 bytes; empty = none
   */
  public record Wire(
      int version,
      Duration advertisementInterval,
      Transport transport,
      Optional<InetAddress> sourceAddress,
      Optional<Secret> password) {}

  /**
   * What takes the addresses away when this process no longer can.
   *
   * @param addressLifetime whether the kernel removes the addresses when they are no longer renewed
   */
  public record DeadMan(boolean addressLifetime) {}

  /** How advertisements reach the other nodes. */
  public sealed interface Transport {
    /** 224.0.0.18 or ff02::12. */
    record Multicast() implements Transport {}

    /** One copy to each peer; advertisements from anybody else are rejected. */
    record Unicast(List<InetAddress> peers) implements Transport {
      public Unicast {
        peers = List.copyOf(peers);
      }
    }
  }

  /**
   * One address that moves with the mastership.
   *
   * @param prefixLength of the address as added to the interface
   * @param label e.g. {@code eth0:vip}, at most 15 bytes, IPv4 only
   * @param interfaceName where the address is added, if not the router's own interface
   */
  public record VirtualAddress(
      InetAddress address,
      int prefixLength,
      Optional<String> label,
      Optional<String> interfaceName) {

    @Override
    public String toString() {
      return IpText.text(address) + "/" + prefixLength;
    }
  }

  /**
   * Gratuitous ARP, and unsolicited neighbour advertisements for IPv6.
   *
   * @param count frames for each address on takeover
   * @param secondDelay until a second, equal burst
   * @param refresh repeated one frame per address while master; zero = never
   */
  public record GratuitousArp(int count, Duration secondDelay, Duration refresh) {

    /** 5 frames, 5 more after 5 s, one every 60 s. */
    public static final GratuitousArp DEFAULT =
        new GratuitousArp(5, Duration.ofSeconds(5), Duration.ofSeconds(60));
  }

  /**
   * What this node must be able to do to be master.
   *
   * @param frontends whose listeners must be bound, and whose backends must have usable servers
   * @param minUsableServers in each of those backends; 0 = servers do not matter
   * @param maxEventLoopStall an event loop that has not turned for longer counts as dead; zero =
   *     not tracked
   * @param items beside Fairlead itself
   */
  public record Track(
      List<String> frontends,
      int minUsableServers,
      Duration maxEventLoopStall,
      List<TrackedItem> items) {
    public Track {
      frontends = List.copyOf(frontends);
      items = List.copyOf(items);
    }

    /** Nothing beside Fairlead itself. */
    public Track(List<String> frontends, int minUsableServers, Duration maxEventLoopStall) {
      this(frontends, minUsableServers, maxEventLoopStall, List.of());
    }
  }
}
