package dev.fairlead.config.hocon;

import com.typesafe.config.ConfigValue;
import dev.fairlead.config.SocketConfig;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads the marks of one side's sockets. */
final class SocketReader {

  private static final Map<String, Integer> CLASSES = classes();

  /** IFNAMSIZ less the NUL. */
  private static final int MOST_NAME_BYTES = 15;

  private SocketReader() {}

  static SocketConfig read(Reading reading, Section socket) {
    Optional<Placed<String>> device = socket.find("interface", Scalars::text);
    device
        .filter(name ->
            name.value().length() > MOST_NAME_BYTES || !reading.host().hasInterface(name.value()))
        .ifPresent(name ->
            reading
                .findings()
                .error(
                    "no-interface",
                    name.place(),
                    "must be an interface of this host, but is " + Scalars.found(name.value())));
    SocketConfig config =
        new SocketConfig(
            device.map(Placed::value),
            socket.value("dscp", SocketReader::dscp),
            socket.value("mark", SocketReader::mark));
    socket.rejectUnknown();
    return config;
  }

  /** RFC 2474, 2597, 3246, 8622. */
  private static Map<String, Integer> classes() {
    Map<String, Integer> classes = new LinkedHashMap<>();
    for (int i = 0; i < 8; i++) {
      classes.put("cs" + i, i << 3);
    }
    for (int major = 1; major <= 4; major++) {
      for (int drop = 1; drop <= 3; drop++) {
        classes.put("af" + major + drop, (major << 3) | (drop << 1));
      }
    }
    classes.put("ef", 46);
    classes.put("le", 1);
    return classes;
  }

  private static Parsed<Integer> dscp(ConfigValue value) {
    String expected = "0..63 or a class such as ef, cs6 or af41";
    return Scalars.scalar(
        value,
        expected,
        text -> {
          Integer known = CLASSES.get(text.toLowerCase(Locale.ROOT));
          return known != null
              ? Parsed.good(known)
              : Scalars.integer(text, 0, 63).expecting(expected);
        });
  }

  private static Parsed<Long> mark(ConfigValue value) {
    String expected = "0..4294967295 or \"0x0\"..\"0xffffffff\"";
    return Scalars.scalar(
        value,
        expected,
        text -> {
          try {
            boolean hex = text.startsWith("0x") || text.startsWith("0X");
            long mark = Long.parseLong(hex ? text.substring(2) : text, hex ? 16 : 10);
            return mark < 0 || mark > 0xffff_ffffL ? Parsed.bad(expected) : Parsed.good(mark);
          } catch (NumberFormatException e) {
            return Parsed.bad(expected);
          }
        });
  }
}
