package dev.fairlead.vrrp.net;

import dev.fairlead.config.Secret;
import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.config.VirtualRouterConfig.DeadMan;
import dev.fairlead.config.VirtualRouterConfig.Election;
import dev.fairlead.config.VirtualRouterConfig.GratuitousArp;
import dev.fairlead.config.VirtualRouterConfig.InitialState;
import dev.fairlead.config.VirtualRouterConfig.LeaseFilter;
import dev.fairlead.config.VirtualRouterConfig.Track;
import dev.fairlead.config.VirtualRouterConfig.Transport;
import dev.fairlead.config.VirtualRouterConfig.VirtualAddress;
import dev.fairlead.config.VirtualRouterConfig.Wire;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Configurations for tests. */
final class Routers {

  private Routers() {}

  /** VRRPv2, VRID 51, 1 s, password 123456, multicast, no preemption. */
  static VirtualRouterConfig version2(int priority, String... addresses) {
    return router(2, priority, Duration.ofSeconds(1), new Transport.Multicast(), addresses);
  }

  /** VRRPv3 every 100 ms. */
  static VirtualRouterConfig version3(int priority, String... addresses) {
    return router(3, priority, Duration.ofMillis(100), new Transport.Multicast(), addresses);
  }

  static VirtualRouterConfig unicast(int priority, String peer, String... addresses) {
    Transport transport = new Transport.Unicast(List.of(address(peer)));
    return router(2, priority, Duration.ofSeconds(1), transport, addresses);
  }

  static VirtualRouterConfig router(
      int version, int priority, Duration interval, Transport transport, String... addresses) {
    List<VirtualAddress> virtual = Arrays.stream(addresses).map(Routers::virtual).toList();
    return new VirtualRouterConfig(
        "vip",
        "eth0",
        RouteCodec.isIpv6(virtual.getFirst().address()),
        51,
        Election.of(priority),
        new Wire(
            version,
            interval,
            transport,
            Optional.empty(),
            version == 2 ? Optional.of(new Secret("123456")) : Optional.empty()),
        virtual,
        new GratuitousArp(5, Duration.ofSeconds(5), Duration.ofSeconds(60)),
        DeadMan.DEFAULT,
        true,
        new Track(List.of(), 0, Duration.ZERO));
  }

  /** {@code ADDRESS/PREFIX} or {@code ADDRESS/PREFIX LABEL}. */
  static VirtualAddress virtual(String text) {
    int slash = text.indexOf('/');
    int space = text.indexOf(' ');
    return new VirtualAddress(
        address(text.substring(0, slash)),
        Integer.parseInt(text.substring(slash + 1, space < 0 ? text.length() : space)),
        space < 0 ? Optional.empty() : Optional.of(text.substring(space + 1)),
        Optional.empty());
  }

  /** The router's addresses, on another interface and without a lifetime. */
  static VirtualRouterConfig elsewhere(VirtualRouterConfig c, String addressInterface) {
    return new VirtualRouterConfig(
        c.name(),
        c.interfaceName(),
        c.ipv6(),
        c.routerId(),
        c.election(),
        c.wire(),
        c.addresses().stream()
            .map(virtual ->
                new VirtualAddress(
                    virtual.address(),
                    virtual.prefixLength(),
                    virtual.label(),
                    Optional.of(addressInterface)))
            .toList(),
        c.announcements(),
        new DeadMan(false, LeaseFilter.AUTO, true),
        c.resetSockets(),
        c.track());
  }

  static VirtualRouterConfig preempting(VirtualRouterConfig c) {
    return new VirtualRouterConfig(
        c.name(),
        c.interfaceName(),
        c.ipv6(),
        c.routerId(),
        new Election(
            c.election().priority(),
            true,
            Duration.ZERO,
            Duration.ZERO,
            InitialState.BACKUP,
            Optional.empty()),
        c.wire(),
        c.addresses(),
        c.announcements(),
        c.deadMan(),
        c.resetSockets(),
        c.track());
  }

  /** With what Fairlead does by default. */
  static VirtualRouterConfig announcing(VirtualRouterConfig c) {
    return new VirtualRouterConfig(
        c.name(),
        c.interfaceName(),
        c.ipv6(),
        c.routerId(),
        c.election(),
        c.wire(),
        c.addresses(),
        GratuitousArp.DEFAULT,
        c.deadMan(),
        c.resetSockets(),
        c.track());
  }

  static VirtualRouterConfig withWire(VirtualRouterConfig c, Wire wire) {
    return new VirtualRouterConfig(
        c.name(),
        c.interfaceName(),
        c.ipv6(),
        c.routerId(),
        c.election(),
        wire,
        c.addresses(),
        c.announcements(),
        c.deadMan(),
        c.resetSockets(),
        c.track());
  }

  static VirtualRouterConfig withPassword(VirtualRouterConfig c, String password) {
    return withWire(
        c,
        new Wire(
            c.wire().version(),
            c.wire().advertisementInterval(),
            c.wire().transport(),
            c.wire().sourceAddress(),
            Optional.of(new Secret(password))));
  }

  /** Of that name and id, in a sync group. */
  static VirtualRouterConfig grouped(
      VirtualRouterConfig c, String name, int routerId, String group) {
    return new VirtualRouterConfig(
        name,
        c.interfaceName(),
        c.ipv6(),
        routerId,
        new Election(
            c.election().priority(),
            c.election().preempt(),
            c.election().preemptDelay(),
            Duration.ZERO,
            InitialState.BACKUP,
            Optional.of(group)),
        c.wire(),
        c.addresses(),
        c.announcements(),
        c.deadMan(),
        c.resetSockets(),
        c.track());
  }

  static InetAddress address(String text) {
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(text, e);
    }
  }
}
