package dev.fairlead.config.hocon;

import dev.fairlead.config.FrontendConfig;
import dev.fairlead.config.ListenerConfig;
import java.util.List;

/** Reads frontends, in all three forms. */
final class FrontendReader {

  private final Reading reading;

  FrontendReader(Reading reading) {
    this.reading = reading;
  }

  /** A named frontend of the long form. */
  void read(String name, Section frontend, Parts parts) {
    String backend = frontend.find("backend", Scalars::text).map(Placed::value).orElse(name);
    List<Placed<ListenerConfig>> listeners = ListenerReader.read(frontend, "listen");
    Place place = frontend.isGiven("backend") ? frontend.place("backend") : frontend.here();
    build(name, backend, frontend, listeners, place, parts);
    frontend.rejectUnknown();
  }

  /**
   * A frontend whose listeners and backend are known already.
   *
   * @param place where it says which backend it leads to
   */
  void build(
      String name,
      String backend,
      Section frontend,
      List<Placed<ListenerConfig>> written,
      Place place,
      Parts parts) {
    EntranceReader entrance = new EntranceReader(reading, frontend);
    List<Placed<ListenerConfig>> listeners = entrance.families(written);
    if (listeners.isEmpty() && frontend.items("listen").isEmpty()) {
      reading
          .findings()
          .error("no-listener", frontend.place("listen"), "must name at least one listener");
    }
    parts.listeners.addAll(listeners);
    parts.frontends.add(
        new Placed<>(
            new FrontendConfig(
                name,
                listeners.stream().map(Placed::value).toList(),
                backend,
                frontend.integer("max-connections", 0, 10_000_000),
                frontend.durationOrZero(
                    "client-idle-timeout", BackendReader.MILLISECOND, BackendReader.MONTH, "never"),
                frontend.durationOrZero(
                    "half-closed-timeout", BackendReader.MILLISECOND, BackendReader.MONTH, "never"),
                BackendReader.tcp(frontend.child("tcp")),
                frontend.integer("backlog", 1, 65_535),
                entrance.read(listeners),
                AccessLogReader.read(frontend.child("access-log", "to"))),
            place));
  }

  /** Only to find what is wrong with the defaults. */
  void readDefaults(Section frontend) {
    read("", frontend, new Parts());
  }
}
