package dev.fairlead.config.hocon;

import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.Finding.Severity;
import dev.fairlead.config.FrontendConfig;
import dev.fairlead.config.IpText;
import dev.fairlead.config.ListenerConfig;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.config.VirtualRouterConfig.VirtualAddress;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What is wrong only in the company of something else: ports, names, references, VRIDs. */
final class CrossCheck {

  private final Findings findings;
  private final Reading reading;
  private final Parts parts;

  CrossCheck(Reading reading, Parts parts) {
    this.findings = reading.findings();
    this.reading = reading;
    this.parts = parts;
  }

  void run() {
    listeners();
    backendReferences();
    loops();
    routers();
    SyncGroupCheck.run(findings, parts.routers);
    tracks();
  }

  private void listeners() {
    for (int i = 0; i < parts.listeners.size(); i++) {
      Placed<ListenerConfig> later = parts.listeners.get(i);
      for (int j = 0; j < i; j++) {
        Placed<ListenerConfig> earlier = parts.listeners.get(j);
        if (earlier.value().overlaps(later.value())) {
          // Whoever chose the port is told, not whoever has it by default.
          boolean isDefault = later.place().file().equals(Section.REFERENCE);
          reportClash(isDefault ? earlier : later, isDefault ? later : earlier);
          break;
        }
      }
    }
  }

  private void reportClash(Placed<ListenerConfig> one, Placed<ListenerConfig> other) {
    findings.error(
        "port-clash",
        one.place(),
        "is " + one.value() + ", but " + other.place().key() + " is " + other.value());
  }

  private void backendReferences() {
    Set<String> known = new HashSet<>();
    parts.backends.forEach(backend -> known.add(backend.value().name()));
    Set<String> used = new HashSet<>();
    for (Placed<FrontendConfig> frontend : parts.frontends) {
      String backend = frontend.value().backend();
      used.add(backend);
      if (!known.contains(backend)) {
        findings.add(
            Severity.ERROR,
            "no-backend",
            frontend.place(),
            "leads to backend " + backend + ", which is not defined",
            Nearest.to(backend, known).map(near -> "did you mean " + near + "?"));
      }
    }
    for (Placed<BackendConfig> backend : parts.backends) {
      if (!used.contains(backend.value().name())) {
        findings.warning("unused-backend", backend.place(), "is used by no frontend");
      }
    }
  }

  /** A server that is one of our own listeners would send every connection round in circles. */
  private void loops() {
    for (Placed<BackendConfig> backend : parts.backends) {
      for (ServerConfig server : backend.value().servers()) {
        for (Placed<ListenerConfig> listener : parts.listeners) {
          if (leadsTo(server, listener.value())) {
            findings.error(
                "loop",
                listener.place(),
                "is "
                    + listener.value()
                    + ", where server "
                    + server.name()
                    + " of backend "
                    + backend.value().name()
                    + " listens itself",
                "choose another port");
          }
        }
      }
    }
  }

  private boolean leadsTo(ServerConfig server, ListenerConfig listener) {
    // What a name stands for is not known here.
    if (server.address().isUnresolved() || server.address().getPort() != listener.port()) {
      return false;
    }
    InetAddress address = server.address().getAddress();
    String text = IpText.text(address);
    return listener.address().equals(text)
        || (listener.covers(text)
            && (address.isLoopbackAddress()
                || reading.host().localAddresses().stream()
                    .anyMatch(local -> local.address().equals(address))));
  }

  private void routers() {
    Map<String, Placed<VirtualRouterConfig>> byIdentity = new HashMap<>();
    Map<InetAddress, Placed<VirtualRouterConfig>> byAddress = new HashMap<>();
    for (Placed<VirtualRouterConfig> router : parts.routers) {
      VirtualRouterConfig config = router.value();
      String family = config.ipv6() ? "IPv6" : "IPv4";
      Optional<Placed<VirtualRouterConfig>> twin =
          config.interfaceName().equals(VirtualRouterReader.UNKNOWN_INTERFACE)
              ? Optional.empty()
              : Optional.ofNullable(
                  byIdentity.putIfAbsent(
                      config.interfaceName() + " " + family + " " + config.routerId(), router));
      twin.ifPresent(other ->
          findings.error(
              "duplicate-router-id",
              router.place(),
              "has router-id "
                  + config.routerId()
                  + " on "
                  + config.interfaceName()
                  + " ("
                  + family
                  + "), which "
                  + other.place().key()
                  + " has as well"));
      for (VirtualAddress address : config.addresses()) {
        Placed<VirtualRouterConfig> other = byAddress.putIfAbsent(address.address(), router);
        if (other != null && !other.equals(router)) {
          findings.error(
              "duplicate-address",
              router.place(),
              "has the address "
                  + IpText.text(address.address())
                  + ", which "
                  + other.place().key()
                  + " has as well");
        }
      }
    }
  }

  private void tracks() {
    for (Placed<VirtualRouterConfig> router : parts.routers) {
      int wanted = router.value().track().minUsableServers();
      for (String name : router.value().track().frontends()) {
        List<Integer> sizes =
            parts.frontends.stream()
                .filter(frontend -> frontend.value().name().equals(name))
                .flatMap(frontend ->
                    parts.backends.stream()
                        .filter(b -> b.value().name().equals(frontend.value().backend())))
                .map(backend -> most(backend.value()))
                .toList();
        if (!sizes.isEmpty() && sizes.getFirst() > 0 && sizes.getFirst() < wanted) {
          findings.error(
              "track",
              router.place(),
              "wants "
                  + wanted
                  + " usable servers behind frontend "
                  + name
                  + ", which has "
                  + sizes.getFirst());
          break;
        }
      }
    }
  }

  /** A name may stand for many servers. */
  private static int most(BackendConfig backend) {
    return backend.servers().stream()
        .mapToInt(server -> server.isNamed() ? backend.supervision().resolve().maxAddresses() : 1)
        .sum();
  }
}
