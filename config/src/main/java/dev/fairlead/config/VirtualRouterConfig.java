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
   * @param startupDelay how long a router that has been started stays out of the election
   * @param initialState how it enters the election for the first time
   * @param syncGroup name shared by the routers that move together; empty = moves alone
   */
  public record Election(
      int priority,
      boolean preempt,
      Duration preemptDelay,
      Duration startupDelay,
      InitialState initialState,
      Optional<String> syncGroup) {

    /** Nothing but a priority. */
    public static Election of(int priority) {
      return new Election(
          priority, false, Duration.ZERO, Duration.ZERO, InitialState.BACKUP, Optional.empty());
    }

    /** The same with another priority. */
    public Election withPriority(int other) {
      return new Election(other, preempt, preemptDelay, startupDelay, initialState, syncGroup);
    }
  }

  /** How a router enters the election after its start. */
  public enum InitialState {
    /** Waits for a whole master-down interval, as the RFCs say. */
    BACKUP,
    /** Waits for one advertisement only; a master that is heard meanwhile is treated as ever. */
    MASTER
  }

  /**
   * How advertisements look, and where they go.
   *
   * @param version 2 (RFC 3768, IPv4 only) or 3 (RFC 5798, RFC 9568)
   * @param advertisementInterval v2: whole seconds 1..255; v3: 10 ms..40.95 s in steps of 10 ms
   * @param sourceAddress of the advertisements; empty = the interface's first address of the family
   *     (link-local for IPv6)
   * @param password v2 simple text authentication (RFC 2338), already cut to 8 bytes; empty = none
   * @param checksum v3 over IPv4: what our checksums cover; others' are accepted in both forms
   * @param minHopLimit advertisements that arrive with a lower TTL or hop limit are rejected,
   *     0..255
   */
  public record Wire(
      int version,
      Duration advertisementInterval,
      Transport transport,
      Optional<InetAddress> sourceAddress,
      Optional<Secret> password,
      Checksum checksum,
      int minHopLimit) {

    /** Only what has not been routed (RFC 3768 section 7.1). */
    public static final int DIRECT = 255;

    /** With the usual checksum, and from this network only. */
    public Wire(
        int version,
        Duration advertisementInterval,
        Transport transport,
        Optional<InetAddress> sourceAddress,
        Optional<Secret> password) {
      this(
          version,
          advertisementInterval,
          transport,
          sourceAddress,
          password,
          Checksum.RFC5798,
          DIRECT);
    }
  }

  /** What a VRRPv3 checksum over IPv4 covers. */
  public enum Checksum {
    /** Message and pseudo header, as keepalived and FRR do. */
    RFC5798,
    /** The message alone. */
    RFC9568
  }

  /**
   * What takes the addresses away when this process no longer can.
   *
   * @param addressLifetime whether the kernel removes the addresses when they are no longer renewed
   * @param leaseFilter whether the kernel also stops to answer for them, which it can do sooner
   * @param clockJump whether a wall clock that jumps ahead counts as a pause of this machine
   */
  public record DeadMan(boolean addressLifetime, LeaseFilter leaseFilter, boolean clockJump) {

    /**
     * Lifetimes are whole seconds, and end up to 0.35 s late: at this interval even the shortest
     * outlives three missed advertisements.
     */
    private static final Duration TOO_SHORT_FOR_LIFETIMES = Duration.ofMillis(450);

    /** Address lifetimes alone, by default. */
    public static final DeadMan DEFAULT = new DeadMan(true, LeaseFilter.AUTO, true);

    /** Whether others take over before the kernel has removed the addresses. */
    public static boolean isLifetimeTooCoarse(Duration advertisementInterval) {
      return advertisementInterval.compareTo(TOO_SHORT_FOR_LIFETIMES) <= 0;
    }

    /** Whether a router with that interval has the filter. */
    public boolean filters(Duration advertisementInterval) {
      return switch (leaseFilter) {
        case ALWAYS -> true;
        case NEVER -> false;
        case AUTO -> isLifetimeTooCoarse(advertisementInterval);
      };
    }
  }

  /** When a packet filter of the kernel guards the addresses of a master that no longer speaks. */
  public enum LeaseFilter {
    /** Where address lifetimes are too coarse. */
    AUTO,
    ALWAYS,
    NEVER
  }

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
   * @param scope of an IPv4 address; the kernel derives that of an IPv6 address from it
   * @param advertised whether advertisements list it; one that is not may be of the other family
   */
  public record VirtualAddress(
      InetAddress address,
      int prefixLength,
      Optional<String> label,
      Optional<String> interfaceName,
      Scope scope,
      boolean advertised) {

    /** Advertised, and valid everywhere. */
    public VirtualAddress(
        InetAddress address,
        int prefixLength,
        Optional<String> label,
        Optional<String> interfaceName) {
      this(address, prefixLength, label, interfaceName, Scope.GLOBAL, true);
    }

    @Override
    public String toString() {
      return IpText.text(address) + "/" + prefixLength;
    }
  }

  /** Where an address is valid, see ip-address(8). */
  public enum Scope {
    GLOBAL,
    SITE,
    LINK,
    HOST
  }

  /**
   * Gratuitous ARP, and unsolicited neighbour advertisements for IPv6.
   *
   * @param count frames for each address on takeover
   * @param secondDelay until a second, equal burst; zero = none
   * @param refresh repeated one frame per address while master; zero = never
   * @param repeatDelay from the burst that answers a sign of another master to its repetition; zero
   *     = none
   * @param heartbeat one frame per address follows an advertisement, at most so often; zero = never
   * @param form of the ARP frames
   * @param routerFlag whether neighbour advertisements say that this host is a router
   * @param defend whether others that claim an address are found and answered
   */
  public record GratuitousArp(
      int count,
      Duration secondDelay,
      Duration refresh,
      Duration repeatDelay,
      Duration heartbeat,
      ArpForm form,
      boolean routerFlag,
      boolean defend) {

    /** 5 frames, 5 more after 5 s, one every 60 s, and with each advertisement; requests. */
    public static final GratuitousArp DEFAULT =
        new GratuitousArp(
            5,
            Duration.ofSeconds(5),
            Duration.ofSeconds(60),
            Duration.ofMillis(100),
            Duration.ofMillis(100),
            ArpForm.REQUEST,
            false,
            true);

    /** As keepalived: none with the advertisements. */
    public GratuitousArp(int count, Duration secondDelay, Duration refresh) {
      this(
          count,
          secondDelay,
          refresh,
          Duration.ofSeconds(1),
          Duration.ZERO,
          ArpForm.REQUEST,
          false,
          true);
    }
  }

  /** Which of the two gratuitous ARP messages; some network equipment heeds only one of them. */
  public enum ArpForm {
    REQUEST,
    REPLY,
    /** One of each, for every one that is counted. */
    BOTH
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
