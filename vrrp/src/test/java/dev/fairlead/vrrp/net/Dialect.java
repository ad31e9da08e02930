package dev.fairlead.vrrp.net;

import dev.fairlead.config.Secret;
import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.config.VirtualRouterConfig.Checksum;
import dev.fairlead.config.VirtualRouterConfig.Transport;
import dev.fairlead.config.VirtualRouterConfig.Wire;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How two nodes of a {@link Lan} speak VRRP with each other. VRID 51; v2 every second, v3 four
 * times a second.
 *
 * @param password of v2; without, no authentication
 * @param linkLocal whether the first IPv6 address is a link-local one, as RFC 9568 §5.2.9 has it
 *     and keepalived insists
 * @param minHopLimit what we accept of the other
 */
record Dialect(
    int version,
    boolean ipv6,
    boolean unicast,
    boolean password,
    boolean linkLocal,
    int minHopLimit) {

  static final String PASSWORD = "123456";

  Duration interval() {
    return version == 2 ? Duration.ofSeconds(1) : Duration.ofMillis(250);
  }

  /** After which a backup takes over at the latest, when everything is on time. */
  Duration masterDown(int priority) {
    long unitMillis = interval().toMillis();
    return Duration.ofMillis(3 * unitMillis + unitMillis * (256 - priority) / 256);
  }

  /** The address that clients use, with prefix. */
  String vip() {
    return ipv6 ? "fd00:99::100/64" : "10.99.0.100/24";
  }

  List<String> addresses() {
    return ipv6 && linkLocal ? List.of("fe80::51/64", vip()) : List.of(vip());
  }

  /** A node's own address in the network that both are in. */
  String own(int node) {
    return (ipv6 ? "fd00:99::1" : "10.99.0.1") + node;
  }

  /** Of one of the two nodes; preempting. */
  VirtualRouterConfig ours(int node, int priority) {
    Transport transport =
        unicast
            ? new Transport.Unicast(List.of(Routers.address(own(3 - node))))
            : new Transport.Multicast();
    VirtualRouterConfig made =
        Routers.router(
            version, priority, interval(), transport, addresses().toArray(String[]::new));
    Optional<Secret> secret = password ? Optional.of(new Secret(PASSWORD)) : Optional.empty();
    return Routers.preempting(
        Routers.withWire(
            made,
            new Wire(
                version,
                interval(),
                transport,
                Optional.empty(),
                secret,
                Checksum.RFC5798,
                minHopLimit)));
  }

  @Override
  public String toString() {
    return "v%d %s %s"
        .formatted(version, ipv6 ? "IPv6" : "IPv4", unicast ? "unicast" : "multicast");
  }
}
