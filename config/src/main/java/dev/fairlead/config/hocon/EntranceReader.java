package dev.fairlead.config.hocon;

import com.typesafe.config.ConfigValue;
import dev.fairlead.config.EntranceConfig;
import dev.fairlead.config.EntranceConfig.AcceptProxyConfig;
import dev.fairlead.config.EntranceConfig.UnixSocketConfig;
import dev.fairlead.config.Host;
import dev.fairlead.config.ListenerConfig;
import dev.fairlead.config.SourceLimitsConfig;
import dev.fairlead.config.SourceLimitsConfig.WhenFull;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads what a frontend's listeners are beyond an address, and whom they let in. */
final class EntranceReader {

  /** When all are known, that is 11 MiB of a heap of 64. */
  private static final int MOST_SOURCES = 256 << 10;

  private final Reading reading;
  private final Section frontend;

  EntranceReader(Reading reading, Section frontend) {
    this.reading = reading;
    this.frontend = frontend;
  }

  /** The same listeners, with those for every address reduced to IPv6 where that is wanted. */
  List<Placed<ListenerConfig>> families(List<Placed<ListenerConfig>> listeners) {
    if (!frontend.bool("v6only")) {
      return listeners;
    }
    return listeners.stream()
        .map(one ->
            one.value().address().equals(ListenerConfig.ANY)
                ? new Placed<>(
                    new ListenerConfig(ListenerConfig.ANY_IPV6, one.value().port()), one.place())
                : one)
        .toList();
  }

  EntranceConfig read(List<Placed<ListenerConfig>> listeners) {
    UnixSocketConfig unix = unix(frontend.child("unix"));
    Optional<AcceptProxyConfig> acceptProxy = acceptProxy(frontend.child("accept-proxy", "on"));
    int fastOpen = frontend.integer("fast-open", 0, 65_535);
    if (fastOpen > 0) {
      warnOfFastOpen(reading, frontend.place("fast-open"), Host.FAST_OPEN_SERVER);
    }
    if (listeners.stream().allMatch(one -> one.value().isUnix())) {
      rejectOnUnix(listeners);
    }
    return new EntranceConfig(
        SocketReader.read(reading, frontend.child("socket")),
        frontend.bool("transparent"),
        fastOpen,
        unix,
        acceptProxy,
        new AccessReader(reading, frontend).read("allow", Optional.of("deny")),
        limits(frontend.child("source-limits")));
  }

  /** Who comes through a unix socket has no address. */
  private void rejectOnUnix(List<Placed<ListenerConfig>> listeners) {
    if (listeners.isEmpty() || frontend.child("accept-proxy", "on").bool("on")) {
      return;
    }
    for (String key : List.of("allow", "deny")) {
      if (frontend.isGiven(key)) {
        reading
            .findings()
            .error(
                "no-address",
                frontend.place(key),
                "has no meaning: clients of a unix socket have no address",
                "use unix.mode and unix.group, or accept-proxy");
      }
    }
  }

  static void warnOfFastOpen(Reading reading, Place place, int bit) {
    int setting = reading.host().tcpFastOpen();
    if ((setting & bit) == 0) {
      reading
          .findings()
          .warning(
              "fast-open",
              place,
              "has no effect: the kernel's net.ipv4.tcp_fastopen is " + setting,
              "sysctl -w net.ipv4.tcp_fastopen=" + (setting | bit));
    }
  }

  private Optional<AcceptProxyConfig> acceptProxy(Section accept) {
    boolean on = accept.bool("on");
    Map<String, Boolean> others = new LinkedHashMap<>();
    others.put("accept", false);
    others.put("reject", true);
    AcceptProxyConfig config =
        new AcceptProxyConfig(
            new AccessReader(reading, accept).read("from", Optional.empty()),
            accept.choice("others", others),
            accept.duration("timeout", BackendReader.MILLISECOND, Duration.ofMinutes(10)));
    accept.rejectUnknown();
    if (!on && accept.isGiven("from") && accept.written("on").isEmpty()) {
      reading
          .findings()
          .error("missing", accept.here(), "is off", "on = true, or leave it out altogether");
    }
    return on ? Optional.of(config) : Optional.empty();
  }

  private static SourceLimitsConfig limits(Section limits) {
    SourceLimitsConfig config =
        new SourceLimitsConfig(
            limits.integer("max-connections", 0, 10_000_000),
            // The table counts in 20 bits.
            limits.integer("rate", 0, 1_000_000),
            limits.duration("per", Duration.ofMillis(100), Duration.ofHours(1)),
            limits.integer("size", 1, MOST_SOURCES),
            limits.integer("ipv4-prefix", 1, 32),
            limits.integer("ipv6-prefix", 1, 128),
            limits.choice("when-full", Scalars.words(WhenFull.values())));
    limits.rejectUnknown();
    return config;
  }

  private UnixSocketConfig unix(Section unix) {
    Optional<Placed<String>> user = unix.find("user", Scalars::text);
    user.filter(name -> !reading.host().hasUser(name.value()))
        .ifPresent(name ->
            reading
                .findings()
                .error("no-user", name.place(), "must be a user here, but is " + name.value()));
    Optional<Placed<String>> group = unix.find("group", Scalars::text);
    group
        .filter(name -> !reading.host().hasGroup(name.value()))
        .ifPresent(name ->
            reading
                .findings()
                .error("no-group", name.place(), "must be a group here, but is " + name.value()));
    UnixSocketConfig config =
        new UnixSocketConfig(
            unix.value("mode", EntranceReader::mode),
            user.map(Placed::value),
            group.map(Placed::value));
    unix.rejectUnknown();
    return config;
  }

  private static Parsed<Integer> mode(ConfigValue value) {
    String expected = "permissions such as \"0660\"";
    return Scalars.scalar(
        value,
        expected,
        text ->
            text.matches("0?[0-7]{3}")
                ? Parsed.good(Integer.parseInt(text, 8))
                : Parsed.bad(expected));
  }
}
