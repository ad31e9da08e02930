package dev.fairlead.config.hocon;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigValue;
import dev.fairlead.config.Configuration;
import dev.fairlead.config.ConfigurationText;
import dev.fairlead.config.Finding;
import dev.fairlead.config.ReadResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Every key of {@code reference.conf}, whoever added it: a wrong value is refused where it stands,
 * and another value makes another configuration, so that a reload has something to notice, and
 * other words, so that people have. That each has a comment and is asked for is in {@link
 * ReferenceTest}.
 */
class OptionAuditTest {

  private static final FakeHost HOST =
      FakeHost.with("eth0 172.16.100.100/24", "eth1 10.0.0.5/16")
          .withFiles(
              Path.of("/etc/kubernetes/pki/ca.crt"),
              Path.of("/ca"),
              Path.of("/crt"),
              Path.of("/key"),
              Path.of("/token"),
              Path.of("/other"));

  /** Named sections and free lists: what is in them has defaults of its own. */
  private static final Set<String> CONTAINERS =
      Set.of(
          "frontends",
          "backends",
          "virtual-routers",
          "track-scripts",
          "track-files",
          "track-processes",
          "hooks");

  @Test
  void a_wrong_value_of_any_key_is_an_error_with_file_and_line() {
    List<String> ignored = new ArrayList<>();
    for (String key : keys()) {
      // Wrong for a number, a word, a section, a list of anything.
      String base = withNoneOfItsOwn(key);
      long line = base.lines().count() + 1;
      ReadResult result = Reads.read(HOST, base + key + " = [[[]]]\n");
      boolean isRefused =
          result.findings().stream()
              .anyMatch(finding ->
                  finding.severity() == Finding.Severity.ERROR
                      && finding.file().equals("f.conf")
                      && finding.line() == line
                      && finding.key().startsWith(key));
      if (!isRefused) {
        ignored.add(key + " " + Reads.messages(result));
      }
    }
    assertThat(ignored).isEmpty();
  }

  @Test
  void another_value_of_any_key_makes_another_configuration() {
    List<String> ignored = new ArrayList<>();
    for (Map.Entry<String, String> change : OtherValues.OF.entrySet()) {
      String before = OtherValues.text(change.getKey());
      if (!(Reads.read(HOST, before) instanceof ReadResult.Valid(Configuration one, var notes))) {
        ignored.add(change.getKey() + " before " + Reads.messages(HOST, before));
        continue;
      }
      ReadResult result = Reads.read(HOST, before + change.getKey() + " = " + change.getValue());
      if (!(result instanceof ReadResult.Valid(Configuration other, var findings))) {
        ignored.add(change.getKey() + " is refused " + Reads.messages(result));
      } else if (one.equals(other)) {
        ignored.add(change.getKey() + " changes nothing " + findings + notes);
      }
    }
    assertThat(ignored).isEmpty();
  }

  /** What `fairlead check` prints of a file, and `fairlead status` of what is in force. */
  @Test
  void and_is_said_in_other_words() {
    List<String> unsaid = new ArrayList<>();
    for (Map.Entry<String, String> change : OtherValues.OF.entrySet()) {
      String before = OtherValues.text(change.getKey());
      String after = before + change.getKey() + " = " + change.getValue();
      String words = ConfigurationText.of(Reads.valid(HOST, before));
      if (ConfigurationText.of(Reads.valid(HOST, after)).equals(words)) {
        unsaid.add(change.getKey());
      }
    }
    assertThat(unsaid).isEmpty();
  }

  @Test
  void and_there_is_such_a_value_for_every_key() {
    Set<String> missing = new TreeSet<>(keys());
    missing.removeAll(OtherValues.OF.keySet());
    missing.removeAll(OtherValues.SEEN_ELSEWHERE.keySet());
    assertThat(missing).isEmpty();
    Set<String> unknown = new TreeSet<>(OtherValues.OF.keySet());
    unknown.removeAll(keys());
    assertThat(unknown).as("no longer in the reference").isEmpty();
  }

  /** Two keys are looked at only where a section leaves them to the defaults. */
  private static String withNoneOfItsOwn(String key) {
    return switch (key) {
      case "defaults.backend.servers" -> "frontends.a {}\nbackends.a {}\n";
      case "defaults.server.address" -> "frontends.a {}\nbackends.a.servers = [{ name = n }]\n";
      default -> Reads.SHORT;
    };
  }

  /** All that hold a value, with their path. */
  private static Set<String> keys() {
    Set<String> keys = new TreeSet<>();
    collect("", reference(), keys);
    return keys;
  }

  private static void collect(String path, ConfigObject object, Set<String> keys) {
    for (Map.Entry<String, ConfigValue> member : object.entrySet()) {
      String key = Section.join(path, member.getKey());
      if (member.getValue() instanceof ConfigObject nested && !CONTAINERS.contains(key)) {
        collect(key, nested, keys);
      } else {
        keys.add(key);
      }
    }
  }

  private static ConfigObject reference() {
    return ConfigFactory.parseString(HoconReader.reference(), ConfigParseOptions.defaults())
        .resolve(ConfigResolveOptions.noSystem())
        .root();
  }
}
