package dev.fairlead.config.hocon;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigValue;
import dev.fairlead.config.Host;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads commands that are run without a shell: a list of arguments, or a text that is cut at its
 * spaces and means nothing else.
 */
final class CommandReader {

  private static final String EXPECTED =
      "a program's absolute path and its arguments, [\"/usr/bin/pgrep\", \"-x\", \"etcd\"]";

  /** In a text they were certainly meant for a shell, which would not see them. */
  private static final String SHELL_ONLY = "'\"`$|&;<>()*?\\~#";

  private static final int MAX_ARGUMENTS = 256;

  private final Section section;
  private final Host host;

  CommandReader(Section section, Host host) {
    this.section = section;
    this.host = host;
  }

  /** The command under {@code key}, if there is a usable one. */
  Optional<List<String>> command(String key) {
    Optional<Placed<List<String>>> found = section.find(key, CommandReader::parse);
    found.ifPresent(this::checkProgram);
    return found.map(Placed::value);
  }

  /** The user under {@code key}, if there is one. */
  Optional<String> user(String key) {
    Optional<Placed<String>> found = section.find(key, Scalars::text);
    found
        .filter(user -> !host.hasUser(user.value()))
        .ifPresent(user ->
            section
                .findings()
                .error(
                    "no-user",
                    user.place(),
                    "must be a user in /etc/passwd, but there is no " + user.value()));
    return found.map(Placed::value);
  }

  private void checkProgram(Placed<List<String>> command) {
    Path program = Path.of(command.value().getFirst());
    if (!host.canExecute(program)) {
      section
          .findings()
          .error(
              "not-executable",
              command.place(),
              "must be a program that can be executed, but " + program + " is not");
    } else if (host.isWritableByOthers(program)) {
      section
          .findings()
          .warning(
              "unsafe-program",
              command.place(),
              "can be changed by others than its owner: "
                  + program
                  + " is writable for its group or everybody, and runs with this process's rights");
    }
  }

  static Parsed<List<String>> parse(ConfigValue value) {
    Parsed<List<String>> words =
        value instanceof ConfigList list
            ? arguments(list)
            : Scalars.scalar(value, EXPECTED, CommandReader::split);
    return words.then(CommandReader::checked);
  }

  private static Parsed<List<String>> arguments(ConfigList list) {
    List<String> words = new ArrayList<>();
    for (ConfigValue element : list) {
      Optional<String> word = Scalars.scalarText(element);
      if (word.isEmpty()) {
        return Parsed.bad(EXPECTED);
      }
      words.add(word.get());
    }
    return Parsed.good(words);
  }

  private static Parsed<List<String>> split(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (SHELL_ONLY.indexOf(text.charAt(i)) >= 0) {
        return Parsed.bad(
            "a program and arguments, for no shell reads it",
            "because of %s: write a list, [\"/bin/sh\", \"-c\", \"…\"] if a shell is meant"
                .formatted(text.charAt(i)));
      }
    }
    return Parsed.good(
        List.of(text.split("[ \t]+")).stream().filter(word -> !word.isEmpty()).toList());
  }

  private static Parsed<List<String>> checked(List<String> words) {
    boolean usable =
        !words.isEmpty()
            && words.size() <= MAX_ARGUMENTS
            && words.getFirst().startsWith("/")
            && words.stream().noneMatch(word -> word.indexOf('\0') >= 0);
    return usable
        ? Scalars.path(words.getFirst(), EXPECTED).then(program -> Parsed.good(words))
        : Parsed.bad(EXPECTED);
  }
}
