package dev.fairlead.config.hocon;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import dev.fairlead.config.Finding.Severity;
import dev.fairlead.config.TrackConfig;
import dev.fairlead.config.TrackConfig.Kind;
import dev.fairlead.config.TrackConfig.WatchedFile.Meaning;
import dev.fairlead.config.TrackedItem;
import dev.fairlead.config.TrackedItem.Effect;
import dev.fairlead.config.VirtualRouterConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads what can be tracked beside Fairlead itself, and what a virtual router tracks of it. */
final class TrackReader {

  /** keepalived's bounds: beyond them a priority could leave 1..254 in any case. */
  private static final int MAX_WEIGHT = 253;

  private static final Duration MIN_INTERVAL = Duration.ofMillis(100);
  private static final Duration DAY = Duration.ofDays(1);
  private static final int MAX_COUNT = 100;
  private static final int MAX_PROCESSES = 1_000_000;

  private final Reading reading;
  private final Section root;
  private final Defaults defaults;
  private final Map<TrackConfig.Key, Placed<TrackConfig>> defined = new LinkedHashMap<>();
  private final Set<TrackConfig.Key> used = new HashSet<>();

  /** By identity: two virtual routers may track the same with the same weight. */
  private final IdentityHashMap<TrackedItem, Place> places = new IdentityHashMap<>();

  TrackReader(Reading reading, Section root, Defaults defaults) {
    this.reading = reading;
    this.root = root;
    this.defaults = defaults;
  }

  /** Reads the definitions; before any virtual router. */
  List<TrackConfig> definitions() {
    // The defaults first: what is wrong there is then reported there.
    script("", defaults.trackScript());
    file("", defaults.trackFile());
    processes("", defaults.trackProcess());
    effect(defaults.trackedItem());
    defaults.trackedItem().find("name", Scalars::text);
    define("track-scripts", defaults.trackScript(), (name, section) -> script(name, section));
    define("track-files", defaults.trackFile(), (name, section) -> file(name, section));
    define("track-processes", defaults.trackProcess(), (name, section) -> processes(name, section));
    return defined.values().stream().map(Placed::value).toList();
  }

  private interface Definition {
    Optional<? extends TrackConfig> read(String name, Section section);
  }

  private void define(String key, Section base, Definition definition) {
    for (Section.Item item : root.named(key)) {
      if (!Names.require(reading.findings(), Optional.of(item.key()), item.place())) {
        continue;
      }
      if (!(item.value() instanceof ConfigObject object)) {
        root.bad(item, "a section { … }", Optional.empty());
        continue;
      }
      Section section = base.under(new Section.Layer(object, item.name()));
      definition
          .read(item.key(), section)
          .ifPresent(track -> defined.put(track.key(), new Placed<>(track, item.place())));
      section.rejectUnknown();
    }
  }

  private Optional<TrackConfig.Script> script(String name, Section section) {
    CommandReader commands = new CommandReader(section, reading.host());
    Optional<List<String>> command = commands.command("command");
    requireUnlessDefaults(name, section, "command", command.isPresent());
    Optional<String> user = commands.user("user");
    Duration interval = section.duration("interval", MIN_INTERVAL, DAY);
    Duration timeout = section.duration("timeout", Duration.ofMillis(10), DAY);
    int rise = section.integer("rise", 1, MAX_COUNT);
    int fall = section.integer("fall", 1, MAX_COUNT);
    return command.map(
        words -> new TrackConfig.Script(name, words, user, interval, timeout, rise, fall));
  }

  private Optional<TrackConfig.WatchedFile> file(String name, Section section) {
    Optional<Path> path = section.find("path", TrackReader::path).map(Placed::value);
    requireUnlessDefaults(name, section, "path", path.isPresent());
    Meaning means = section.choice("means", Scalars.words(Meaning.values()));
    Duration interval = section.duration("interval", MIN_INTERVAL, DAY);
    return path.map(found -> new TrackConfig.WatchedFile(name, found, means, interval));
  }

  private static Parsed<Path> path(ConfigValue value) {
    String expected = "an absolute path";
    return Scalars.scalar(
        value,
        expected,
        text -> text.startsWith("/") ? Scalars.path(text, expected) : Parsed.bad(expected));
  }

  private Optional<TrackConfig.Processes> processes(String name, Section section) {
    Optional<Placed<String>> executable = section.find("executable", Scalars::text);
    requireUnlessDefaults(name, section, "executable", executable.isPresent());
    List<String> arguments =
        section.list("arguments", Scalars::text).stream().map(Placed::value).toList();
    int minimum = section.integer("minimum", 0, MAX_PROCESSES);
    int maximum = section.integer("maximum", 0, MAX_PROCESSES);
    if (maximum > 0 && maximum < minimum) {
      reading
          .findings()
          .error(
              "bad-value",
              section.place("maximum"),
              "must be 0 (no limit) or at least minimum, " + minimum + ", but is " + maximum);
    } else if (maximum == 0 && minimum == 0) {
      reading
          .findings()
          .error(
              "bad-value",
              section.place("minimum"),
              "must be 1 or more where there is no maximum: any count would do");
    }
    Duration interval = section.duration("interval", MIN_INTERVAL, DAY);
    int rise = section.integer("rise", 1, MAX_COUNT);
    int fall = section.integer("fall", 1, MAX_COUNT);
    return executable.map(found ->
        new TrackConfig.Processes(
            name, found.value(), arguments, minimum, maximum, interval, rise, fall));
  }

  private void requireUnlessDefaults(String name, Section section, String key, boolean present) {
    if (!present && !name.isEmpty() && !reading.findings().hasErrorAt(section.name(key))) {
      reading.findings().error("missing", section.place(key), "must be given");
    }
  }

  /** What a {@code track} section names. */
  List<TrackedItem> items(Section track) {
    List<TrackedItem> items = new ArrayList<>();
    add(items, track, "interfaces", Kind.INTERFACE);
    add(items, track, "scripts", Kind.SCRIPT);
    add(items, track, "files", Kind.FILE);
    add(items, track, "processes", Kind.PROCESS);
    return items;
  }

  private void add(List<TrackedItem> items, Section track, String key, Kind kind) {
    for (Section.Item item : track.items(key)) {
      Section section =
          item.value() instanceof ConfigObject object
              ? defaults.trackedItem().under(new Section.Layer(object, item.name()))
              : plain(item);
      Optional<Placed<String>> name =
          section.find(
              "name", kind == Kind.INTERFACE ? VirtualRouterReader::interfaceName : Scalars::text);
      Effect effect = effect(section);
      section.rejectUnknown();
      if (name.isEmpty()) {
        if (!reading.findings().hasErrorAt(item.name())) {
          reading.findings().error("missing", item.place(), "needs a name");
        }
        continue;
      }
      TrackConfig.Key wanted = new TrackConfig.Key(kind, name.get().value());
      if (!isKnown(wanted, name.get())) {
        continue;
      }
      used.add(wanted);
      if (items.stream().anyMatch(other -> other.key().equals(wanted))) {
        reading
            .findings()
            .error("duplicate-name", item.place(), "must be named once, but repeats " + wanted);
        continue;
      }
      TrackedItem tracked = new TrackedItem(wanted, effect);
      places.put(tracked, section.written("weight").map(Section.Item::place).orElse(item.place()));
      items.add(tracked);
    }
  }

  /** A name alone, as if it stood in a section. */
  private Section plain(Section.Item item) {
    ConfigObject object =
        ConfigValueFactory.fromMap(Map.of())
            .withValue("name", item.value())
            .withOrigin(item.value().origin());
    return defaults
        .trackedItem()
        .under(new Section.Layer(object, item.name(), Map.of("name", item.name())));
  }

  private boolean isKnown(TrackConfig.Key key, Placed<String> name) {
    if (key.kind() == Kind.INTERFACE) {
      if (!reading.host().hasInterface(key.name())) {
        reading
            .findings()
            .warning(
                "no-interface",
                name.place(),
                "is no interface of this host now: " + key.name() + " counts as down until it is");
      }
      return true;
    }
    if (defined.containsKey(key)) {
      return true;
    }
    List<String> known =
        defined.keySet().stream()
            .filter(other -> other.kind() == key.kind())
            .map(TrackConfig.Key::name)
            .toList();
    String section =
        switch (key.kind()) {
          case SCRIPT -> "track-scripts";
          case FILE -> "track-files";
          case PROCESS, INTERFACE -> "track-processes";
        };
    // One that is defined, but wrongly, has been reported.
    if (!reading.findings().hasErrorAt(Section.join(section, key.name()))) {
      reading
          .findings()
          .add(
              Severity.ERROR,
              "no-track",
              name.place(),
              "must be the name of one of "
                  + section
                  + (known.isEmpty() ? ", which is empty" : " (" + String.join(", ", known) + ")")
                  + ", but is "
                  + Scalars.found(key.name()),
              Nearest.to(key.name(), known).map(near -> "did you mean " + near + "?"));
    }
    return false;
  }

  private static Effect effect(Section section) {
    return section.value("weight", TrackReader::effect);
  }

  private static Parsed<Effect> effect(ConfigValue value) {
    String expected = "resign, or points -" + MAX_WEIGHT + ".." + MAX_WEIGHT + " other than 0";
    return Scalars.scalar(
        value,
        expected,
        text -> {
          if (text.equals("resign")) {
            return Parsed.good(new Effect.Resign());
          }
          // "+2", as people write what is added.
          String number = text.startsWith("+") ? text.substring(1) : text;
          return Scalars.integer(number, -MAX_WEIGHT, MAX_WEIGHT)
              .value()
              .filter(points -> points != 0)
              .map(points -> Parsed.<Effect>good(new Effect.Weight(points)))
              .orElse(Parsed.bad(expected));
        });
  }

  /** After all virtual routers: what their weights can do, and which definition nobody uses. */
  void check(Parts parts) {
    Map<TrackConfig.Key, TrackConfig> known = new HashMap<>();
    defined.forEach((key, track) -> known.put(key, track.value()));
    WeightCheck weights =
        new WeightCheck(reading.findings(), known, item -> places.getOrDefault(item, root.here()));
    for (Placed<VirtualRouterConfig> router : parts.routers) {
      List<Integer> others = parts.peerPriorities.getOrDefault(router.value().name(), List.of());
      weights.run(router.value(), others);
    }
    for (Placed<TrackConfig> track : defined.values()) {
      if (!used.contains(track.value().key())) {
        reading
            .findings()
            .warning(
                "unused-track",
                track.place(),
                "is tracked by no virtual router, and will not be looked at");
      }
    }
  }
}
