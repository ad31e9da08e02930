package dev.fairlead.config.hocon;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import dev.fairlead.config.Finding.Severity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Typed access to one section of the configuration, as layers: what was written in the section
 * itself, then what the user's {@code defaults} say, then {@code reference.conf}. The first usable
 * value counts; an unusable one is a finding, and the next layer answers, so that reading goes on.
 *
 * <p>The last layer always is {@code reference.conf}'s: a key that is not there is unknown when it
 * comes from a user, and our own bug when we ask for it.
 */
final class Section {

  /** Origin of everything in {@code reference.conf}. */
  static final String REFERENCE = "reference.conf";

  /** Stands for a substitution that could not be resolved, which has been reported already. */
  static final String UNRESOLVED = "\u0000unresolved";

  /**
   * @param path key of the object, empty for the root
   * @param names what the user calls a key, where that is not path + key (command line flags)
   */
  record Layer(ConfigObject object, String path, Map<String, String> names) {

    Layer(ConfigObject object, String path) {
      this(object, path, Map.of());
    }

    String name(String key) {
      String name = names.get(key);
      return name != null ? name : join(path, key);
    }
  }

  /**
   * One element of a list, the only value where a list could stand, or a member of an object.
   *
   * @param name full path
   * @param key its last part
   */
  record Item(String name, String key, ConfigValue value) {
    Place place() {
      return Place.of(value, name);
    }

    static int compareByPlace(Item one, Item other) {
      int byPlace = Place.compare(one.place(), other.place());
      return byPlace != 0 ? byPlace : one.name.compareTo(other.name);
    }
  }

  private final Reading reading;
  private final List<Layer> layers;
  private final Layer reference;

  Section(Reading reading, List<Layer> layers) {
    this.reading = reading;
    this.layers = List.copyOf(layers);
    this.reference = layers.getLast();
  }

  static String join(String path, String key) {
    String quoted = key.indexOf('.') >= 0 || key.indexOf(' ') >= 0 ? '"' + key + '"' : key;
    return path.isEmpty() ? quoted : path + "." + quoted;
  }

  /** What the user calls a key of this section. */
  String name(String key) {
    return layers.getFirst().name(key);
  }

  Layer firstLayer() {
    return layers.getFirst();
  }

  /** This section's layers above those of another. */
  Section over(Section base) {
    List<Layer> all = new ArrayList<>(layers);
    all.addAll(base.layers);
    return new Section(reading, all);
  }

  /** A section of the same kind with another first layer. */
  Section under(Layer first) {
    List<Layer> all = new ArrayList<>();
    all.add(first);
    all.addAll(layers);
    return new Section(reading, all);
  }

  /** The nested section; empty layers where it was not written. */
  Section child(String key) {
    return child(key, null);
  }

  /**
   * @param shorthand the nested key that a plain value stands for: {@code check = tcp}
   */
  Section child(String key, @Nullable String shorthand) {
    asks(key);
    List<Layer> nested = new ArrayList<>();
    for (Layer layer : layers) {
      ConfigValue value = layer.object().get(key);
      if (value == null || isNothing(value)) {
        continue;
      }
      String name = layer.name(key);
      if (value instanceof ConfigObject object) {
        nested.add(new Layer(object, name, layer.names()));
      } else if (shorthand != null && Scalars.scalarText(value).isPresent()) {
        nested.add(
            new Layer(
                ConfigValueFactory.fromMap(Map.of())
                    .withValue(shorthand, value)
                    .withOrigin(value.origin()),
                name,
                Map.of(shorthand, name)));
      } else {
        bad(new Item(name, key, value), "a section { … }", Optional.empty());
      }
    }
    return new Section(reading, nested);
  }

  /** Named sub-sections, in the order in which they were written; not inherited. */
  List<Item> named(String key) {
    asks(key);
    Layer layer = layers.getFirst();
    ConfigValue value = layer.object().get(key);
    if (value == null || isNothing(value)) {
      return List.of();
    }
    if (!(value instanceof ConfigObject object)) {
      bad(
          new Item(layer.name(key), key, value),
          "named sections, " + key + " { name { … } }",
          Optional.empty());
      return List.of();
    }
    return members(object, layer.name(key));
  }

  /** The members of an object in the order of the file; objects themselves forget it. */
  static List<Item> members(ConfigObject object, String path) {
    List<Item> items = new ArrayList<>();
    for (Map.Entry<String, ConfigValue> member : object.entrySet()) {
      items.add(new Item(join(path, member.getKey()), member.getKey(), member.getValue()));
    }
    items.sort(Item::compareByPlace);
    return items;
  }

  /**
   * The values of a key, best first: what users wrote, in whatever layer, beats what {@code
   * reference.conf} says. A user's null ends the search.
   */
  private List<Item> candidates(String key) {
    asks(key);
    List<Item> written = new ArrayList<>();
    List<Item> standard = new ArrayList<>();
    for (Layer layer : layers) {
      ConfigValue value = layer.object().get(key);
      if (value == null || isUnresolved(value)) {
        continue;
      }
      boolean isReference = isReference(value);
      if (value.valueType() != ConfigValueType.NULL) {
        (isReference ? standard : written).add(new Item(layer.name(key), key, value));
      } else if (!isReference) {
        return written;
      }
    }
    written.addAll(standard);
    return written;
  }

  /** Elements of a list; a plain value counts as a list of one. */
  List<Item> items(String key) {
    List<Item> candidates = candidates(key);
    if (candidates.isEmpty()) {
      return List.of();
    }
    Item first = candidates.getFirst();
    if (!(first.value() instanceof ConfigList list)) {
      return List.of(first);
    }
    // A flag that was given three times is still called by its own name.
    boolean numbered = !first.name().startsWith("--");
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      if (!isUnresolved(list.get(i))) {
        String name = numbered ? first.name() + "[" + i + "]" : first.name();
        items.add(new Item(name, key, list.get(i)));
      }
    }
    return items;
  }

  /** The value of an optional key; empty when it is null, or was unusable. */
  <T> Optional<Placed<T>> find(String key, Function<ConfigValue, Parsed<T>> reader) {
    for (Item item : candidates(key)) {
      Optional<Placed<T>> found = item(item, reader);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /** The value of a key that has a default. */
  <T> T value(String key, Function<ConfigValue, Parsed<T>> reader) {
    Optional<Placed<T>> found = find(key, reader);
    if (found.isPresent()) {
      return found.get().value();
    }
    // Written as null, where there must be a value: the default stands in.
    ConfigValue fallback = reference.object().get(key);
    Optional<T> standard = fallback == null ? Optional.empty() : reader.apply(fallback).value();
    if (standard.isPresent()) {
      written(key)
          .filter(item -> item.value().valueType() == ConfigValueType.NULL)
          .filter(item -> reading.findings().blameOnce(item.value()))
          .ifPresent(
              item -> reading.findings().error("bad-value", item.place(), "must not be null"));
      return standard.get();
    }
    throw new IllegalStateException("no usable default for " + reference.name(key));
  }

  int integer(String key, int min, int max) {
    return value(key, value -> Scalars.integer(value, min, max));
  }

  boolean bool(String key) {
    return value(key, Scalars::bool);
  }

  Duration duration(String key, Duration min, Duration max) {
    return value(key, value -> Scalars.duration(value, min, max, ""));
  }

  /** A duration of which 0 means something of its own. */
  Duration durationOrZero(String key, Duration min, Duration max, String zero) {
    return value(key, value -> Scalars.duration(value, min, max, zero));
  }

  <E> E choice(String key, Map<String, E> choices) {
    return value(key, value -> Scalars.choice(value, choices));
  }

  /** The user's value of a key, whichever layer it is in. */
  Optional<Item> written(String key) {
    asks(key);
    for (Layer layer : layers) {
      ConfigValue value = layer.object().get(key);
      if (value != null && !isReference(value)) {
        return Optional.of(new Item(layer.name(key), key, value));
      }
    }
    return Optional.empty();
  }

  /** Whether the section itself, not its defaults, has a value for the key. */
  boolean isGiven(String key) {
    asks(key);
    ConfigValue value = layers.getFirst().object().get(key);
    return value != null && !isNothing(value) && !isReference(value);
  }

  /** Whether the key has another value than in {@code reference.conf}. */
  boolean isChanged(String key) {
    asks(key);
    return !Objects.equals(layers.getFirst().object().get(key), reference.object().get(key));
  }

  /** Where a key stands, or where the section starts if it was not written. */
  Place place(String key) {
    return written(key)
        .map(Item::place)
        .orElseGet(() -> here().withKey(layers.getFirst().name(key)));
  }

  /** Where the section starts. */
  Place here() {
    Layer first = layers.getFirst();
    if (first.path().isEmpty()) {
      return new Place("", 0, "");
    }
    return isReference(first.object())
        ? new Place("", 0, first.path())
        : Place.of(first.object(), first.path());
  }

  /** Every key that no layer should have is an error. */
  void rejectUnknown() {
    for (Layer layer : layers) {
      for (Map.Entry<String, ConfigValue> member : layer.object().entrySet()) {
        String key = member.getKey();
        if (!reference.object().containsKey(key)
            && reading.findings().blameOnce(member.getValue())) {
          Place place = Place.of(member.getValue(), layer.name(key));
          Optional<String> near = Nearest.to(key, reference.object().keySet());
          reading
              .findings()
              .add(
                  Severity.ERROR,
                  "unknown-key",
                  place,
                  "is not a known key",
                  near.map(known -> "did you mean " + known + "?"));
        }
      }
    }
  }

  Findings findings() {
    return reading.findings();
  }

  /** Reports an unusable value, once. */
  void bad(Item item, String expected, Optional<String> hint) {
    if (reading.findings().blameOnce(item.value())) {
      reading
          .findings()
          .add(
              Severity.ERROR,
              "bad-value",
              item.place(),
              "must be " + expected + ", but is " + Scalars.found(item.value()),
              hint);
    }
  }

  /** Reads one element of a list; an unusable one is reported and left out. */
  <T> Optional<Placed<T>> item(Item item, Function<ConfigValue, Parsed<T>> reader) {
    Parsed<T> parsed = reader.apply(item.value());
    parsed.problem().ifPresent(problem -> bad(item, problem.expected(), problem.hint()));
    return parsed.value().map(good -> new Placed<>(good, item.place()));
  }

  /**
   * The things that a list names, or all of them for the single word "all"; what is unknown is
   * reported and left out.
   *
   * @param kind of thing, with its article
   */
  List<String> names(String key, List<String> known, String kind) {
    List<String> names = new ArrayList<>();
    List<Item> items = items(key);
    for (Item item : items) {
      Optional<Placed<String>> name = item(item, Scalars::text);
      if (name.isEmpty()) {
        continue;
      }
      String word = name.get().value();
      if (word.equals("all") && items.size() == 1) {
        names.addAll(known);
      } else if (known.contains(word)) {
        names.add(word);
      } else {
        bad(
            item,
            "the name of " + kind + (known.isEmpty() ? "" : " (" + String.join(", ", known) + ")"),
            Nearest.to(word, known).map(near -> "did you mean " + near + "?"));
      }
    }
    return names;
  }

  /** All usable elements of a list. */
  <T> List<Placed<T>> list(String key, Function<ConfigValue, Parsed<T>> reader) {
    List<Placed<T>> values = new ArrayList<>();
    for (Item item : items(key)) {
      item(item, reader).ifPresent(values::add);
    }
    return values;
  }

  private void asks(String key) {
    if (!reference.object().containsKey(key)) {
      throw new IllegalStateException(REFERENCE + " has no " + reference.name(key));
    }
    reading.asked().add(reference.name(key));
  }

  static boolean isReference(ConfigValue value) {
    return value.origin().description().startsWith(REFERENCE);
  }

  private static boolean isNothing(ConfigValue value) {
    return value.valueType() == ConfigValueType.NULL || isUnresolved(value);
  }

  private static boolean isUnresolved(ConfigValue value) {
    return value.valueType() == ConfigValueType.STRING
        && ((String) value.unwrapped()).contains(UNRESOLVED);
  }
}
