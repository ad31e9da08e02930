package dev.fairlead.config.hocon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonTest {

  private static final Map<String, Object> VALUE =
      Map.of("a.b", List.of(1, "two \"2\" ü\n", true), "n", Map.of("x", 1.5));
  private static final String TEXT = "{\"a.b\":[1,\"two \\\"2\\\" ü\\n\",true],\"n\":{\"x\":1.5}}";

  @Test
  void compact_is_one_line() {
    assertThat(Json.compact(VALUE)).isEqualTo(TEXT);
  }

  @Test
  void pretty_means_the_same() {
    assertThat(Json.pretty(VALUE)).contains("\n").endsWith("}\n");
    assertThat(Json.parse(Json.pretty(VALUE))).isEqualTo(VALUE);
  }

  @Test
  void what_is_not_json_is_refused() {
    assertThat(Json.parse(TEXT)).isEqualTo(VALUE);
    assertThatThrownBy(() -> Json.parse("a = 1")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Json.parse("[1]")).isInstanceOf(IllegalArgumentException.class);
  }
}
