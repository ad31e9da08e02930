package dev.fairlead.config.hocon;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigResolver;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import dev.fairlead.config.Host;
import dev.fairlead.config.ReadResult;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The HOCON reader: files or flags, short form and long form, to records and findings. */
public final class HoconReader {

  /** More unresolved substitutions than this are not listed. */
  private static final int MAX_UNRESOLVED = 50;

  private final Host host;
  private final Map<String, String> environment;

  /**
   * @param host asked for local addresses and interfaces
   * @param environment what {@code ${?NAME}} may refer to
   */
  public HoconReader(Host host, Map<String, String> environment) {
    this.host = host;
    this.environment = Map.copyOf(environment);
  }

  /** The text of {@code reference.conf}: every key, its default, and what it means. */
  public static String reference() {
    try (InputStream in = HoconReader.class.getResourceAsStream("/" + Section.REFERENCE)) {
      if (in == null) {
        throw new IllegalStateException(Section.REFERENCE + " is not on the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads files; keys of later files override those of earlier ones. */
  public ReadResult read(List<Path> files) {
    Reading reading = new Reading(host);
    HoconFiles hocon = new HoconFiles(reading.findings());
    Config user = ConfigFactory.empty();
    for (Path file : files) {
      user = hocon.read(file).withFallback(user);
    }
    return read(reading, hocon, user);
  }

  /** Reads a text, as if it stood in a file of that name. */
  public ReadResult readText(String name, String text) {
    return readText(new Reading(host), name, text);
  }

  ReadResult readText(Reading reading, String name, String text) {
    HoconFiles hocon = new HoconFiles(reading.findings());
    return read(reading, hocon, hocon.readText(name, text));
  }

  /** Reads the flags of {@code fairlead run} without a file. */
  public ReadResult readFlags(RunFlags flags) {
    Reading reading = new Reading(host);
    ConfigObject reference = resolved(reading, referenceConfig());
    return new FlagForm(reading, reference, flags).read().result(reading, List.of());
  }

  private ReadResult read(Reading reading, HoconFiles hocon, Config user) {
    if (!hocon.isComplete()) {
      // Half a configuration would only add errors that are none.
      return new ReadResult.Invalid(reading.findings().inOrder(hocon.names()));
    }
    Config reference = referenceConfig();
    Config merged = user.withFallback(reference);
    Optional<Section.Item> tooLarge =
        hocon.hasSubstitutions() ? HoconSize.exceeded(merged.root()) : Optional.empty();
    if (tooLarge.isPresent()) {
      reading
          .findings()
          .error(
              "size",
              tooLarge.get().place(),
              "becomes larger than %,d characters with its substitutions".formatted(HoconSize.MAX));
      return new ReadResult.Invalid(reading.findings().inOrder(hocon.names()));
    }
    ConfigObject root = resolved(reading, merged);
    ConfigObject pure = resolved(reading, reference);
    return new FileForm(reading, root, pure, user.root().keySet(), Collector.chosenBy(environment))
        .read()
        .result(reading, hocon.names());
  }

  private static Config referenceConfig() {
    return ConfigFactory.parseString(
        withoutComments(reference()),
        ConfigParseOptions.defaults().setOriginDescription(Section.REFERENCE));
  }

  // Three quarters of it are comments, which the parser would read one character at a time, in the
  // interpreter, at every start. Lines stay where they are.
  private static String withoutComments(String text) {
    StringBuilder bare = new StringBuilder(text.length());
    int from = 0;
    while (from < text.length()) {
      int newline = text.indexOf('\n', from);
      int end = newline < 0 ? text.length() : newline;
      int first = from;
      while (first < end && text.charAt(first) == ' ') {
        first++;
      }
      if (first < end && text.charAt(first) != '#') {
        bare.append(text, first, end);
      }
      bare.append('\n');
      from = end + 1;
    }
    return bare.toString();
  }

  /** Resolves substitutions; each that cannot be is reported, and stands for nothing. */
  private ConfigObject resolved(Reading reading, Config config) {
    Set<String> missing = new HashSet<>();
    while (true) {
      try {
        return config
            .resolve(
                ConfigResolveOptions.noSystem().appendResolver(new Variables(environment, missing)))
            .root();
      } catch (ConfigException e) {
        String message = String.valueOf(e.getMessage());
        String path = substitution(message);
        Place place =
            e.origin() == null
                ? new Place("", 0, "")
                : Place.of(ConfigValueFactory.fromAnyRef("").withOrigin(e.origin()), "");
        boolean isCycle = message.contains("cycle");
        boolean isNew = !isCycle && !path.isEmpty() && missing.add(path);
        if (isNew) {
          reading
              .findings()
              .error(
                  "unresolved",
                  place,
                  "${" + path + "} is neither a key nor an environment variable",
                  "${?" + path + "} may be missing");
        } else {
          reading
              .findings()
              .error(
                  "unresolved",
                  place,
                  isCycle ? "${" + path + "} leads back to itself" : "cannot be resolved");
        }
        if (!isNew || missing.size() > MAX_UNRESOLVED) {
          return referenceConfig().resolve(ConfigResolveOptions.noSystem()).root();
        }
      }
    }
  }

  private static String substitution(String message) {
    int from = message.indexOf("${");
    int to = message.indexOf('}', from + 2);
    return from < 0 || to < 0 ? "" : message.substring(from + 2, to);
  }

  /** Environment variables, as given; what is known to be missing is a marker. */
  private record Variables(Map<String, String> environment, Set<String> missing)
      implements ConfigResolver {

    @Override
    public @Nullable ConfigValue lookup(String path) {
      String value = environment.get(path);
      if (value != null) {
        return ConfigValueFactory.fromAnyRef(value, "environment variable " + path);
      }
      return missing.contains(path)
          ? ConfigValueFactory.fromAnyRef(Section.UNRESOLVED, "unresolved")
          : null;
    }

    @Override
    public ConfigResolver withFallback(ConfigResolver fallback) {
      return this;
    }
  }
}
