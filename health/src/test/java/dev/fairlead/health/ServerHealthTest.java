package dev.fairlead.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.health.CheckResult.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class ServerHealthTest {

  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  /** Close to the wrap of {@code nanoTime}, so that a comparison without subtraction fails. */
  private static final long START = Long.MAX_VALUE - 5 * SECOND;

  private static final ServerHealth.Rules RULES =
      new ServerHealth.Rules(2, 3, Duration.ofSeconds(60));

  /**
   * Results, and the state after each. {@code ok}, {@code no} = 500, {@code 403}, {@code silent} =
   * refused, {@code mute} = no answer in time, {@code skip} = not run; one second apart, or at
   * {@code @seconds} from the start.
   */
  static Stream<Arguments> stories() {
    return Stream.of(
        // A first result decides at start.
        arguments("first yes", "ok", "UP"),
        arguments("first no", "no", "UNREADY"),
        arguments("first silence", "silent", "DEAD"),
        arguments("first 403 is alive", "403", "UP"),
        arguments("not run is no result", "skip skip ok", "UNKNOWN UNKNOWN UP"),
        arguments("not run before the first 403", "skip 403", "UNKNOWN UP"),
        // UP.
        arguments("fall not reached", "ok silent silent ok", "UP UP UP UP"),
        arguments("fall, silent", "ok silent silent silent", "UP UP UP DEAD"),
        arguments("fall, answers", "ok no no no", "UP UP UP UNREADY"),
        arguments(
            "a yes starts the count anew", "ok no no ok no no no", "UP UP UP UP UP UP UNREADY"),
        arguments("not run neither counts nor resets", "ok no skip no no", "UP UP UP UP UNREADY"),
        arguments("one answer among silence is no death", "ok mute mute no", "UP UP UP UNREADY"),
        arguments(
            "refused, then no: it has restarted", "ok silent no no", "UP UP STARTING STARTING"),
        arguments("refused twice, then no", "ok silent silent no", "UP UP UP STARTING"),
        arguments("refused, well again, then no", "ok silent ok no no", "UP UP UP UP UP"),
        arguments("mute is not refused", "ok mute no no", "UP UP UP UNREADY"),
        arguments("slow is alive", "ok slow slow slow slow", "UP UP UP UNREADY UNREADY"),
        arguments("no way to it", "ok away away away", "UP UP UP DEAD"),
        arguments("one silence among answers", "ok no no silent", "UP UP UP UNREADY"),
        arguments("403 of a server that is well", "ok 403 403 403 403", "UP UP UP UP UP"),
        arguments(
            "403 right after a missed check: it has restarted",
            "ok silent 403 403 ok",
            "UP UP STARTING STARTING STARTING"),
        // UNREADY.
        arguments("unready, rise", "no ok ok", "UNREADY UNREADY UP"),
        arguments(
            "unready, rise interrupted", "no ok no ok ok", "UNREADY UNREADY UNREADY UNREADY UP"),
        arguments("unready stays", "no no no no", "UNREADY UNREADY UNREADY UNREADY"),
        arguments("unready dies", "no silent silent silent", "UNREADY UNREADY UNREADY DEAD"),
        arguments(
            "silence must be in a row",
            "no silent silent no silent silent silent",
            "UNREADY UNREADY UNREADY UNREADY UNREADY UNREADY DEAD"),
        // DEAD.
        arguments("dead, rise", "silent ok ok", "DEAD DEAD UP"),
        arguments("dead, rise interrupted", "silent ok silent ok ok", "DEAD DEAD DEAD DEAD UP"),
        arguments("dead stays", "silent silent silent silent", "DEAD DEAD DEAD DEAD"),
        arguments("dead answers no", "silent no", "DEAD STARTING"),
        arguments("dead answers 403", "silent 403", "DEAD STARTING"),
        // STARTING.
        arguments("starting, rise", "silent no ok ok", "DEAD STARTING STARTING UP"),
        arguments(
            "starting, fall",
            "silent no silent silent silent",
            "DEAD STARTING STARTING STARTING DEAD"),
        arguments(
            "an apiserver's start",
            "silent silent 403 403 no ok ok",
            "DEAD DEAD STARTING STARTING STARTING STARTING UP"),
        // The grace of 403: from the first one after a failure.
        arguments("grace not over", "silent@0 403@10 403@69.999999999", "DEAD STARTING STARTING"),
        arguments(
            "grace over, then rise", "silent@0 403@10 403@70 403@71", "DEAD STARTING STARTING UP"),
        arguments(
            "a 500 in between does not restart the grace",
            "silent@0 403@10 no@60 403@70 403@71",
            "DEAD STARTING STARTING STARTING UP"),
        arguments(
            "silence restarts the grace",
            "silent@0 403@10 silent@20 403@30 403@89.999999999 403@90 403@91",
            "DEAD STARTING STARTING STARTING STARTING STARTING UP"),
        arguments(
            "after a yes a 403 is harmless again",
            "silent no ok ok 403 403 403",
            "DEAD STARTING STARTING UP UP UP UP"),
        arguments(
            "403 after an unready start",
            "no@0 403@1 403@60.999999999 403@61 403@62",
            "UNREADY UNREADY UNREADY UNREADY UP"));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("stories")
  void resultsAddUpToAState(String name, String results, String states) {
    ServerHealth server = ServerHealth.unknown(START);
    List<String> seen = new ArrayList<>();
    long now = START;
    for (String token : results.split(" ", -1)) {
      int at = token.indexOf('@');
      now =
          at < 0
              ? now + SECOND
              : START + Math.round(Double.parseDouble(token.substring(at + 1)) * SECOND);
      Outcome outcome = outcome(at < 0 ? token : token.substring(0, at));
      server = server.observe(result(outcome), RULES, now);
      seen.add(server.health().name());
    }
    assertThat(String.join(" ", seen)).isEqualTo(states);
  }

  /** Dead closes sessions, so only a server that does not answer may be called that. */
  @ParameterizedTest
  @CsvSource({
    "UNEXPECTED_STATUS, UNREADY",
    "PROTOCOL_ERROR, UNREADY",
    "TLS_FAILED, UNREADY",
    "COMMAND_FAILED, UNREADY",
    "COMMAND_TIMEOUT, UNREADY",
    "TRAFFIC_FAILED, UNREADY",
    "CONNECT_FAILED, DEAD",
    "CONNECT_TIMEOUT, DEAD",
    "RESPONSE_TIMEOUT, DEAD",
  })
  void anAnswerIsNotDeath(Outcome outcome, Health expected) {
    ServerHealth server = ServerHealth.unknown(START).observe(result(Outcome.OK), RULES, START);
    for (int i = 0; i < 2; i++) {
      server = server.observe(result(outcome), RULES, START);
      assertThat(server.health()).isEqualTo(Health.UP);
    }
    assertThat(server.observe(result(outcome), RULES, START).health()).isEqualTo(expected);
  }

  @Test
  void aForbiddenServerThatCountsAsAliveIsRememberedForOneWarning() {
    ServerHealth first = ServerHealth.unknown(START).observe(result(Outcome.FORBIDDEN), RULES, 0);
    assertThat(first.forbiddenAlive()).isTrue();
    ServerHealth later =
        first.observe(result(Outcome.OK), RULES, 0).observe(result(Outcome.FORBIDDEN), RULES, 0);
    assertThat(later.forbiddenAlive()).isTrue();
    ServerHealth starting =
        ServerHealth.unknown(START)
            .observe(result(Outcome.CONNECT_FAILED), RULES, START)
            .observe(result(Outcome.FORBIDDEN), RULES, START);
    assertThat(starting.forbiddenAlive()).isFalse();
  }

  @Test
  void withoutGraceAForbiddenServerIsAliveAtOnce() {
    ServerHealth.Rules rules = new ServerHealth.Rules(1, 1, Duration.ZERO);
    ServerHealth server =
        ServerHealth.unknown(START)
            .observe(result(Outcome.CONNECT_FAILED), rules, START)
            .observe(result(Outcome.FORBIDDEN), rules, START);
    assertThat(server.health()).isEqualTo(Health.UP);
  }

  @Test
  void theTimeOfTheLastChangeIsKept() {
    ServerHealth up = ServerHealth.unknown(1).observe(result(Outcome.OK), RULES, 10);
    assertThat(up.changedAt()).isEqualTo(10);
    assertThat(up.observe(result(Outcome.OK), RULES, 20).changedAt()).isEqualTo(10);
  }

  @Test
  void aSuspicionAloneChangesNothingAndAYesEndsIt() {
    ServerHealth up = ServerHealth.unknown(START).observe(result(Outcome.OK), RULES, START);
    ServerHealth suspected = up.suspected();
    assertThat(suspected.health()).isEqualTo(Health.UP);
    assertThat(suspected.isSettled()).isTrue();
    assertThat(suspected.observe(result(Outcome.UNEXPECTED_STATUS), RULES, START).health())
        .isEqualTo(Health.STARTING);
    // An apiserver that has just restarted answers 403 until its RBAC rules are loaded.
    assertThat(suspected.observe(result(Outcome.FORBIDDEN), RULES, START).health())
        .isEqualTo(Health.STARTING);
    ServerHealth cleared = suspected.observe(result(Outcome.OK), RULES, START);
    assertThat(cleared.observe(result(Outcome.UNEXPECTED_STATUS), RULES, START).health())
        .isEqualTo(Health.UP);
    assertThat(cleared.observe(result(Outcome.FORBIDDEN), RULES, START).health())
        .isEqualTo(Health.UP);
  }

  @Test
  void onProbationOneMoreFailureTakesItDown() {
    ServerHealth up = ServerHealth.unknown(START).observe(result(Outcome.OK), RULES, START);
    ServerHealth probation = up.onProbation(RULES);
    assertThat(probation.health()).isEqualTo(Health.UP);
    assertThat(probation.isSettled()).isFalse();
    assertThat(probation.observe(result(Outcome.RESPONSE_TIMEOUT), RULES, START).health())
        .isEqualTo(Health.UNREADY);
    assertThat(probation.observe(result(Outcome.OK), RULES, START).isSettled()).isTrue();
  }

  @Test
  void markedDownItNeedsRiseToComeBack() {
    ServerHealth up = ServerHealth.unknown(START).observe(result(Outcome.OK), RULES, START);
    ServerHealth down = up.markedDown(RULES, START + 1);
    assertThat(down.health()).isEqualTo(Health.UNREADY);
    assertThat(down.changedAt()).isEqualTo(START + 1);
    ServerHealth rising = down.observe(result(Outcome.OK), RULES, START);
    assertThat(rising.health()).isEqualTo(Health.UNREADY);
    assertThat(rising.observe(result(Outcome.OK), RULES, START).health()).isEqualTo(Health.UP);
    ServerHealth dead =
        ServerHealth.unknown(START).observe(result(Outcome.CONNECT_FAILED), RULES, START);
    assertThat(dead.markedDown(RULES, START).health()).isEqualTo(Health.DEAD);
  }

  /** Its sessions are closed after the last of these results, and not before. */
  @ParameterizedTest
  @CsvSource({
    "ok mute mute mute, true",
    "ok away away away, true",
    "ok mute away mute, true",
    "ok mute mute, false",
    // Its kernel speaks for it: what it had open is closed already, or lives.
    "ok silent silent silent silent silent, false",
    "ok silent silent silent mute mute, false",
    "ok silent silent silent mute mute mute, true",
    "ok mute mute silent, false",
    "ok slow slow slow slow, false",
    "ok no no no no, false",
    "ok mute mute mute no, false"
  })
  void onlyWhoseHostGivesNoSignIsGone(String results, boolean expected) {
    ServerHealth server = ServerHealth.unknown(0);
    for (String token : results.split(" ", -1)) {
      assertThat(server.isGone(RULES)).as("before " + token).isEqualTo(server.signless() >= 3);
      server = server.observe(result(outcome(token)), RULES, 0);
    }
    assertThat(server.isGone(RULES)).isEqualTo(expected);
  }

  @Test
  void onlyAnUndisputedUpIsSettled() {
    ServerHealth up = ServerHealth.unknown(0).observe(result(Outcome.OK), RULES, 0);
    assertThat(ServerHealth.unknown(0).isSettled()).isFalse();
    assertThat(up.isSettled()).isTrue();
    assertThat(up.observe(result(Outcome.CONNECT_FAILED), RULES, 0).isSettled()).isFalse();
    assertThat(ServerHealth.unchecked(0).isSettled()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(Outcome.class)
  void everyOutcomeIsCountedFromEveryState(Outcome outcome) {
    for (Health health : Health.values()) {
      ServerHealth server =
          new ServerHealth(
              health, null, 0, 0, 0, new ServerHealth.Forbidden.Suspect(), false, false, 0);
      ServerHealth after = server.observe(result(outcome), RULES, 1);
      assertThat(after.streak()).isEqualTo(outcome == Outcome.NOT_RUN ? 0 : 1);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "200, OK",
    "204, UNEXPECTED_STATUS",
    "302, UNEXPECTED_STATUS",
    "401, OK",
    "403, FORBIDDEN",
    "404, UNEXPECTED_STATUS",
    "429, UNEXPECTED_STATUS",
    "500, UNEXPECTED_STATUS"
  })
  void aStatusHasAMeaning(int status, Outcome expected) {
    CheckResult result = CheckResult.answered(http(200, 200), status, Duration.ZERO);
    assertThat(result.outcome()).isEqualTo(expected);
    assertThat(result.status()).isEqualTo(status);
    assertThat(result.detail()).contains("HTTP " + status);
  }

  @ParameterizedTest
  @CsvSource({"403, OK", "299, OK", "500, UNEXPECTED_STATUS"})
  void expectedStatusesComeFirst(int status, Outcome expected) {
    assertThat(CheckResult.answered(http(200, 403), status, Duration.ZERO).outcome())
        .isEqualTo(expected);
  }

  @Test
  void rulesRefuseNonsense() {
    assertThatThrownBy(() -> new ServerHealth.Rules(0, 3, Duration.ZERO))
        .hasMessageContaining("must be >= 1");
  }

  private static HealthCheckConfig.Http http(int first, int last) {
    return new HealthCheckConfig.Http(
        HealthCheckConfig.Timing.DEFAULT,
        Optional.empty(),
        "/readyz",
        Optional.empty(),
        Optional.empty(),
        List.of(new HealthCheckConfig.StatusRange(first, last)),
        Optional.empty(),
        10,
        Duration.ofSeconds(60));
  }

  private static CheckResult result(Outcome outcome) {
    return new CheckResult(outcome, outcome.name(), 0, Duration.ofMillis(1));
  }

  private static Outcome outcome(String token) {
    return switch (token) {
      case "ok" -> Outcome.OK;
      case "no" -> Outcome.UNEXPECTED_STATUS;
      case "403" -> Outcome.FORBIDDEN;
      case "silent" -> Outcome.CONNECT_FAILED;
      case "slow" -> Outcome.SLOW;
      case "away" -> Outcome.UNREACHABLE;
      case "mute" -> Outcome.RESPONSE_TIMEOUT;
      case "skip" -> Outcome.NOT_RUN;
      default -> throw new IllegalArgumentException(token);
    };
  }
}
