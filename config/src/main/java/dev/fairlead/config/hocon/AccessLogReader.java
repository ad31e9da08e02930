package dev.fairlead.config.hocon;

import com.typesafe.config.ConfigValue;
import dev.fairlead.config.AccessLogConfig;
import dev.fairlead.config.AccessLogConfig.Envelope;
import dev.fairlead.config.AccessLogConfig.Facility;
import dev.fairlead.config.AccessLogConfig.Format;
import dev.fairlead.config.AccessLogConfig.Sessions;
import dev.fairlead.config.AccessLogConfig.Severity;
import dev.fairlead.config.AccessLogConfig.SyslogFormat;
import dev.fairlead.config.AccessLogConfig.Target;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads where a frontend's sessions are told of. */
final class AccessLogReader {

  private static final String EXPECTED =
      "none, stdout, \"file:/path\", journald, syslog (/dev/log), \"syslog:/path\" or"
          + " \"syslog:address:port\"";

  /** sockaddr_un has room for 107 bytes and a NUL. */
  private static final int MAX_SOCKET_PATH = 107;

  private AccessLogReader() {}

  /** Empty when there is none. All keys are looked at in any case. */
  static Optional<AccessLogConfig> read(Section log) {
    Optional<Target> target = log.value("to", AccessLogReader::target);
    Map<String, Severity> severities = Scalars.words(Severity.values());
    Severity severity = log.choice("severity", severities);
    Severity failedSeverity =
        log.find("failed-severity", value -> Scalars.choice(value, severities))
            .map(Placed::value)
            .orElse(severity);
    Envelope envelope =
        new Envelope(
            log.choice("syslog-format", Scalars.words(SyslogFormat.values())),
            log.choice("facility", Scalars.words(Facility.values())),
            severity,
            failedSeverity,
            log.value("tag", AccessLogReader::tag));
    Format format = log.choice("format", Scalars.words(Format.values()));
    Sessions sessions = log.choice("sessions", Scalars.words(Sessions.values()));
    int oneIn = log.integer("one-in", 1, 1_000_000);
    int linesPerSecond = log.integer("lines-per-second", 0, 10_000_000);
    int buffer = log.integer("buffer", 64, 1 << 20);
    log.rejectUnknown();
    return target.map(
        to -> new AccessLogConfig(to, format, envelope, sessions, oneIn, linesPerSecond, buffer));
  }

  private static Parsed<Optional<Target>> target(ConfigValue value) {
    return Scalars.scalar(value, EXPECTED, AccessLogReader::target);
  }

  private static Parsed<Optional<Target>> target(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      return switch (text) {
        case "none" -> Parsed.good(Optional.empty());
        case "stdout" -> good(new Target.Stdout());
        case "journald" -> good(new Target.Journal(AccessLogConfig.JOURNAL));
        case "syslog" -> good(new Target.SyslogSocket(AccessLogConfig.SYSLOG));
        default ->
            Nearest.to(text, Set.of("none", "stdout", "journald", "syslog"))
                .map(near -> Parsed.<Optional<Target>>bad(EXPECTED, "did you mean " + near + "?"))
                .orElse(Parsed.bad(EXPECTED));
      };
    }
    String rest = text.substring(colon + 1);
    boolean isPath = rest.startsWith("/");
    return switch (text.substring(0, colon)) {
      case "file" ->
          isPath
              ? Scalars.path(rest, EXPECTED).then(path -> good(new Target.File(path)))
              : Parsed.bad(EXPECTED, "the path of a file must be absolute");
      case "journald" ->
          isPath ? socket(rest).then(path -> good(new Target.Journal(path))) : Parsed.bad(EXPECTED);
      case "syslog" ->
          isPath ? socket(rest).then(path -> good(new Target.SyslogSocket(path))) : syslogUdp(rest);
      default -> Parsed.bad(EXPECTED);
    };
  }

  private static Parsed<Path> socket(String path) {
    return path.getBytes(StandardCharsets.UTF_8).length > MAX_SOCKET_PATH
        ? Parsed.bad(EXPECTED, "the path of a socket has at most " + MAX_SOCKET_PATH + " bytes")
        : Scalars.path(path, EXPECTED);
  }

  private static Parsed<Optional<Target>> syslogUdp(String text) {
    return Scalars.hostPort(text, EXPECTED)
        .then(pair ->
            Scalars.address(pair.host())
                .expecting(EXPECTED)
                .then(address ->
                    good(
                        new Target.SyslogUdp(
                            new InetSocketAddress(
                                address,
                                pair.port() == 0 ? AccessLogConfig.SYSLOG_PORT : pair.port())))));
  }

  private static Parsed<Optional<Target>> good(Target target) {
    return Parsed.good(Optional.of(target));
  }

  /** RFC 5424 section 6.2.5: printable ASCII without spaces, at most 48; RFC 3164: no colon. */
  private static Parsed<String> tag(ConfigValue value) {
    String expected = "1..48 letters, digits and any of - _ . /";
    return Scalars.scalar(
        value,
        expected,
        text -> text.matches("[A-Za-z0-9_./-]{1,48}") ? Parsed.good(text) : Parsed.bad(expected));
  }
}
