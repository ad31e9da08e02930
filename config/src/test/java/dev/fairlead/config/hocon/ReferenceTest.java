package dev.fairlead.config.hocon;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigValue;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ReferenceTest {

  /** A text for both forms, so that every reader runs. */
  private static final String BOTH = Reads.SHORT + LongFormTest.EVERYTHING;

  @Test
  void every_key_of_the_reference_is_asked_for() {
    Reading reading = new Reading(FakeHost.with("eth0 172.16.100.100/24", "eth1 10.0.0.5/16"));
    new HoconReader(reading.host(), Map.of()).readText(reading, "f.conf", BOTH);

    Set<String> keys = new TreeSet<>();
    collect("", reference(), keys);
    // Asking for a key that the reference does not have throws: the other direction.
    assertThat(keys).isNotEmpty().containsExactlyInAnyOrderElementsOf(reading.asked());
  }

  @Test
  void every_key_has_a_comment_of_its_own() {
    String previous = "";
    for (String line : HoconReader.reference().lines().toList()) {
      boolean isKey = line.strip().matches("[a-z0-9-]+ = .*");
      if (isKey) {
        assertThat(previous.strip()).as("above: " + line).startsWith("#");
      }
      previous = line;
    }
  }

  @Test
  void the_reference_alone_has_nothing_to_do_but_is_otherwise_fine() {
    assertThat(Reads.messages(FakeHost.with("eth0 10.0.0.1/24"), HoconReader.reference()))
        .containsExactly(
            "error: the configuration has neither masters (the short form) nor frontends");
  }

  private static void collect(String path, ConfigObject object, Set<String> keys) {
    for (Map.Entry<String, ConfigValue> member : object.entrySet()) {
      String key = Section.join(path, member.getKey());
      keys.add(key);
      // The short form's check has the keys of defaults.backend.check.
      if (member.getValue() instanceof ConfigObject nested && !key.equals("check")) {
        collect(key, nested, keys);
      }
    }
  }

  private static ConfigObject reference() {
    return ConfigFactory.parseString(HoconReader.reference(), ConfigParseOptions.defaults())
        .resolve(ConfigResolveOptions.noSystem())
        .root();
  }
}
