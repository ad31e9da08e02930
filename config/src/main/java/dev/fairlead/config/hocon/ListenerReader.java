package dev.fairlead.config.hocon;

import com.typesafe.config.ConfigValue;
import dev.fairlead.config.ListenerConfig;
import dev.fairlead.config.UnixAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads what a frontend listens on: addresses and ports, ranges of ports, unix sockets. */
final class ListenerReader {

  /** Each takes a socket on every event loop, and for every address of both families. */
  private static final int MOST_PORTS = 1024;

  private static final String EXPECTED =
      "\"address:port\", \"address:port-port\" or \"unix:/path\" such as \"*:8443\","
          + " \"10.0.0.1:8000-8010\" or \"unix:/run/api.sock\"";

  private ListenerReader() {}

  /** Every port of every element of the list. */
  static List<Placed<ListenerConfig>> read(Section section, String key) {
    List<Placed<ListenerConfig>> all = new ArrayList<>();
    for (Placed<List<ListenerConfig>> some : section.list(key, ListenerReader::listeners)) {
      some.value().forEach(listener -> all.add(new Placed<>(listener, some.place())));
    }
    return all;
  }

  private static Parsed<List<ListenerConfig>> listeners(ConfigValue value) {
    Optional<String> text = Scalars.scalarText(value);
    if (text.isPresent() && looksUnix(text.get())) {
      return unix(text.get(), EXPECTED).then(ListenerReader::file);
    }
    int dash = text.isPresent() ? text.get().lastIndexOf('-') : -1;
    if (dash > 0 && text.get().lastIndexOf(':') < dash) {
      return range(text.get(), dash);
    }
    return Scalars.listener(value).then(one -> Parsed.good(List.of(one)));
  }

  /** Its file is made, and removed, by name; an abstract one has none. */
  private static Parsed<List<ListenerConfig>> file(String address) {
    Parsed<String> made =
        UnixAddress.isAbstract(address)
            ? Parsed.good(address)
            : Scalars.path(UnixAddress.path(address), EXPECTED).then(path -> Parsed.good(address));
    return made.then(listener -> Parsed.good(List.of(new ListenerConfig(listener, 0))));
  }

  private static Parsed<List<ListenerConfig>> range(String text, int dash) {
    return Scalars.listener(text.substring(0, dash))
        .expecting(EXPECTED)
        .then(first ->
            Scalars.integer(text.substring(dash + 1), 1, 65_535)
                .expecting(EXPECTED)
                .then(last -> ports(first, last)));
  }

  private static Parsed<List<ListenerConfig>> ports(ListenerConfig first, int last) {
    if (last < first.port()) {
      return Parsed.bad("a range of ports, the lower one first");
    }
    if (last - first.port() >= MOST_PORTS) {
      return Parsed.bad("a range of at most " + MOST_PORTS + " ports");
    }
    List<ListenerConfig> ports = new ArrayList<>();
    for (int port = first.port(); port <= last; port++) {
      ports.add(new ListenerConfig(first.address(), port));
    }
    return Parsed.good(ports);
  }

  /** Whether somebody means a unix socket, in our words or haproxy's. */
  static boolean looksUnix(String text) {
    return text.startsWith("/")
        || text.startsWith("unix:")
        || text.startsWith("unix@")
        || text.startsWith("abns@");
  }

  /** As {@link UnixAddress} has it. */
  static Parsed<String> unix(String text, String expected) {
    String address = text.startsWith("/") ? "unix:" + text : text.replaceFirst("^unix@", "unix:");
    String name = address.substring("unix:".length());
    int bytes = name.getBytes(StandardCharsets.UTF_8).length;
    boolean isAbstract = UnixAddress.isAbstract(address);
    if (name.isEmpty()
        || name.equals("@")
        || name.indexOf('\0') >= 0
        || (!isAbstract && !name.startsWith("/"))) {
      return Parsed.bad(expected, "a unix socket is unix:/path, unix:@name or abns@name");
    }
    return bytes > UnixAddress.MAX_PATH_BYTES
        ? Parsed.bad(
            expected, "the kernel takes at most " + UnixAddress.MAX_PATH_BYTES + " bytes of it")
        : Parsed.good(address);
  }
}
