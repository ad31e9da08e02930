package dev.fairlead.config.hocon;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValueFactory;
import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.Configuration;
import dev.fairlead.config.IpText;
import dev.fairlead.config.ListenerConfig;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.config.ServerConfig.Administrative;
import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.config.VirtualRouterConfig.VirtualAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the flags of {@code fairlead run}: one frontend, one backend, at most one VIP a family. */
final class FlagForm {

  /** Our keys, and what the command line calls them. */
  private static final Map<String, String> FLAGS =
      Map.ofEntries(
          Map.entry("listen", "--listen"),
          Map.entry("servers", "--server"),
          Map.entry("check", "--check"),
          Map.entry("addresses", "--vip"),
          Map.entry("interface", "--interface"),
          Map.entry("router-id", "--router-id"),
          Map.entry("priority", "--priority"),
          Map.entry("password", "--password"),
          Map.entry("advertisement-interval", "--advertise"),
          Map.entry("version", "--vrrp"),
          Map.entry("preempt", "--preempt"),
          Map.entry("peers", "--peer"),
          Map.entry("control-socket", "--control-socket"),
          Map.entry("metrics", "--metrics"),
          Map.entry("probes", "--probes"));

  /** Flags that say nothing without a VIP. */
  private static final List<String> VIP_KEYS =
      List.of(
          "interface",
          "router-id",
          "priority",
          "password",
          "advertisement-interval",
          "version",
          "preempt",
          "peers");

  private final Reading reading;
  private final Section root;
  private final Defaults defaults;
  private final Section.Layer flags;
  private final Parts parts = new Parts();

  FlagForm(Reading reading, ConfigObject reference, RunFlags flags) {
    this.reading = reading;
    Section.Layer standard = new Section.Layer(reference, "");
    this.root = new Section(reading, List.of(admin(flags.admin()), standard));
    this.defaults = new Defaults(root.child("defaults"));
    this.flags = layer(flags);
  }

  private static Section.Layer admin(RunFlags.Admin flags) {
    Map<String, Object> values = new HashMap<>();
    flags.controlSocket().ifPresent(value -> values.put("control-socket", value));
    flags.metrics().ifPresent(value -> values.put("metrics", value));
    flags.probes().ifPresent(value -> values.put("probes", value));
    return new Section.Layer(
        ConfigValueFactory.fromMap(Map.of("admin", values), Place.COMMAND_LINE), "", FLAGS);
  }

  private Section.Layer layer(RunFlags flags) {
    Map<String, Object> values = new HashMap<>();
    Map<String, String> names = new HashMap<>(FLAGS);
    putAll(values, "listen", flags.listen());
    putAll(values, "servers", flags.servers());
    putAll(values, "addresses", flags.vips());
    putAll(values, "peers", flags.peers());
    flags.interfaceName().ifPresent(value -> values.put("interface", value));
    flags.routerId().ifPresent(value -> values.put("router-id", value));
    flags.priority().ifPresent(value -> values.put("priority", value));
    flags.advertise().ifPresent(value -> values.put("advertisement-interval", value));
    flags.vrrp().ifPresent(value -> values.put("version", value));
    flags.password().ifPresent(value -> values.put("password", value));
    values.put("check", Map.of("type", flags.check().orElse("tcp")));
    if (flags.preempt()) {
      values.put("preempt", true);
    }
    if (flags.passwordFile().isPresent()) {
      values.put("password", "file:" + flags.passwordFile().get());
      names.put("password", "--password-file");
    }
    if (flags.password().isPresent() && flags.passwordFile().isPresent()) {
      reading
          .findings()
          .error(
              "conflict",
              new Place("", 0, "--password-file"),
              "cannot be given together with --password");
    }
    return new Section.Layer(ConfigValueFactory.fromMap(values, Place.COMMAND_LINE), "", names);
  }

  private static void putAll(Map<String, Object> values, String key, List<String> list) {
    if (!list.isEmpty()) {
      values.put(key, list);
    }
  }

  Outcome read() {
    Section frontend = defaults.frontend().under(flags);
    List<Placed<ListenerConfig>> listeners = ListenerReader.read(frontend, "listen");
    new FrontendReader(reading)
        .build(
            ShortForm.NAME,
            ShortForm.NAME,
            frontend,
            listeners,
            new Place("", 0, "--listen"),
            parts);
    parts.backends.add(new Placed<>(backend(), new Place("", 0, "--server")));
    virtualRouters();
    Configuration configuration = FileForm.process(root, parts);
    new CrossCheck(reading, parts).run();
    return new Outcome(configuration);
  }

  private BackendConfig backend() {
    Section backend = defaults.backend().under(flags);
    List<Placed<ServerConfig>> servers = new ArrayList<>();
    for (Placed<InetSocketAddress> address :
        backend.list("servers", value -> BackendReader.socketAddress(value, 0))) {
      servers.add(
          new Placed<>(
              new ServerConfig(
                  IpText.text(address.value()),
                  address.value(),
                  1,
                  Administrative.READY,
                  Optional.empty()),
              address.place()));
    }
    // The short form's check, for its CA file; only the type is the command line's.
    Section check =
        new Section(reading, List.of(checkLayer()))
            .over(root.child("check"))
            .over(defaults.backend().child("check"));
    Place place = new Place("", 0, "--server");
    return new BackendReader(reading, defaults.server())
        .build(
            ShortForm.NAME,
            backend,
            servers,
            new CheckReader(check, reading.host(), new Place("", 0, "--check")),
            place);
  }

  private Section.Layer checkLayer() {
    return new Section.Layer(
        flags.object().toConfig().getObject("check"),
        "--check",
        Map.of("type", "--check", "ca-file", "--check"));
  }

  private void virtualRouters() {
    VirtualRouterReader reader =
        new VirtualRouterReader(
            reading,
            defaults.virtualAddress(),
            parts.frontendConfigs(),
            new TrackReader(reading, root, defaults));
    Section router = defaults.virtualRouter().under(flags);
    if (!flags.object().containsKey("addresses")) {
      for (String key : VIP_KEYS) {
        if (flags.object().containsKey(key)) {
          reading
              .findings()
              .error("conflict", new Place("", 0, flags.name(key)), "has no effect without --vip");
        }
      }
      return;
    }
    List<Placed<VirtualAddress>> vips = reader.addresses(router, "addresses");
    List<Placed<VirtualAddress>> ipv4 =
        vips.stream().filter(vip -> !VirtualRouterReader.isIpv6(vip)).toList();
    List<Placed<VirtualAddress>> ipv6 = vips.stream().filter(VirtualRouterReader::isIpv6).toList();
    for (List<Placed<VirtualAddress>> family : List.of(ipv4, ipv6)) {
      if (family.isEmpty()) {
        continue;
      }
      boolean isIpv6 = VirtualRouterReader.isIpv6(family.getFirst());
      VirtualRouterConfig config =
          reader.build(
              isIpv6 ? ShortForm.VIP6 : ShortForm.VIP4,
              router,
              family,
              new VirtualRouterReader.Derived(
                  Optional.empty(),
                  Optional.empty(),
                  Optional.empty(),
                  Optional.empty(),
                  isIpv6 && !ipv4.isEmpty()));
      parts.routers.add(new Placed<>(config, family.getFirst().place()));
    }
  }
}
