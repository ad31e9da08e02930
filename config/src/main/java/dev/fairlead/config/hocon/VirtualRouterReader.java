package dev.fairlead.config.hocon;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import dev.fairlead.config.DurationText;
import dev.fairlead.config.FrontendConfig;
import dev.fairlead.config.Host;
import dev.fairlead.config.Host.LocalAddress;
import dev.fairlead.config.IpText;
import dev.fairlead.config.Secret;
import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.config.VirtualRouterConfig.ArpForm;
import dev.fairlead.config.VirtualRouterConfig.Checksum;
import dev.fairlead.config.VirtualRouterConfig.DeadMan;
import dev.fairlead.config.VirtualRouterConfig.Election;
import dev.fairlead.config.VirtualRouterConfig.GratuitousArp;
import dev.fairlead.config.VirtualRouterConfig.InitialState;
import dev.fairlead.config.VirtualRouterConfig.LeaseFilter;
import dev.fairlead.config.VirtualRouterConfig.Scope;
import dev.fairlead.config.VirtualRouterConfig.Track;
import dev.fairlead.config.VirtualRouterConfig.Transport;
import dev.fairlead.config.VirtualRouterConfig.VirtualAddress;
import dev.fairlead.config.VirtualRouterConfig.Wire;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** Reads virtual routers, in all three forms, and asks the host whether they fit it. */
final class VirtualRouterReader {

  static final Map<String, Boolean> IS_UNICAST = isUnicast();

  /** Stands for an interface that nothing can be said about. */
  static final String UNKNOWN_INTERFACE = "?";

  /** Priority of the router whose own address the virtual address is. */
  private static final int OWNER = 255;

  /** That of a node whose servers, or whatever else is tracked, have failed. */
  private static final int LAST_RESORT = 1;

  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration MAX_V2 = Duration.ofSeconds(255);
  private static final Duration MIN_V3 = Duration.ofMillis(10);
  private static final Duration MAX_V3 = Duration.ofMillis(40_950);
  private static final Duration DAY = Duration.ofDays(1);
  private static final int MAX_PASSWORD_BYTES = 8;

  /** The count of addresses is one byte (RFC 3768, section 5.3.6). */
  private static final int MAX_IPV4_ADDRESSES = 255;

  /** An advertisement is one datagram: (1500 - 40 IPv6 - 8 VRRP) / 16. */
  private static final int MAX_IPV6_ADDRESSES = 90;

  /** IFNAMSIZ less the final NUL; a label has the same room. */
  private static final int MAX_INTERFACE_BYTES = 15;

  private final Reading reading;
  private final Host host;
  private final Section addressDefaults;
  private final List<FrontendConfig> frontends;
  private final TrackReader tracks;

  VirtualRouterReader(
      Reading reading,
      Section addressDefaults,
      List<FrontendConfig> frontends,
      TrackReader tracks) {
    this.tracks = tracks;
    this.reading = reading;
    this.host = reading.host();
    this.addressDefaults = addressDefaults;
    this.frontends = frontends;
  }

  private static Map<String, Boolean> isUnicast() {
    Map<String, Boolean> words = new LinkedHashMap<>();
    words.put("unicast", true);
    words.put("multicast", false);
    return words;
  }

  /**
   * What another form knows, where the long form must be told.
   *
   * @param interfaceName of this node's own address
   * @param priority by place
   * @param transport among the masters
   * @param source this node's own address, which the other masters expect advertisements from
   * @param passwordElsewhere whether another virtual router makes use of the password
   */
  record Derived(
      Optional<String> interfaceName,
      Optional<Integer> priority,
      Optional<Transport> transport,
      Optional<InetAddress> source,
      boolean passwordElsewhere) {

    static final Derived NOTHING =
        new Derived(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), false);
  }

  /** A named virtual router of the long form. */
  Optional<VirtualRouterConfig> read(String name, Section router) {
    List<Placed<VirtualAddress>> addresses = addresses(router, "addresses");
    if (addresses.isEmpty()) {
      if (!reading.findings().hasErrorAt(router.name("addresses"))) {
        reading
            .findings()
            .error("missing", router.place("addresses"), "must name at least one address");
      }
      settings(router);
      router.rejectUnknown();
      return Optional.empty();
    }
    boolean ipv6 = isIpv6(first(addresses));
    for (Placed<VirtualAddress> address : addresses) {
      if (isIpv6(address) != ipv6 && address.value().advertised()) {
        reading
            .findings()
            .error(
                "mixed-families",
                address.place(),
                "must be "
                    + (ipv6 ? "IPv6" : "IPv4")
                    + " as the first address is, but is "
                    + address.value(),
                "an IPv4 and an IPv6 address need two virtual routers, or advertised = false");
      }
    }
    VirtualRouterConfig config = build(name, router, addresses, Derived.NOTHING);
    router.rejectUnknown();
    return Optional.of(config);
  }

  /** All keys that do not depend on addresses; only to find what is wrong with the defaults. */
  void readDefaults(Section router, Section address) {
    for (Section.Item item : router.items("addresses")) {
      router.bad(item, "in a virtual router of its own", Optional.empty());
    }
    checkSettings(router);
    router.rejectUnknown();
    virtualAddress(address, address.find("address", VirtualRouterReader::cidr));
    address.rejectUnknown();
  }

  /** The first that is advertised: it says which family this is, and the router's id. */
  private static Placed<VirtualAddress> first(List<Placed<VirtualAddress>> addresses) {
    return addresses.stream()
        .filter(address -> address.value().advertised())
        .findFirst()
        .orElse(addresses.getFirst());
  }

  static boolean isIpv6(Placed<VirtualAddress> address) {
    return address.value().address() instanceof Inet6Address;
  }

  /** The virtual addresses under a key, plain or as sections. */
  List<Placed<VirtualAddress>> addresses(Section section, String key) {
    List<Placed<VirtualAddress>> addresses = new ArrayList<>();
    for (Section.Item item : section.items(key)) {
      Optional<Placed<VirtualAddress>> address;
      if (item.value() instanceof ConfigObject object) {
        Section nested = addressDefaults.under(new Section.Layer(object, item.name()));
        address =
            virtualAddress(nested, nested.find("address", VirtualRouterReader::cidr))
                .map(found -> new Placed<>(found, item.place()));
        if (address.isEmpty() && nested.written("address").isEmpty()) {
          reading.findings().error("missing", item.place(), "needs an address");
        }
        nested.rejectUnknown();
      } else {
        Section.Layer nothing = new Section.Layer(ConfigFactory.empty().root(), item.name());
        address =
            virtualAddress(
                    addressDefaults.under(nothing), section.item(item, VirtualRouterReader::cidr))
                .map(found -> new Placed<>(found, item.place()));
      }
      address.ifPresent(found -> addIfNew(addresses, found));
    }
    return addresses;
  }

  private void addIfNew(List<Placed<VirtualAddress>> addresses, Placed<VirtualAddress> address) {
    for (Placed<VirtualAddress> other : addresses) {
      if (other.value().address().equals(address.value().address())) {
        reading
            .findings()
            .error(
                "duplicate-address",
                address.place(),
                "must differ from the others, but "
                    + address.value()
                    + " is also "
                    + other.place().key());
        return;
      }
    }
    addresses.add(address);
  }

  /** An address, and what the section says about it beyond. */
  private Optional<VirtualAddress> virtualAddress(
      Section section, Optional<Placed<VirtualAddress>> address) {
    Optional<Placed<String>> label = section.find("label", VirtualRouterReader::label);
    Optional<Placed<String>> on = section.find("interface", VirtualRouterReader::interfaceName);
    on.ifPresent(this::requireInterface);
    Scope scope = section.choice("scope", Scalars.words(Scope.values()));
    boolean advertised = section.bool("advertised");
    if (address.isPresent() && isIpv6(address.get())) {
      label.ifPresent(found ->
          reading.findings().error("bad-value", found.place(), "is for IPv4 addresses only"));
      if (section.isGiven("scope")) {
        reading.findings().error("bad-value", section.place("scope"), "is for IPv4 addresses only");
      }
    }
    return address.map(found ->
        new VirtualAddress(
            found.value().address(),
            found.value().prefixLength(),
            label.map(Placed::value),
            on.map(Placed::value),
            scope,
            advertised));
  }

  private static Parsed<VirtualAddress> cidr(ConfigValue value) {
    String expected = "\"address/prefix\" such as \"10.0.0.10/24\" or \"fd00::10/64\"";
    return Scalars.scalar(
        value,
        expected,
        text -> {
          int slash = text.indexOf('/');
          String host = slash < 0 ? text : text.substring(0, slash);
          return Scalars.address(host)
              .value()
              .map(address -> cidr(address, slash < 0 ? "" : text.substring(slash + 1), expected))
              .orElse(Parsed.bad(expected));
        });
  }

  private static Parsed<VirtualAddress> cidr(InetAddress address, String prefix, String expected) {
    int bits = address.getAddress().length * 8;
    if (address.isAnyLocalAddress() || address.isMulticastAddress()) {
      return Parsed.bad("an address of one host");
    }
    Optional<Integer> length =
        prefix.isEmpty() ? Optional.of(bits) : Scalars.integer(prefix, 1, bits).value();
    return length
        .map(known ->
            Parsed.good(new VirtualAddress(address, known, Optional.empty(), Optional.empty())))
        .orElse(Parsed.bad(expected, "the prefix must be 1.." + bits));
  }

  private static Parsed<String> label(ConfigValue value) {
    String expected = "1.." + MAX_INTERFACE_BYTES + " bytes without spaces";
    return Scalars.scalar(
        value, expected, text -> isShortWord(text) ? Parsed.good(text) : Parsed.bad(expected));
  }

  static Parsed<String> interfaceName(ConfigValue value) {
    String expected = "the name of an interface";
    return Scalars.scalar(
        value,
        expected,
        text ->
            isShortWord(text) && text.indexOf('/') < 0
                ? Parsed.good(text)
                : Parsed.bad(expected, "1.." + MAX_INTERFACE_BYTES + " bytes"));
  }

  private static boolean isShortWord(String text) {
    int bytes = text.getBytes(StandardCharsets.UTF_8).length;
    return bytes > 0
        && bytes <= MAX_INTERFACE_BYTES
        && text.chars().noneMatch(c -> Character.isWhitespace(c) || Character.isISOControl(c));
  }

  private record Settings(
      boolean preempt,
      Duration preemptDelay,
      Duration startupDelay,
      InitialState initialState,
      Optional<String> syncGroup,
      Checksum checksum,
      int minHopLimit,
      GratuitousArp announcements,
      DeadMan deadMan,
      boolean resetSockets,
      Track track,
      int priority,
      Optional<Integer> routerId,
      Optional<Placed<Integer>> version,
      Duration interval,
      Optional<Placed<String>> interfaceName,
      Optional<Placed<InetAddress>> source,
      List<Placed<InetAddress>> peers,
      Optional<Placed<Boolean>> unicast,
      Optional<Secret> password) {}

  /** Those of the other nodes, as far as they were written. */
  static List<Integer> peerPriorities(Section router) {
    return router.list("peer-priorities", value -> Scalars.integer(value, 1, OWNER)).stream()
        .map(Placed::value)
        .toList();
  }

  /** Reads every key for its findings only. */
  void checkSettings(Section router) {
    settings(router);
  }

  /** Reads every key once, before anything is compared with anything. */
  private Settings settings(Section router) {
    Section garp = router.child("gratuitous-arp");
    GratuitousArp announcements =
        new GratuitousArp(
            garp.integer("count", 1, 100),
            garp.durationOrZero("second-delay", MIN_V3, DAY, "no second burst"),
            garp.durationOrZero("refresh", SECOND, DAY, "never"),
            garp.durationOrZero("repeat-delay", MIN_V3, DAY, "not repeated"),
            garp.durationOrZero("heartbeat", MIN_V3, DAY, "never"),
            garp.choice("form", Scalars.words(ArpForm.values())),
            garp.bool("router-flag"),
            garp.bool("defend"));
    garp.rejectUnknown();
    Settings settings =
        new Settings(
            router.bool("preempt"),
            router.durationOrZero("preempt-delay", Duration.ofMillis(1), DAY, "none"),
            router.durationOrZero("startup-delay", Duration.ofMillis(1), DAY, "none"),
            router.choice("initial-state", Scalars.words(InitialState.values())),
            syncGroup(router),
            router.choice("checksum", Scalars.words(Checksum.values())),
            router.integer("min-hop-limit", 0, Wire.DIRECT),
            announcements,
            new DeadMan(
                router.bool("address-lifetime"),
                router.choice("lease-filter", Scalars.words(LeaseFilter.values())),
                router.bool("clock-jump-is-pause")),
            router.bool("reset-sockets"),
            track(router.child("track")),
            router.integer("priority", 1, 255),
            router.find("router-id", value -> Scalars.integer(value, 1, 255)).map(Placed::value),
            router.find("version", VirtualRouterReader::version),
            router.duration("advertisement-interval", MIN_V3, MAX_V2),
            router.find("interface", VirtualRouterReader::interfaceName),
            router.find("source-address", Scalars::address),
            router.list("peers", Scalars::address),
            router.find("transport", value -> Scalars.choice(value, IS_UNICAST)),
            Texts.secret(router, "password", host));
    settings.interfaceName().ifPresent(this::requireInterface);
    return settings;
  }

  /** Builds one virtual router of addresses of one family. */
  VirtualRouterConfig build(
      String name, Section router, List<Placed<VirtualAddress>> addresses, Derived derived) {
    Settings settings = settings(router);
    boolean ipv6 = isIpv6(first(addresses));
    if (addresses.stream().noneMatch(address -> address.value().advertised())) {
      reading
          .findings()
          .error(
              "nothing-advertised",
              addresses.getFirst().place(),
              "must not be the only kind: one address at least must be advertised");
    }
    int version = version(router, settings, ipv6);
    int most = ipv6 ? MAX_IPV6_ADDRESSES : MAX_IPV4_ADDRESSES;
    if (addresses.size() > most) {
      reading
          .findings()
          .error(
              "too-many-addresses",
              addresses.get(most).place(),
              "does not fit into an advertisement: "
                  + addresses.size()
                  + " addresses, but at most "
                  + most);
    }

    int priority =
        router.written("priority").isPresent()
            ? settings.priority()
            : derived.priority().orElse(settings.priority());
    warnOfLastResort(router, priority);
    String interfaceName = interfaceName(router, settings, addresses, derived, priority);
    checkSource(settings, addresses, ipv6, priority);
    Duration interval = interval(router, settings, version);
    warnOfTwoHolders(router, settings.deadMan(), interval);
    Transport transport =
        derived.transport().orElseGet(() -> transport(router, settings, addresses, ipv6));
    return new VirtualRouterConfig(
        name,
        interfaceName,
        ipv6,
        routerId(router, settings, first(addresses)),
        new Election(
            priority,
            settings.preempt(),
            settings.preemptDelay(),
            settings.startupDelay(),
            settings.initialState(),
            settings.syncGroup()),
        new Wire(
            version,
            interval,
            transport,
            settings
                .source()
                .map(Placed::value)
                .or(derived::source)
                .or(() -> ownPeer(settings, addresses, transport, ipv6)),
            password(router, settings, version, derived.passwordElsewhere()),
            checksum(router, settings, version, ipv6),
            minHopLimit(router, settings, transport)),
        addresses.stream().map(Placed::value).toList(),
        settings.announcements(),
        settings.deadMan(),
        settings.resetSockets(),
        settings.track());
  }

  /** A healthy node that looks like an unhealthy one: their offers go to and fro between them. */
  private void warnOfLastResort(Section router, int priority) {
    if (priority == LAST_RESORT && router.written("priority").isPresent()) {
      reading
          .findings()
          .warning(
              "last-resort",
              router.place("priority"),
              "is 1, the priority of nodes that are unwell: the addresses move to and fro between"
                  + " this node and one of those",
              "2 or more");
    }
  }

  private void warnOfTwoHolders(Section router, DeadMan deadMan, Duration interval) {
    boolean isProtected =
        deadMan.filters(interval)
            || (deadMan.addressLifetime() && !DeadMan.isLifetimeTooCoarse(interval));
    if (!isProtected) {
      reading
          .findings()
          .warning(
              "two-holders",
              router.place(deadMan.addressLifetime() ? "lease-filter" : "address-lifetime"),
              "leaves two nodes that answer for the addresses, for "
                  + (deadMan.addressLifetime() ? "up to 1.35s" : "ever")
                  + ", when this process is killed or frozen",
              "lease-filter = auto"
                  + (deadMan.addressLifetime() ? "" : ", address-lifetime = true"));
    }
  }

  private Optional<String> syncGroup(Section router) {
    return router
        .find("sync-group", Scalars::text)
        .filter(name -> Names.require(reading.findings(), Optional.of(name.value()), name.place()))
        .map(Placed::value);
  }

  private Checksum checksum(Section router, Settings settings, int version, boolean ipv6) {
    if (router.isGiven("checksum") && (version == 2 || ipv6)) {
      reading
          .findings()
          .warning(
              "no-effect",
              router.place("checksum"),
              "has no effect: only VRRPv3 over IPv4 has more than one form");
    }
    return settings.checksum();
  }

  /** The RFCs leave no choice for multicast, and nobody routes it anyway. */
  private int minHopLimit(Section router, Settings settings, Transport transport) {
    if (transport instanceof Transport.Multicast) {
      if (router.isGiven("min-hop-limit") && settings.minHopLimit() != Wire.DIRECT) {
        reading
            .findings()
            .warning(
                "no-effect",
                router.place("min-hop-limit"),
                "has no effect: multicast advertisements must arrive with 255");
      }
      return Wire.DIRECT;
    }
    return settings.minHopLimit();
  }

  private static Parsed<Integer> version(ConfigValue value) {
    return Scalars.integer(value, 2, 3).expecting("2 or 3");
  }

  private int version(Section router, Settings settings, boolean ipv6) {
    int usual = ipv6 ? 3 : 2;
    if (settings.version().isEmpty()) {
      return usual;
    }
    Placed<Integer> version = settings.version().get();
    // The short form's `version` is about its IPv4 addresses.
    if (ipv6 && version.value() == 2) {
      if (!router.name("version").equals("version")) {
        reading
            .findings()
            .error("version", version.place(), "must be 3, but is 2: VRRPv2 has no IPv6 addresses");
      }
      return 3;
    }
    return version.value();
  }

  private Duration interval(Section router, Settings settings, int version) {
    Duration interval = settings.interval();
    if (version == 2 && (!Scalars.isWholeSeconds(interval) || interval.compareTo(SECOND) < 0)) {
      reading
          .findings()
          .error(
              "advertisement-interval",
              router.place("advertisement-interval"),
              "must be whole seconds 1s..255s with VRRPv2, but is " + DurationText.of(interval),
              "version 3 has shorter ones");
      return SECOND;
    }
    if (version == 3
        && (interval.compareTo(MAX_V3) > 0 || interval.toNanos() % MIN_V3.toNanos() != 0)) {
      reading
          .findings()
          .error(
              "advertisement-interval",
              router.place("advertisement-interval"),
              "must be 10ms..40950ms in steps of 10ms with VRRPv3, but is "
                  + DurationText.of(interval));
      return SECOND;
    }
    return interval;
  }

  private int routerId(Section router, Settings settings, Placed<VirtualAddress> first) {
    if (settings.routerId().isPresent()) {
      return settings.routerId().get();
    }
    byte[] address = first.value().address().getAddress();
    int last = address[address.length - 1] & 0xff;
    if (last == 0 && router.written("router-id").isEmpty()) {
      reading
          .findings()
          .error(
              "router-id",
              first.place().withKey(router.name("router-id")),
              "must be given (1..255): the last byte of "
                  + IpText.text(first.value().address())
                  + ", which it would be, is 0");
    }
    return Math.max(last, 1);
  }

  private Optional<Secret> password(
      Section router, Settings settings, int version, boolean passwordElsewhere) {
    Optional<Secret> password = settings.password();
    if (password.isEmpty()) {
      return password;
    }
    if (version == 3) {
      if (!passwordElsewhere) {
        reading
            .findings()
            .warning(
                "password-unused",
                router.place("password"),
                "is not used: VRRPv3 has no authentication");
      }
      return Optional.empty();
    }
    byte[] bytes = password.get().bytes();
    if (bytes.length <= MAX_PASSWORD_BYTES) {
      return password;
    }
    reading
        .findings()
        .warning(
            "password-cut",
            router.place("password"),
            "is longer than 8 bytes: VRRPv2 has room for the first 8 only, which are used");
    int end = MAX_PASSWORD_BYTES;
    // Not in the middle of a character.
    while ((bytes[end] & 0xc0) == 0x80) {
      end--;
    }
    return Optional.of(new Secret(new String(bytes, 0, end, StandardCharsets.UTF_8)));
  }

  private void requireInterface(Placed<String> name) {
    if (!host.hasInterface(name.value())) {
      reading
          .findings()
          .error(
              "no-interface",
              name.place(),
              "must be an interface of this host, but there is no "
                  + name.value()
                  + (interfaces().isEmpty() ? "" : "; it has " + String.join(", ", interfaces())));
    }
  }

  private SortedSet<String> interfaces() {
    SortedSet<String> names = new TreeSet<>();
    host.localAddresses().forEach(local -> names.add(local.interfaceName()));
    return names;
  }

  private String interfaceName(
      Section router,
      Settings settings,
      List<Placed<VirtualAddress>> all,
      Derived derived,
      int priority) {
    boolean ipv6 = isIpv6(first(all));
    List<Placed<VirtualAddress>> addresses =
        all.stream().filter(address -> isIpv6(address) == ipv6).toList();
    List<LocalAddress> networks =
        priority == OWNER ? host.localAddresses() : networksBut(addresses);
    Optional<String> known = settings.interfaceName().map(Placed::value).or(derived::interfaceName);
    if (known.isPresent()) {
      boolean explicit = settings.interfaceName().isPresent();
      if (host.hasInterface(known.get()) || known.get().equals(UNKNOWN_INTERFACE)) {
        addresses.forEach(address -> checkNetwork(address, known.get(), explicit, networks));
      }
      return known.get();
    }
    if (!host.known() || router.written("interface").isPresent()) {
      return UNKNOWN_INTERFACE;
    }
    Placed<VirtualAddress> first = first(addresses);
    SortedSet<String> candidates = new TreeSet<>();
    for (LocalAddress local : networks) {
      if (holds(local, first.value().address())) {
        candidates.add(local.interfaceName());
      }
    }
    if (candidates.size() == 1) {
      return candidates.first();
    }
    String ip = IpText.text(first.value().address());
    reading
        .findings()
        .error(
            "no-interface",
            first.place().withKey(router.name("interface")),
            candidates.isEmpty()
                ? "must be given: " + ip + " is outside every local network, " + list(networks)
                : "must be given: "
                    + ip
                    + " is in the networks of "
                    + String.join(", ", candidates));
    return UNKNOWN_INTERFACE;
  }

  /** A virtual address left over from an earlier run says nothing about the host's networks. */
  private List<LocalAddress> networksBut(List<Placed<VirtualAddress>> addresses) {
    return host.localAddresses().stream()
        .filter(local ->
            addresses.stream()
                .noneMatch(virtual -> virtual.value().address().equals(local.address())))
        .toList();
  }

  private static boolean holds(LocalAddress local, InetAddress address) {
    return IpText.sameNetwork(local.address(), address, local.prefixLength());
  }

  private void checkNetwork(
      Placed<VirtualAddress> address,
      String interfaceName,
      boolean explicit,
      List<LocalAddress> networks) {
    if (!host.known() || address.value().interfaceName().isPresent()) {
      return;
    }
    List<LocalAddress> holders =
        networks.stream().filter(local -> holds(local, address.value().address())).toList();
    String ip = IpText.text(address.value().address());
    if (holders.isEmpty() && explicit) {
      reading
          .findings()
          .warning(
              "outside-networks",
              address.place(),
              "is outside every local network: " + ip + ", " + list(networks));
    } else if (holders.isEmpty()) {
      reading
          .findings()
          .error(
              "outside-networks",
              address.place(),
              "must be in a local network, but " + ip + " is not, " + list(networks),
              "if this is meant, name the interface");
    } else if (!interfaceName.equals(UNKNOWN_INTERFACE)
        && holders.stream().noneMatch(local -> local.interfaceName().equals(interfaceName))) {
      reading
          .findings()
          .warning(
              "outside-networks",
              address.place(),
              "is in a network of "
                  + holders.getFirst().interfaceName()
                  + ", but will be added to "
                  + interfaceName);
    }
  }

  /** The local addresses, for messages. */
  static String list(List<LocalAddress> locals) {
    if (locals.isEmpty()) {
      return "this host has no address but loopback";
    }
    List<String> texts = new ArrayList<>();
    for (LocalAddress local : locals) {
      texts.add(
          IpText.text(local.address())
              + "/"
              + local.prefixLength()
              + " ("
              + local.interfaceName()
              + ")");
    }
    return "this host has " + String.join(", ", texts);
  }

  private void checkSource(
      Settings settings, List<Placed<VirtualAddress>> addresses, boolean ipv6, int priority) {
    if (settings.source().isEmpty()) {
      return;
    }
    Placed<InetAddress> source = settings.source().get();
    String ip = IpText.text(source.value());
    if (source.value() instanceof Inet6Address != ipv6) {
      reading
          .findings()
          .error(
              "bad-value",
              source.place(),
              "must be an " + (ipv6 ? "IPv6" : "IPv4") + " address, but is " + ip);
      return;
    }
    if (host.known() && !isLocal(source.value())) {
      reading
          .findings()
          .error(
              "not-local",
              source.place(),
              "must be a local address, but is " + ip + "; " + list(host.localAddresses()));
    }
    boolean owned =
        addresses.stream().anyMatch(virtual -> virtual.value().address().equals(source.value()));
    if (owned && priority != OWNER) {
      reading
          .findings()
          .error(
              "owner",
              source.place(),
              "must not be a virtual address unless this node owns it (priority 255), but is "
                  + ip);
    }
  }

  private Transport transport(
      Section router, Settings settings, List<Placed<VirtualAddress>> addresses, boolean ipv6) {
    List<InetAddress> peers = new ArrayList<>();
    for (Placed<InetAddress> peer : settings.peers()) {
      addPeer(peers, peer, addresses, ipv6);
    }
    boolean unicast = settings.unicast().map(Placed::value).orElse(!settings.peers().isEmpty());
    if (!unicast) {
      return new Transport.Multicast();
    }
    if (settings.peers().isEmpty() && !reading.findings().hasErrorAt(router.name("peers"))) {
      reading
          .findings()
          .error(
              "no-peers",
              router.place("transport"),
              "is unicast, which needs the peers' addresses");
    } else if (!settings.peers().isEmpty()
        && settings.peers().stream().allMatch(peer -> isLocal(peer.value()))) {
      reading
          .findings()
          .warning(
              "no-other-peer",
              router.place("peers"),
              "names this node only: nobody can take over the addresses");
    }
    return new Transport.Unicast(peers);
  }

  /**
   * This node among the peers. The list is the same on all nodes: it also says from which of
   * several addresses the others expect this one's advertisements, and refuse those from any other.
   */
  private Optional<InetAddress> ownPeer(
      Settings settings,
      List<Placed<VirtualAddress>> addresses,
      Transport transport,
      boolean ipv6) {
    if (!(transport instanceof Transport.Unicast)) {
      return Optional.empty();
    }
    return settings.peers().stream()
        .map(Placed::value)
        .filter(peer -> peer instanceof Inet6Address == ipv6)
        .filter(peer -> addresses.stream().noneMatch(v -> v.value().address().equals(peer)))
        .filter(this::isLocal)
        .findFirst();
  }

  private boolean isLocal(InetAddress address) {
    return host.localAddresses().stream().anyMatch(local -> local.address().equals(address));
  }

  private void addPeer(
      List<InetAddress> peers,
      Placed<InetAddress> peer,
      List<Placed<VirtualAddress>> addresses,
      boolean ipv6) {
    InetAddress address = peer.value();
    String ip = IpText.text(address);
    if (address instanceof Inet6Address != ipv6) {
      reading
          .findings()
          .error(
              "bad-value",
              peer.place(),
              "must be an " + (ipv6 ? "IPv6" : "IPv4") + " address, but is " + ip);
    } else if (addresses.stream().anyMatch(virtual -> virtual.value().address().equals(address))) {
      reading
          .findings()
          .error("bad-value", peer.place(), "must not be a virtual address, but is " + ip);
    } else if (peers.contains(address)) {
      reading
          .findings()
          .error("duplicate-address", peer.place(), "must name each peer once, but repeats " + ip);
    } else if (isLocal(address)) {
      reading.findings().note("own-peer", peer.place(), "is this node itself, and is left out");
    } else {
      peers.add(address);
    }
  }

  private Track track(Section track) {
    List<String> known = frontends.stream().map(FrontendConfig::name).toList();
    List<String> names = track.names("frontends", known, "a frontend");
    Track result =
        new Track(
            names,
            track.integer("min-usable-servers", 0, 10_000),
            track.durationOrZero(
                "max-event-loop-stall", Duration.ofMillis(100), DAY, "not tracked"),
            tracks.items(track));
    track.rejectUnknown();
    return result;
  }
}
