package dev.fairlead.config.hocon;

import com.typesafe.config.ConfigValue;
import dev.fairlead.config.Host;
import dev.fairlead.config.IpText;
import dev.fairlead.config.OutgoingConfig;
import dev.fairlead.config.OutgoingConfig.SendProxyConfig;
import dev.fairlead.config.OutgoingConfig.Source;
import dev.fairlead.config.ProxyVersion;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads how a backend's connections to its servers leave this node. */
final class OutgoingReader {

  private static final String SOURCE =
      "client, \"address\", \"address:port-port\" or \"*:port-port\" such as \"10.0.0.1\" or"
          + " \"10.0.0.1:20000-30000\"";

  private final Reading reading;
  private final Section backend;

  OutgoingReader(Reading reading, Section backend) {
    this.reading = reading;
    this.backend = backend;
  }

  OutgoingConfig read() {
    boolean fastOpen = backend.bool("fast-open");
    if (fastOpen) {
      EntranceReader.warnOfFastOpen(reading, backend.place("fast-open"), Host.FAST_OPEN_CLIENT);
    }
    return new OutgoingConfig(
        SocketReader.read(reading, backend.child("socket")),
        fastOpen,
        source(),
        sendProxy(backend.child("send-proxy", "version")));
  }

  private Optional<SendProxyConfig> sendProxy(Section send) {
    Map<String, Optional<ProxyVersion>> versions = new LinkedHashMap<>();
    versions.put("none", Optional.empty());
    versions.put("v1", Optional.of(ProxyVersion.V1));
    versions.put("v2", Optional.of(ProxyVersion.V2));
    Map<String, Boolean> tlvs = new LinkedHashMap<>();
    tlvs.put("drop", false);
    tlvs.put("pass", true);
    Optional<ProxyVersion> version = send.choice("version", versions);
    boolean pass = send.choice("tlvs", tlvs);
    boolean crc = send.bool("crc32c");
    SendProxyConfig.Checks checks =
        send.choice("checks", Scalars.words(SendProxyConfig.Checks.values()));
    for (String key : List.of("tlvs", "crc32c")) {
      if (send.isGiven(key) && version.isPresent() && version.get() == ProxyVersion.V1) {
        reading
            .findings()
            .error("conflict", send.place(key), "needs version = v2: version 1 has no such thing");
      }
    }
    if (version.isEmpty() && send.isGiven("checks") && send.written("version").isEmpty()) {
      reading.findings().error("missing", send.here(), "needs a version", "version = v2");
    }
    send.rejectUnknown();
    return version.map(known -> new SendProxyConfig(known, pass, crc, checks));
  }

  /** One address of each family at most; ports, where there are any, are the same for both. */
  private Source source() {
    Source all = Source.ANY;
    for (Placed<Source> one : backend.list("source", OutgoingReader::source)) {
      Source next = one.value();
      boolean isFirst = all.equals(Source.ANY);
      boolean clash =
          !isFirst
              && (all.client()
                  || next.client()
                  || (all.ipv4().isPresent() && next.ipv4().isPresent())
                  || (all.ipv6().isPresent() && next.ipv6().isPresent())
                  || all.firstPort() != next.firstPort()
                  || all.lastPort() != next.lastPort());
      if (clash) {
        reading
            .findings()
            .error(
                "conflict",
                one.place(),
                "must be client alone, or one address for each family with the same ports");
        continue;
      }
      all =
          isFirst
              ? next
              : new Source(
                  false,
                  all.ipv4().or(next::ipv4),
                  all.ipv6().or(next::ipv6),
                  next.firstPort(),
                  next.lastPort());
      warnOfForeign(one);
    }
    return all;
  }

  /** It may be a virtual address that is elsewhere at the moment, so this is no error. */
  private void warnOfForeign(Placed<Source> source) {
    Optional<InetAddress> address = source.value().ipv4().or(source.value()::ipv6);
    if (address.isPresent()
        && reading.host().known()
        && !address.get().isLoopbackAddress()
        && reading.host().localAddresses().stream()
            .noneMatch(local -> local.address().equals(address.get()))) {
      reading
          .findings()
          .warning(
              "foreign-source",
              source.place(),
              "is "
                  + IpText.text(address.get())
                  + ", which is not an address of this host now: until it is, no server can be"
                  + " connected to");
    }
  }

  private static Parsed<Source> source(ConfigValue value) {
    return Scalars.scalar(value, SOURCE, OutgoingReader::source);
  }

  private static Parsed<Source> source(String text) {
    if (text.equals("client")) {
      return Parsed.good(new Source(true, Optional.empty(), Optional.empty(), 0, 0));
    }
    String host = text;
    int first = 0;
    int last = 0;
    boolean bare = IpText.parse(text).isPresent();
    int colon = bare ? -1 : text.lastIndexOf(':');
    if (colon >= 0 && !text.endsWith("]")) {
      String ports = text.substring(colon + 1);
      host = text.substring(0, colon);
      int dash = ports.indexOf('-');
      Optional<Integer> from =
          Scalars.integer(dash < 0 ? ports : ports.substring(0, dash), 1, 65_535).value();
      Optional<Integer> until =
          dash < 0 ? from : Scalars.integer(ports.substring(dash + 1), 1, 65_535).value();
      if (from.isEmpty() || until.isEmpty()) {
        return Parsed.bad(SOURCE, "ports are 1..65535");
      }
      if (from.get() > until.get()) {
        return Parsed.bad(SOURCE, "the lower port comes first");
      }
      first = from.get();
      last = until.get();
    }
    if (host.equals("*") && first > 0) {
      return Parsed.good(new Source(false, Optional.empty(), Optional.empty(), first, last));
    }
    int firstPort = first;
    int lastPort = last;
    return Scalars.address(host)
        .expecting(SOURCE)
        .then(address -> {
          boolean ipv6 = address instanceof Inet6Address;
          return Parsed.good(
              new Source(
                  false,
                  ipv6 ? Optional.empty() : Optional.of(address),
                  ipv6 ? Optional.of(address) : Optional.empty(),
                  firstPort,
                  lastPort));
        });
  }
}
