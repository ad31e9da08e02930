package dev.fairlead.config.hocon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.ConfigurationText;
import dev.fairlead.config.RaceConfig;
import dev.fairlead.config.RebalanceConfig;
import java.util.List;
import org.junit.jupiter.api.Test;

class RaceTest {

  private static final FakeHost HOST = FakeHost.with("eth0 10.0.0.5/24");

  @Test
  void without_a_word_everything_is_raced_and_nothing_is_rebalanced() {
    assertThat(backend("").placement().race()).isEqualTo(RaceConfig.DEFAULT);
    assertThat(backend("").placement().rebalance()).isEqualTo(RebalanceConfig.OFF);
  }

  @Test
  void a_plain_value_is_the_most_important_key() {
    assertThat(backend("race = off").placement().race().mode()).isEqualTo(RaceConfig.Mode.OFF);
    assertThat(backend("race = connect").placement().race().hellos()).isFalse();
    assertThat(backend("race = connect").placement().race().connects()).isTrue();
    assertThat(backend("rebalance = 5").placement().rebalance().rate()).isEqualTo(5);
    assertThat(ConfigurationText.of(Reads.valid(HOST, text("race = off\nrebalance = 5"))))
        .contains(
            "  a server that does not answer is waited for\n",
            "  after a recovery: 5 sessions per second are closed on servers with 10% more than"
                + " their share, if older than 5m and idle for 10s\n");
  }

  @Test
  void bounds_must_be_in_order() {
    assertThat(problems("race { min-delay = 300ms }"))
        .singleElement()
        .asString()
        .contains("race.min-delay", "makes max-delay (250ms) less than min-delay (300ms)");
    assertThat(problems("race { avoid = 5s, avoid-max = 2s }"))
        .singleElement()
        .asString()
        .contains("race.avoid-max", "makes avoid-max (2s) less than avoid (5s)");
    assertThat(problems("race { avoid = 0 }")).isEmpty();
  }

  @Test
  void what_has_no_effect_is_said() {
    assertThat(problems("race { mode = off, servers = 2 }"))
        .singleElement()
        .asString()
        .contains("race.servers", "has no effect with mode = off");
    assertThat(problems("rebalance { min-age = 1m }"))
        .singleElement()
        .asString()
        .contains("rebalance.min-age", "has no effect while rate is 0");
  }

  @Test
  void clients_that_come_back_to_the_same_server_are_not_sent_away() {
    assertThat(problems("balance = source, rebalance = 5"))
        .singleElement()
        .asString()
        .contains("rebalance", "must be 0 with balance = source or first");
  }

  private static BackendConfig backend(String keys) {
    return Reads.valid(HOST, text(keys)).backends().getFirst();
  }

  private static List<String> problems(String keys) {
    return Reads.messages(HOST, text(keys));
  }

  private static String text(String keys) {
    return """
    frontends.b { listen = "*:1" }
    backends.b {
      servers { a = 10.0.0.1, c = 10.0.0.2 }
      %s
    }
    """
        .formatted(keys);
  }
}
