package dev.fairlead.config.hocon;

import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import dev.fairlead.config.DurationText;
import dev.fairlead.config.IpText;
import dev.fairlead.config.ListenerConfig;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Reads one value as a number, a duration, an address, …; says what it should have been. */
final class Scalars {

  private static final Map<String, Long> NANOS_OF_UNIT =
      Map.ofEntries(
          Map.entry("us", 1_000L),
          Map.entry("ms", 1_000_000L),
          Map.entry("milli", 1_000_000L),
          Map.entry("millis", 1_000_000L),
          Map.entry("millisecond", 1_000_000L),
          Map.entry("milliseconds", 1_000_000L),
          Map.entry("s", 1_000_000_000L),
          Map.entry("second", 1_000_000_000L),
          Map.entry("seconds", 1_000_000_000L),
          Map.entry("m", 60_000_000_000L),
          Map.entry("minute", 60_000_000_000L),
          Map.entry("minutes", 60_000_000_000L),
          Map.entry("h", 3_600_000_000_000L),
          Map.entry("hour", 3_600_000_000_000L),
          Map.entry("hours", 3_600_000_000_000L),
          Map.entry("d", 86_400_000_000_000L),
          Map.entry("day", 86_400_000_000_000L),
          Map.entry("days", 86_400_000_000_000L));

  /** More than anybody means; keeps nanoseconds within a long. */
  private static final BigDecimal MAX_NANOS = new BigDecimal(Long.MAX_VALUE / 100);

  private Scalars() {}

  /** The text of a string, number or boolean as it was written; empty for anything else. */
  static Optional<String> scalarText(ConfigValue value) {
    return switch (value.valueType()) {
      case STRING -> Optional.of((String) value.unwrapped());
      case NUMBER, BOOLEAN -> Optional.of(value.render());
      case OBJECT, LIST, NULL -> Optional.empty();
    };
  }

  /** What came, for "but is …". */
  static String found(ConfigValue value) {
    return switch (value.valueType()) {
      case OBJECT -> "a section";
      case LIST -> "a list";
      case NULL -> "null";
      case NUMBER, BOOLEAN -> value.render();
      case STRING -> found((String) value.unwrapped());
    };
  }

  static String found(String text) {
    String shown = text.length() > 60 ? text.substring(0, 60) + "…" : text;
    return shown.isEmpty() || !shown.equals(shown.strip()) || shown.indexOf(' ') >= 0
        ? '"' + shown + '"'
        : shown;
  }

  /** Applies a reader of text to a scalar. */
  static <T> Parsed<T> scalar(
      ConfigValue value, String expected, Function<String, Parsed<T>> reader) {
    Optional<String> text = scalarText(value);
    return text.isPresent() ? reader.apply(text.get()) : Parsed.bad(expected);
  }

  static Parsed<String> text(ConfigValue value) {
    return scalar(value, "text", Scalars::nonEmpty);
  }

  private static Parsed<String> nonEmpty(String text) {
    return text.isEmpty() ? Parsed.bad("some text") : Parsed.good(text);
  }

  /** Text that can be the name of a file here. */
  static Parsed<String> pathText(ConfigValue value) {
    String expected = "a path";
    return scalar(
        value, expected, text -> path(text, expected).then(path -> nonEmpty(path.toString())));
  }

  /** A path, if a file can have that name here: in the C locale none has one with an umlaut. */
  static Parsed<Path> path(String text, String expected) {
    try {
      return Parsed.good(Path.of(text));
    } catch (InvalidPathException e) {
      return Parsed.bad(expected, "no file can have that name in this locale (LC_ALL, LANG)");
    }
  }

  /** A count; k, M and G are powers of 1024, as in haproxy. */
  static Parsed<Integer> integer(ConfigValue value, int min, int max) {
    String expected = min + ".." + max;
    return scalar(value, expected, text -> integer(text, min, max));
  }

  static Parsed<Integer> integer(String text, int min, int max) {
    String expected = min + ".." + max;
    String digits = text.strip();
    long factor = 1;
    if (digits.length() > 1 && max >= 1024) {
      factor =
          switch (digits.charAt(digits.length() - 1)) {
            case 'k', 'K' -> 1L << 10;
            case 'm', 'M' -> 1L << 20;
            case 'g', 'G' -> 1L << 30;
            default -> 1;
          };
      digits = factor == 1 ? digits : digits.substring(0, digits.length() - 1).stripTrailing();
    }
    // 18 digits, and the suffix after the comparison: no overflow.
    if (digits.length() > 18 || !isWholeNumber(digits)) {
      return Parsed.bad(expected);
    }
    long number = Long.parseLong(digits);
    return number < min || number > max / factor
        ? Parsed.bad(expected)
        : Parsed.good((int) (number * factor));
  }

  private static boolean isWholeNumber(String text) {
    int from = text.startsWith("-") ? 1 : 0;
    for (int i = from; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return text.length() > from;
  }

  static Parsed<Boolean> bool(ConfigValue value) {
    String expected = "true or false";
    return scalar(
        value,
        expected,
        text ->
            switch (text) {
              case "true", "yes", "on" -> Parsed.good(true);
              case "false", "no", "off" -> Parsed.good(false);
              default -> Parsed.bad(expected);
            });
  }

  static <E> Parsed<E> choice(ConfigValue value, Map<String, E> choices) {
    String expected = "one of " + String.join(", ", choices.keySet());
    return scalar(
        value,
        expected,
        text -> {
          E choice = choices.get(text);
          if (choice != null) {
            return Parsed.good(choice);
          }
          return Nearest.to(text, choices.keySet())
              .map(near -> Parsed.<E>bad(expected, "did you mean " + near + "?"))
              .orElse(Parsed.bad(expected));
        });
  }

  /** 10 % or 0.1. */
  static Parsed<Double> share(ConfigValue value, double max) {
    String wanted = "a share of 0.." + Math.round(max * 100) + "%, such as 10% or 0.1";
    return scalar(
        value,
        wanted,
        text -> {
          boolean percent = text.endsWith("%");
          try {
            double number =
                Double.parseDouble(percent ? text.substring(0, text.length() - 1) : text);
            double share = percent ? number / 100 : number;
            return share >= 0 && share <= max ? Parsed.good(share) : Parsed.bad(wanted);
          } catch (NumberFormatException e) {
            return Parsed.bad(wanted);
          }
        });
  }

  /**
   * @param zero what 0 means, such as "never"; empty = 0 is not allowed unless {@code min} is 0
   */
  static Parsed<Duration> duration(ConfigValue value, Duration min, Duration max, String zero) {
    String expected =
        (zero.isEmpty() ? "" : "0 (" + zero + ") or ")
            + "a duration of "
            + DurationText.of(min)
            + ".."
            + DurationText.of(max);
    return scalar(value, expected, text -> duration(text, min, max, !zero.isEmpty(), expected));
  }

  private static Parsed<Duration> duration(
      String text, Duration min, Duration max, boolean zeroAllowed, String expected) {
    String stripped = text.strip();
    int unitAt = 0;
    while (unitAt < stripped.length() && "0123456789.-".indexOf(stripped.charAt(unitAt)) >= 0) {
      unitAt++;
    }
    String digits = stripped.substring(0, unitAt);
    String unit = stripped.substring(unitAt).strip();
    BigDecimal number;
    try {
      number = new BigDecimal(digits);
    } catch (NumberFormatException e) {
      return Parsed.bad(expected);
    }
    if (unit.isEmpty() && number.signum() != 0) {
      return Parsed.bad(expected, "it has no unit: write " + stripped + "s or " + stripped + "ms");
    }
    Long nanosOfUnit = unit.isEmpty() ? Long.valueOf(1) : NANOS_OF_UNIT.get(unit);
    if (nanosOfUnit == null) {
      return compound(stripped)
          .map(total -> Parsed.<Duration>bad(expected, "one unit only: write " + total))
          .orElse(Parsed.bad(expected));
    }
    BigDecimal nanos = number.multiply(BigDecimal.valueOf(nanosOfUnit));
    if (nanos.abs().compareTo(MAX_NANOS) > 0) {
      return Parsed.bad(expected);
    }
    Duration duration = Duration.ofNanos(nanos.longValue());
    if (duration.isZero() && zeroAllowed) {
      return Parsed.good(duration);
    }
    return duration.compareTo(min) < 0 || duration.compareTo(max) > 0
        ? Parsed.bad(expected)
        : Parsed.good(duration);
  }

  /** 1h30m as 90m, for the hint: HOCON durations have one unit. */
  private static Optional<String> compound(String text) {
    // Short enough that four digits of days, added up, stay within a long.
    if (text.length() > 30) {
      return Optional.empty();
    }
    long nanos = 0;
    int at = 0;
    while (at < text.length()) {
      int unitAt = at;
      while (unitAt < text.length() && Character.isDigit(text.charAt(unitAt))) {
        unitAt++;
      }
      int end = unitAt;
      while (end < text.length() && Character.isLetter(text.charAt(end))) {
        end++;
      }
      Long unit = NANOS_OF_UNIT.get(text.substring(unitAt, end));
      if (unitAt == at || unitAt - at > 4 || unit == null) {
        return Optional.empty();
      }
      nanos += Long.parseLong(text.substring(at, unitAt)) * unit;
      at = end;
    }
    return Optional.of(DurationText.of(Duration.ofNanos(nanos)));
  }

  static boolean isWholeSeconds(Duration duration) {
    return duration.toNanos() % 1_000_000_000L == 0;
  }

  static Parsed<InetAddress> address(ConfigValue value) {
    return scalar(value, ADDRESS, Scalars::address);
  }

  private static final String ADDRESS = "an IPv4 or IPv6 address";

  static Parsed<InetAddress> address(String text) {
    String bare =
        text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text;
    Optional<InetAddress> address = IpText.parse(bare);
    if (address.isPresent()) {
      return Parsed.good(address.get());
    }
    return looksLikeName(text)
        ? Parsed.bad(ADDRESS, "only the address of a server may be a name")
        : Parsed.bad(ADDRESS);
  }

  /** Whether DNS may be asked for it: labels, and not only digits, which are a mistyped address. */
  static boolean isName(String text) {
    if (text.length() > 253 || !looksLikeName(text)) {
      return false;
    }
    for (String label : text.split("\\.", -1)) {
      if (label.isEmpty() || label.length() > 63 || label.startsWith("-") || label.endsWith("-")) {
        return false;
      }
    }
    return true;
  }

  private static boolean looksLikeName(String text) {
    boolean letter = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean isLetter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      letter |= isLetter;
      if (!isLetter && (c < '0' || c > '9') && c != '.' && c != '-' && c != '_') {
        return false;
      }
    }
    return letter;
  }

  /**
   * An address with or without a port.
   *
   * @param port 0 = none was written
   */
  record HostPort(String host, int port) {}

  /** Splits {@code a:1}, {@code [a::b]:1}, {@code a}, {@code a::b}; the host is not looked at. */
  static Parsed<HostPort> hostPort(String text, String expected) {
    int bracket = text.startsWith("[") ? text.indexOf(']') : -1;
    if (text.startsWith("[")) {
      if (bracket < 0) {
        return Parsed.bad(expected, "the closing ] is missing");
      }
      String host = text.substring(1, bracket);
      String rest = text.substring(bracket + 1);
      if (rest.isEmpty()) {
        return Parsed.good(new HostPort(host, 0));
      }
      return rest.startsWith(":")
          ? withPort(host, rest.substring(1), expected)
          : Parsed.bad(expected);
    }
    int colon = text.indexOf(':');
    if (colon < 0) {
      return Parsed.good(new HostPort(text, 0));
    }
    if (text.indexOf(':', colon + 1) < 0) {
      return withPort(text.substring(0, colon), text.substring(colon + 1), expected);
    }
    // Two colons or more: IPv6 without brackets. fd00::1:8443 is itself an address.
    return IpText.parse(text).isPresent()
        ? Parsed.good(new HostPort(text, 0))
        : Parsed.bad(expected, "an IPv6 address with a port needs brackets: \"[fd00::1]:6443\"");
  }

  private static Parsed<HostPort> withPort(String host, String port, String expected) {
    return integer(port, 1, 65535)
        .value()
        .map(number -> Parsed.good(new HostPort(host, number)))
        .orElse(Parsed.bad(expected, "the port must be 1..65535"));
  }

  static final String LISTENER = "\"address:port\" such as \"*:8443\" or \"[fd00::1]:8443\"";

  static Parsed<ListenerConfig> listener(ConfigValue value) {
    if (value.valueType() == ConfigValueType.NUMBER) {
      return Parsed.bad(LISTENER, "write \"*:" + found(value) + "\" for every local address");
    }
    return scalar(value, LISTENER, Scalars::listener);
  }

  static Parsed<ListenerConfig> listener(String text) {
    return hostPort(text, LISTENER).then(Scalars::listener);
  }

  private static Parsed<ListenerConfig> listener(HostPort pair) {
    if (pair.port() == 0) {
      return Parsed.bad(LISTENER, "the port is missing");
    }
    // "[::]" is what other programs call every local address of both families.
    if (pair.host().isEmpty() || pair.host().equals("*") || pair.host().equals("::")) {
      return Parsed.good(new ListenerConfig(ListenerConfig.ANY, pair.port()));
    }
    return address(pair.host())
        .expecting(LISTENER)
        .then(address -> Parsed.good(new ListenerConfig(IpText.text(address), pair.port())));
  }

  /** Lower-case words of an enum with dashes, in its order. */
  static <E extends Enum<E>> Map<String, E> words(E[] values) {
    Map<String, E> words = new LinkedHashMap<>();
    for (E value : values) {
      words.put(word(value), value);
    }
    return words;
  }

  static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
