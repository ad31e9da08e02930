package dev.fairlead.config.hocon;

import com.typesafe.config.ConfigObject;
import dev.fairlead.config.HookConfig;
import dev.fairlead.config.HookConfig.Action;
import dev.fairlead.config.HookConfig.State;
import dev.fairlead.config.Secret;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads who is told of the changes of virtual routers. */
final class HookReader {

  private static final Duration MIN_TIMEOUT = Duration.ofMillis(100);
  private static final Duration HOUR = Duration.ofHours(1);

  private final Reading reading;
  private final Section root;
  private final Section defaults;

  HookReader(Reading reading, Section root, Section defaults) {
    this.reading = reading;
    this.root = root;
    this.defaults = defaults;
  }

  /**
   * All hooks.
   *
   * @param routers names of the virtual routers there are
   */
  List<HookConfig> read(List<String> routers) {
    hook("", defaults, routers);
    List<HookConfig> hooks = new ArrayList<>();
    for (Section.Item item : root.named("hooks")) {
      if (!Names.require(reading.findings(), Optional.of(item.key()), item.place())) {
        continue;
      }
      if (!(item.value() instanceof ConfigObject object)) {
        root.bad(item, "a section { … }", Optional.empty());
        continue;
      }
      Section section = defaults.under(new Section.Layer(object, item.name()));
      hook(item.key(), section, routers).ifPresent(hooks::add);
      section.rejectUnknown();
      if (routers.isEmpty()) {
        reading
            .findings()
            .warning("no-effect", item.place(), "has no effect without a virtual router");
      }
    }
    return hooks;
  }

  private Optional<HookConfig> hook(String name, Section section, List<String> routers) {
    List<String> meant = section.names("routers", routers, "a virtual router");
    Set<State> states = EnumSet.noneOf(State.class);
    section
        .list("on", value -> Scalars.choice(value, Scalars.words(State.values())))
        .forEach(state -> states.add(state.value()));
    CommandReader commands = new CommandReader(section, reading.host());
    Optional<List<String>> command = commands.command("command");
    boolean keepalivedArguments = section.bool("keepalived-arguments");
    Optional<String> user = commands.user("user");
    Optional<Secret> url = url(section);
    Optional<Path> caFile = file(section, "ca-file");
    Optional<Path> tokenFile = file(section, "bearer-token-file");
    Duration timeout = section.duration("timeout", MIN_TIMEOUT, HOUR);
    int retries = section.integer("retries", 0, 100);
    Duration backoff = section.duration("backoff", Duration.ofMillis(10), HOUR);
    if (name.isEmpty()) {
      return Optional.empty();
    }
    if (command.isPresent() == url.isPresent()) {
      if (!reading.findings().hasErrorAt(section.name("command"))
          && !reading.findings().hasErrorAt(section.name("webhook"))) {
        reading
            .findings()
            .error(
                "hook",
                section.here(),
                "must have either a command or a webhook, but has "
                    + (command.isPresent() ? "both" : "neither"));
      }
      return Optional.empty();
    }
    command.ifPresent(
        words -> refuse(section, "has no effect on a command", "ca-file", "bearer-token-file"));
    url.ifPresent(
        words -> refuse(section, "has no effect on a webhook", "user", "keepalived-arguments"));
    Action action =
        command
            .<Action>map(words -> new Action.Command(words, keepalivedArguments, user))
            .orElseGet(() -> new Action.Webhook(url.orElseThrow(), caFile, tokenFile));
    return Optional.of(new HookConfig(name, meant, states, action, timeout, retries, backoff));
  }

  /** Only in the section itself: a default may be meant for the other kind of hook. */
  private void refuse(Section section, String why, String... keys) {
    for (String key : keys) {
      if (section.isGiven(key)) {
        reading.findings().warning("no-effect", section.place(key), why);
      }
    }
  }

  private Optional<Secret> url(Section section) {
    Optional<Secret> url = Texts.secret(section, "webhook", reading.host());
    if (url.isPresent() && reading.host().known() && !isUrl(url.get().value())) {
      // Without the text: a token may be part of it.
      reading
          .findings()
          .error(
              "bad-value",
              section.place("webhook"),
              "must be a URL that starts with http:// or https:// and names a host");
    }
    return url;
  }

  private static boolean isUrl(String text) {
    try {
      URI uri = new URI(text);
      return uri.getHost() != null
          && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()));
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private Optional<Path> file(Section section, String key) {
    Optional<Placed<String>> text = section.find(key, Scalars::text);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      Path file = Texts.path(text.get());
      if (!reading.host().canRead(file)) {
        reading
            .findings()
            .error(
                "unreadable",
                text.get().place(),
                "must be a readable file, but " + file + " is not");
      }
      return Optional.of(file);
    } catch (InvalidPathException e) {
      reading.findings().error("bad-value", text.get().place(), "must be a path");
      return Optional.empty();
    }
  }
}
