package dev.fairlead.config.hocon;

import dev.fairlead.config.Host.LocalAddress;
import dev.fairlead.config.IpText;
import dev.fairlead.config.ListenerConfig;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.config.ServerConfig.Administrative;
import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.config.VirtualRouterConfig.Transport;
import dev.fairlead.config.VirtualRouterConfig.VirtualAddress;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The short form: a VIP and the masters say everything else, in one file for all of them. It
 * defines the frontend, the backend and the virtual routers that the long form would have to.
 */
final class ShortForm {

  /** Of the frontend and of the backend. */
  static final String NAME = "api";

  static final String VIP4 = "vip";
  static final String VIP6 = "vip6";

  /** Keys that mean something only in the short form. */
  private static final List<String> KEYS =
      List.of(
          "masters",
          "vip",
          "node",
          "password",
          "listen",
          "server-port",
          "check",
          "interface",
          "router-id",
          "priority",
          "version",
          "transport",
          "advertisement-interval",
          "preempt",
          "preempt-delay");

  /** Of those, the ones that concern the virtual IP alone. */
  private static final List<String> VIP_KEYS =
      List.of(
          "node",
          "password",
          "interface",
          "router-id",
          "priority",
          "version",
          "transport",
          "advertisement-interval",
          "preempt",
          "preempt-delay");

  private final Reading reading;
  private final Section root;
  private final Defaults defaults;
  private final Set<String> userKeys;
  private List<Placed<InetAddress>> masters = List.of();

  /**
   * @param userKeys what users wrote at the top
   */
  ShortForm(Reading reading, Section root, Defaults defaults, Set<String> userKeys) {
    this.userKeys = userKeys;
    this.reading = reading;
    this.root = root;
    this.defaults = defaults;
  }

  /** Whether any of its keys was written; masters must be among them. */
  boolean isWritten() {
    List<String> written = KEYS.stream().filter(this::wrote).toList();
    if (!written.isEmpty() && !wrote("masters")) {
      reading
          .findings()
          .error(
              "missing",
              root.place(written.getFirst()).withKey("masters"),
              "must be given with " + written.getFirst() + ", which is the short form",
              "masters = [\"10.0.0.1\", \"10.0.0.2\", \"10.0.0.3\"]");
    }
    return !written.isEmpty();
  }

  // A key may have a user's value without being written: listen follows defaults.frontend.listen.
  // A copy of the reference, where all are written but say nothing new, is not the short form.
  private boolean wrote(String key) {
    return root.isChanged(key) && userKeys.contains(key);
  }

  boolean defines(String router) {
    return router.equals(VIP4) || router.equals(VIP6);
  }

  void readFrontendAndBackend(FrontendReader frontends, BackendReader backends, Parts parts) {
    masters = masters();
    Place place = root.place("masters");
    List<Placed<ListenerConfig>> listeners = ListenerReader.read(root, "listen");
    frontends.build(NAME, NAME, defaults.frontend(), listeners, place.withKey("masters"), parts);

    int port = root.integer("server-port", 1, 65_535);
    CheckReader check =
        new CheckReader(
            root.child("check", "type").over(defaults.backend().child("check", "type")),
            reading.host(),
            place);
    Optional<Integer> checkPort = check.port();
    List<Placed<ServerConfig>> servers = new ArrayList<>();
    for (Placed<InetAddress> master : masters) {
      servers.add(
          new Placed<>(
              new ServerConfig(
                  IpText.text(master.value()),
                  new InetSocketAddress(master.value(), port),
                  defaults.server().integer("weight", 0, 256),
                  defaults.server().choice("state", Scalars.words(Administrative.values())),
                  checkPort.map(other -> new InetSocketAddress(master.value(), other)),
                  defaults.server().bool("backup"),
                  PlacementReader.maxConnections(defaults.server()),
                  Optional.empty()),
              master.place()));
    }
    parts.backends.add(
        new Placed<>(backends.build(NAME, defaults.backend(), servers, check, place), place));
  }

  private List<Placed<InetAddress>> masters() {
    List<Placed<InetAddress>> masters = new ArrayList<>();
    for (Placed<InetAddress> master : root.list("masters", Scalars::address)) {
      Optional<Placed<InetAddress>> other =
          masters.stream().filter(known -> known.value().equals(master.value())).findFirst();
      if (other.isPresent()) {
        reading
            .findings()
            .error(
                "duplicate-address",
                master.place(),
                "must name each master once, but repeats " + IpText.text(master.value()));
        continue;
      }
      if (!masters.isEmpty()
          && masters.getFirst().value() instanceof Inet6Address
              != master.value() instanceof Inet6Address) {
        reading
            .findings()
            .error(
                "mixed-families",
                master.place(),
                "must be of the same family as the first master, but is "
                    + IpText.text(master.value()));
        continue;
      }
      masters.add(master);
    }
    return masters;
  }

  void readVirtualRouters(VirtualRouterReader routers, Parts parts) {
    Section router = defaults.virtualRouter().under(root.firstLayer());
    List<Placed<VirtualAddress>> vips = vips(routers);
    if (vips.isEmpty()) {
      routers.checkSettings(router);
      warnOfUnused();
      return;
    }
    if (masters.isEmpty()) {
      return;
    }
    Optional<Integer> self = identify(vips);
    Optional<String> interfaceName = self.flatMap(index -> interfaceOf(router, index));
    List<Placed<VirtualAddress>> ipv4 =
        vips.stream().filter(vip -> !VirtualRouterReader.isIpv6(vip)).toList();
    List<Placed<VirtualAddress>> ipv6 = vips.stream().filter(VirtualRouterReader::isIpv6).toList();
    // Who we are may be unknown, and reported: the rest is judged as if we were the first.
    int index = self.orElse(0);
    for (List<Placed<VirtualAddress>> family : List.of(ipv4, ipv6)) {
      if (family.isEmpty()) {
        continue;
      }
      boolean isIpv6 = VirtualRouterReader.isIpv6(family.getFirst());
      Transport transport = transport(router, isIpv6, index, family.getFirst().place());
      VirtualRouterConfig config =
          routers.build(
              isIpv6 ? VIP6 : VIP4,
              router,
              family,
              new VirtualRouterReader.Derived(
                  interfaceName.or(() -> Optional.of(VirtualRouterReader.UNKNOWN_INTERFACE)),
                  Optional.of(priority(index)),
                  Optional.of(transport),
                  self.flatMap(own -> source(masters.get(own).value(), isIpv6, transport)),
                  isIpv6 && !ipv4.isEmpty()));
      parts.routers.add(new Placed<>(config, family.getFirst().place()));
      parts.peerPriorities.put(config.name(), peerPriorities(router, index));
    }
  }

  /** By place, as those of the others follow from this file; not where this node's was written. */
  private List<Integer> peerPriorities(Section router, int self) {
    List<Integer> written = VirtualRouterReader.peerPriorities(router);
    if (!written.isEmpty() || router.written("priority").isPresent()) {
      return written;
    }
    List<Integer> others = new ArrayList<>();
    for (int i = 0; i < masters.size(); i++) {
      if (i != self) {
        others.add(priority(i));
      }
    }
    return others;
  }

  private static int priority(int place) {
    return Math.max(1, 100 - 10 * place);
  }

  private List<Placed<VirtualAddress>> vips(VirtualRouterReader routers) {
    List<Placed<VirtualAddress>> vips = new ArrayList<>();
    for (Placed<VirtualAddress> vip : routers.addresses(root, "vip")) {
      if (masters.stream().anyMatch(m -> m.value().equals(vip.value().address()))) {
        reading
            .findings()
            .error(
                "owner",
                vip.place(),
                "must be an address of its own, but "
                    + IpText.text(vip.value().address())
                    + " is one of the masters");
      } else {
        vips.add(vip);
      }
    }
    return vips;
  }

  private void warnOfUnused() {
    if (root.written("vip").isPresent()) {
      return;
    }
    for (String key : VIP_KEYS) {
      root.written(key)
          .ifPresent(item ->
              reading.findings().warning("no-effect", item.place(), "has no effect without vip"));
    }
  }

  /** Index of this node among the masters; empty when there is no telling, which is reported. */
  private Optional<Integer> identify(List<Placed<VirtualAddress>> vips) {
    Optional<Placed<InetAddress>> node = root.find("node", Scalars::address);
    if (node.isPresent()) {
      Optional<Integer> index = indexOf(node.get().value());
      if (index.isEmpty()) {
        reading
            .findings()
            .error(
                "node",
                node.get().place(),
                "must be one of the masters, but is " + IpText.text(node.get().value()));
      }
      return index;
    }
    Place place = root.place("masters");
    if (wrote("node")) {
      return Optional.empty();
    }
    if (!reading.host().known()) {
      reading
          .findings()
          .note(
              "node",
              place,
              "are read as on the first of them, "
                  + IpText.text(masters.getFirst().value())
                  + ", since nothing is asked of this host");
      return Optional.of(0);
    }
    // A virtual address may still be here from an earlier run; it says nothing about who we are.
    List<LocalAddress> locals =
        reading.host().localAddresses().stream()
            .filter(
                local -> vips.stream().noneMatch(v -> v.value().address().equals(local.address())))
            .toList();
    List<Integer> own = new ArrayList<>();
    for (int i = 0; i < masters.size(); i++) {
      InetAddress master = masters.get(i).value();
      if (locals.stream().anyMatch(local -> local.address().equals(master))) {
        own.add(i);
      }
    }
    if (own.size() == 1) {
      return Optional.of(own.getFirst());
    }
    reading
        .findings()
        .error(
            "node",
            place,
            "must contain exactly one address of this host, but "
                + (own.isEmpty() ? "contains none; " : "contains " + texts(own) + "; ")
                + VirtualRouterReader.list(locals),
            "node = ADDRESS says which of the masters this node is");
    return Optional.empty();
  }

  private String texts(List<Integer> indexes) {
    return String.join(
        ", ", indexes.stream().map(i -> IpText.text(masters.get(i).value())).toList());
  }

  private Optional<Integer> indexOf(InetAddress address) {
    for (int i = 0; i < masters.size(); i++) {
      if (masters.get(i).value().equals(address)) {
        return Optional.of(i);
      }
    }
    return Optional.empty();
  }

  private Optional<String> interfaceOf(Section router, int index) {
    InetAddress address = masters.get(index).value();
    Optional<String> holder =
        reading.host().localAddresses().stream()
            .filter(local -> local.address().equals(address))
            .map(LocalAddress::interfaceName)
            .findFirst();
    if (holder.isEmpty() && reading.host().known() && router.written("interface").isEmpty()) {
      reading
          .findings()
          .error(
              "no-interface",
              root.place("node").withKey("interface"),
              "must be given: "
                  + IpText.text(address)
                  + " is not a local address; "
                  + VirtualRouterReader.list(reading.host().localAddresses()));
    }
    return holder;
  }

  /**
   * The address by which the other masters know this one; they refuse advertisements from any other
   * that its interface may have. Only IPv6 multicast comes from link-local addresses instead.
   */
  private Optional<InetAddress> source(InetAddress own, boolean ipv6, Transport transport) {
    boolean fits =
        own instanceof Inet6Address == ipv6 && (!ipv6 || transport instanceof Transport.Unicast);
    return Optional.of(own)
        .filter(address -> fits)
        .filter(address ->
            reading.host().localAddresses().stream()
                .anyMatch(local -> local.address().equals(address)));
  }

  private Transport transport(Section router, boolean ipv6, int self, Place vip) {
    boolean unicast =
        router
            .find("transport", value -> Scalars.choice(value, VirtualRouterReader.IS_UNICAST))
            .map(Placed::value)
            .orElse(true);
    Place place = root.place("masters");
    if (masters.size() == 1) {
      reading
          .findings()
          .warning("one-master", place, "names one master only: nobody can take over the VIP");
      return new Transport.Multicast();
    }
    if (!unicast) {
      return new Transport.Multicast();
    }
    if (masters.getFirst().value() instanceof Inet6Address != ipv6) {
      reading
          .findings()
          .note(
              "transport",
              vip,
              "is advertised by multicast: the masters have no "
                  + (ipv6 ? "IPv6" : "IPv4")
                  + " addresses here");
      return new Transport.Multicast();
    }
    reading
        .findings()
        .note(
            "unicast",
            place,
            "exchange VRRP by unicast, which a keepalived that uses multicast does not hear",
            "transport = multicast while migrating");
    List<InetAddress> peers = new ArrayList<>();
    for (int i = 0; i < masters.size(); i++) {
      if (i != self) {
        peers.add(masters.get(i).value());
      }
    }
    return new Transport.Unicast(peers);
  }
}
