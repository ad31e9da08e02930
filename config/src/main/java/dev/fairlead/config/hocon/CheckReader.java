package dev.fairlead.config.hocon;

import com.typesafe.config.ConfigValue;
import dev.fairlead.config.DurationText;
import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.config.HealthCheckConfig.StatusRange;
import dev.fairlead.config.HealthCheckConfig.Timing;
import dev.fairlead.config.HealthCheckConfig.TlsSettings;
import dev.fairlead.config.Host;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads a {@code check { … }} section. */
final class CheckReader {

  private enum Type {
    NONE,
    TCP,
    TLS,
    HTTP,
    HTTPS,
    COMMAND;

    boolean isTls() {
      return this == TLS || this == HTTPS;
    }

    boolean isHttp() {
      return this == HTTP || this == HTTPS;
    }
  }

  private static final Set<String> TLS_KEYS =
      Set.of("ca-file", "server-name", "client-certificate", "client-key");
  private static final Set<String> HTTP_KEYS =
      Set.of(
          "path",
          "fallback-path",
          "host",
          "expect",
          "bearer-token-file",
          "checks-per-connection",
          "startup-grace");

  private static final Duration MILLISECOND = Duration.ofMillis(1);
  private static final Duration HOUR = Duration.ofHours(1);

  private final Section check;
  private final Host host;
  private final Place fallbackPlace;
  private final boolean isTemplate;

  /**
   * @param fallbackPlace where a finding points to when the section was not written at all
   */
  CheckReader(Section check, Host host, Place fallbackPlace) {
    this(check, host, fallbackPlace, false);
  }

  private CheckReader(Section check, Host host, Place fallbackPlace, boolean isTemplate) {
    this.isTemplate = isTemplate;
    this.check = check;
    this.host = host;
    this.fallbackPlace = fallbackPlace;
  }

  /** For the defaults, which are no check of their own: what has no effect there may elsewhere. */
  static CheckReader ofTemplate(Section check, Host host) {
    return new CheckReader(check, host, check.here(), true);
  }

  boolean isTemplate() {
    return isTemplate;
  }

  HealthCheckConfig read() {
    Type type = check.choice("type", Scalars.words(Type.values()));
    // All keys are read whatever the type, so that a wrong value is found before it matters.
    Timing timing = timing();
    TlsSettings tls = tls();
    HealthCheckConfig.Http http = http(timing, tls, type);
    Optional<List<String>> command = new CommandReader(check, host).command("command");
    check.rejectUnknown();
    warnOfUseless(type);
    warnOfUnverified(type);
    return switch (type) {
      case NONE -> new HealthCheckConfig.Disabled();
      case TCP -> new HealthCheckConfig.Tcp(timing);
      case TLS -> new HealthCheckConfig.Tls(timing, tls);
      case HTTP, HTTPS -> http;
      case COMMAND -> command(timing, command);
    };
  }

  private HealthCheckConfig command(Timing timing, Optional<List<String>> command) {
    if (command.isEmpty()) {
      if (!check.findings().hasErrorAt(check.name("command"))) {
        check
            .findings()
            .error(
                "missing",
                check.place("command"),
                "must be given with type = command: a program and its arguments");
      }
      return new HealthCheckConfig.Disabled();
    }
    return new HealthCheckConfig.Command(timing, command.get());
  }

  /** The port checks go to, if it is not the server's own. */
  Optional<Integer> port() {
    return check.find("port", value -> Scalars.integer(value, 1, 65535)).map(Placed::value);
  }

  private Timing timing() {
    Duration interval = check.duration("interval", Duration.ofMillis(10), HOUR);
    Duration fast = check.duration("fast-interval", Duration.ofMillis(10), HOUR);
    if (fast.compareTo(interval) > 0) {
      if (check.isGiven("fast-interval")) {
        check
            .findings()
            .error(
                "check-interval",
                check.place("fast-interval"),
                "must not be longer than interval ("
                    + DurationText.of(interval)
                    + "), but is "
                    + DurationText.of(fast));
      }
      fast = interval;
    }
    return new Timing(
        interval,
        fast,
        check.duration("timeout", MILLISECOND, HOUR),
        check.integer("rise", 1, 1000),
        check.integer("fall", 1, 1000),
        check.value("jitter", value -> Scalars.share(value, 0.5)));
  }

  private HealthCheckConfig.Http http(Timing timing, TlsSettings tls, Type type) {
    String path = check.value("path", CheckReader::path);
    Optional<String> fallback =
        check.isGiven("path") && !check.isGiven("fallback-path")
            ? Optional.empty()
            : check.find("fallback-path", CheckReader::path).map(Placed::value);
    return new HealthCheckConfig.Http(
        timing,
        type == Type.HTTPS ? Optional.of(tls) : Optional.empty(),
        path,
        fallback,
        check.find("host", CheckReader::word).map(Placed::value),
        expected(),
        file("bearer-token-file"),
        check.integer("checks-per-connection", 1, 1000),
        check.durationOrZero("startup-grace", MILLISECOND, HOUR, "none"));
  }

  private List<StatusRange> expected() {
    List<StatusRange> ranges =
        check.list("expect", CheckReader::statusRange).stream().map(Placed::value).toList();
    if (ranges.isEmpty() && check.items("expect").isEmpty()) {
      check.findings().error("bad-value", check.place("expect"), "must name at least one status");
    }
    return ranges;
  }

  private static Parsed<StatusRange> statusRange(ConfigValue value) {
    String expected = "a status of 100..599 such as 200, or a range such as \"200-299\"";
    return Scalars.scalar(
        value,
        expected,
        text -> {
          int dash = text.indexOf('-');
          String first = dash < 0 ? text : text.substring(0, dash).strip();
          String last = dash < 0 ? text : text.substring(dash + 1).strip();
          return Scalars.integer(first, 100, 599)
              .then(from -> Scalars.integer(last, from, 599).then(to -> range(from, to)))
              .expecting(expected);
        });
  }

  private static Parsed<StatusRange> range(int first, int last) {
    return Parsed.good(new StatusRange(first, last));
  }

  private static Parsed<String> path(ConfigValue value) {
    String expected = "a path that starts with / and has no spaces";
    return Scalars.scalar(
        value,
        expected,
        text -> text.startsWith("/") && isVisible(text) ? Parsed.good(text) : Parsed.bad(expected));
  }

  private static Parsed<String> word(ConfigValue value) {
    String expected = "a host name";
    return Scalars.scalar(
        value,
        expected,
        text -> !text.isEmpty() && isVisible(text) ? Parsed.good(text) : Parsed.bad(expected));
  }

  // Anything else would end the request line, or the header, early.
  private static boolean isVisible(String text) {
    return text.chars().allMatch(c -> c > ' ' && c < 0x7f);
  }

  private TlsSettings tls() {
    Optional<Path> certificate = file("client-certificate");
    Optional<Path> key = file("client-key");
    if (check.written("client-certificate").isPresent()
        != check.written("client-key").isPresent()) {
      boolean keyMissing = check.written("client-key").isEmpty();
      check
          .findings()
          .error(
              "client-certificate",
              check.place(keyMissing ? "client-certificate" : "client-key"),
              "needs " + (keyMissing ? "client-key" : "client-certificate") + " as well");
    }
    return new TlsSettings(
        caFile(),
        certificate,
        key,
        check.find("server-name", CheckReader::word).map(Placed::value));
  }

  private Optional<Path> caFile() {
    Optional<Placed<String>> found = check.find("ca-file", Scalars::pathText);
    if (found.isPresent() && found.get().value().equals("none")) {
      return Optional.empty();
    }
    if (found.isPresent() && check.written("ca-file").isPresent()) {
      return file("ca-file");
    }
    return found.map(text -> Path.of(text.value())).filter(host::canRead);
  }

  private void warnOfUnverified(Type type) {
    Optional<Placed<String>> found = check.find("ca-file", Scalars::pathText);
    boolean isDecided = found.isPresent() && check.written("ca-file").isPresent();
    if (isTemplate || !type.isTls() || isDecided || caFile().isPresent()) {
      return;
    }
    Place here = check.here();
    check
        .findings()
        .warning(
            "unverified",
            (here.line() > 0 ? here : fallbackPlace).withKey(check.place("ca-file").key()),
            found
                .map(text -> "is " + text.value() + " by default, which cannot be read here: ")
                .orElse("is not set: ")
                .concat("the servers' certificates are not verified"),
            check.name("ca-file").startsWith("--")
                ? "a configuration file may name another"
                : "ca-file = none says that this is meant");
  }

  private Optional<Path> file(String key) {
    Optional<Placed<String>> found = check.find(key, Scalars::pathText);
    Optional<Path> path = found.map(Texts::path);
    if (path.isPresent() && !host.canRead(path.get())) {
      check
          .findings()
          .error("file", found.get().place(), "must be a readable file, but is " + path.get());
    }
    return path;
  }

  private void warnOfUseless(Type type) {
    Map<String, Boolean> useless = new LinkedHashMap<>();
    TLS_KEYS.forEach(key -> useless.put(key, !type.isTls()));
    HTTP_KEYS.forEach(key -> useless.put(key, !type.isHttp()));
    useless.put("command", type != Type.COMMAND);
    // Of an unusable type nobody knows what it would have had use for.
    boolean isTypeKnown = !check.findings().hasErrorAt(check.name("type"));
    for (Map.Entry<String, Boolean> key : useless.entrySet()) {
      if (!isTemplate && isTypeKnown && key.getValue() && check.isGiven(key.getKey())) {
        check
            .findings()
            .warning(
                "no-effect",
                check.place(key.getKey()),
                "has no effect on a check of type " + Scalars.word(type));
      }
    }
  }
}
