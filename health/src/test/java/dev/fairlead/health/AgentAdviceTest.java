package dev.fairlead.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.ServerConfig.Administrative;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** haproxy's agent-check protocol, word by word. */
class AgentAdviceTest {

  @ParameterizedTest
  @CsvSource({
    "up, false",
    "UP, false",
    "down, true",
    "failed, true",
    "fail, true",
    "stopped, true",
    "'down # up we go', true",
    "'up down', true",
    "'down,up', false",
  })
  void aServerIsDownOrUp(String line, boolean down) {
    assertThat(AgentAdvice.NONE.after(line).down()).isEqualTo(down);
  }

  @ParameterizedTest
  @CsvSource({"ready, READY", "drain, DRAIN", "maint, MAINTENANCE", "'up\tDrain', DRAIN"})
  void peoplesDecisions(String line, Administrative expected) {
    assertThat(AgentAdvice.NONE.after(line).administrative()).isEqualTo(Optional.of(expected));
  }

  @Test
  void numbers() {
    AgentAdvice advice = AgentAdvice.NONE.after("up 75% maxconn:30");
    assertThat(advice.weightPercent()).isEqualTo(OptionalInt.of(75));
    assertThat(advice.maxConnections()).isEqualTo(OptionalInt.of(30));
    assertThat(advice.weight(4)).isEqualTo(3);
    assertThat(advice.weight(1)).as("never none by rounding").isEqualTo(1);
    assertThat(advice.after("0%").weight(200)).isZero();
    assertThat(advice.after("1000%").weight(100)).as("no more than there can be").isEqualTo(256);
    assertThat(AgentAdvice.NONE.weight(7)).isEqualTo(7);
  }

  @Test
  void whatIsNotMentionedStays() {
    AgentAdvice advice =
        AgentAdvice.NONE.after("down drain 50% maxconn:5").after("up").after("ready");
    assertThat(advice.down()).isFalse();
    assertThat(advice.administrative()).isEqualTo(Optional.of(Administrative.READY));
    assertThat(advice.weightPercent()).isEqualTo(OptionalInt.of(50));
    assertThat(advice.maxConnections()).isEqualTo(OptionalInt.of(5));
    assertThat(advice.answers()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "   ",
        "# drain",
        "%",
        "-5%",
        "5.5%",
        "99999999%",
        "maxconn:",
        "maxconn:x",
        "maxconn:-1",
        "hello world",
        "HTTP/1.0 200 OK"
      })
  void whatIsNoneOfItsWordsChangesNothing(String line) {
    AgentAdvice before = AgentAdvice.NONE.after("drain 50% maxconn:5");
    assertThat(before.after(line).isLike(before)).isTrue();
  }

  @Test
  void silenceChangesNothing() {
    AgentAdvice before = AgentAdvice.NONE.after("drain 50%");
    AgentAdvice after = before.silent("connection refused");
    assertThat(after.isLike(before)).isTrue();
    assertThat(after.lastAnswer()).isEqualTo("no answer: connection refused");
    assertThat(after.isClosed()).isTrue();
  }
}
