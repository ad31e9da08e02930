package dev.fairlead.config.hocon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.ReadResult;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Files in which everything is wrong, each wrong value in its own line or under its own key, and
 * what is said about them in one run: {@code wrong.conf} value by value, {@code cross.conf} where
 * only the company is wrong.
 */
class GoldenFindingsTest {

  @ParameterizedTest
  @ValueSource(strings = {"wrong", "cross"})
  void everything_wrong_is_found_in_one_run(String name) throws IOException {
    FakeHost host = FakeHost.with("eth0 172.16.100.100/24", "eth1 10.5.0.5/16");
    assertThat(String.join("\n", Reads.messages(read(host, name + ".conf"))) + "\n")
        .isEqualTo(resource(name + ".findings"));
  }

  private static ReadResult read(FakeHost host, String name) throws IOException {
    return new HoconReader(host, Map.of()).readText(name, resource(name));
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = GoldenFindingsTest.class.getResourceAsStream(name)) {
      assertThat(in).as(name).isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
