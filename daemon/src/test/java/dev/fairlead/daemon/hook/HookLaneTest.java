package dev.fairlead.daemon.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairlead.config.HookConfig;
import dev.fairlead.config.HookConfig.State;
import dev.fairlead.daemon.hook.HookLane.Idle;
import dev.fairlead.daemon.hook.HookLane.Note;
import dev.fairlead.daemon.hook.HookLane.Running;
import dev.fairlead.daemon.hook.HookLane.Step;
import dev.fairlead.daemon.hook.HookLane.Waiting;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HookLaneTest {

  private static final long SECOND = 1_000_000_000L;
  private static final HookEvent MASTER = HookEvents.of(State.MASTER);
  private static final HookEvent BACKUP = HookEvents.of(State.BACKUP);
  private static final HookEvent FAULT = HookEvents.of(State.FAULT);

  /** Two retries, after 1 s and 2 s. */
  private static final HookConfig CONFIG =
      new HookConfig(
          "h",
          List.of("vip"),
          Set.of(State.values()),
          new HookConfig.Action.Command(List.of("/bin/true"), false, Optional.empty()),
          Duration.ofSeconds(1),
          2,
          Duration.ofSeconds(1));

  @Test
  void anEventIsToldAtOnceAndSuccessEndsIt() {
    Step first = HookLane.happened(HookLane.IDLE, MASTER);
    assertThat(first).isEqualTo(new Step(running(MASTER, 1), Note.NONE));
    assertThat(HookLane.ended(first.lane(), CONFIG, true, 0))
        .isEqualTo(new Step(new Idle(), Note.SUCCEEDED));
  }

  @Test
  void whileOneIsToldTheNextWaitsAndOnlyTheLatestOfThem() {
    Step second = HookLane.happened(running(MASTER, 1), BACKUP);
    assertThat(second).isEqualTo(new Step(new Running(MASTER, 1, Optional.of(BACKUP)), Note.NONE));
    Step third = HookLane.happened(second.lane(), FAULT);
    assertThat(third)
        .isEqualTo(new Step(new Running(MASTER, 1, Optional.of(FAULT)), Note.SUPERSEDED));
    assertThat(HookLane.ended(third.lane(), CONFIG, true, 0))
        .isEqualTo(new Step(running(FAULT, 1), Note.SUCCEEDED));
  }

  @Test
  void failuresAreRepeatedLaterAndLaterAndThenGivenUp() {
    HookLane lane = HookLane.ended(running(MASTER, 1), CONFIG, false, 100).lane();
    assertThat(lane).isEqualTo(new Waiting(MASTER, 1, 100 + SECOND));
    assertThat(HookLane.tick(lane, 99 + SECOND)).isEqualTo(new Step(lane, Note.NONE));
    lane = HookLane.tick(lane, 100 + SECOND).lane();
    assertThat(lane).isEqualTo(running(MASTER, 2));

    Step again = HookLane.ended(lane, CONFIG, false, 0);
    assertThat(again).isEqualTo(new Step(new Waiting(MASTER, 2, 2 * SECOND), Note.RETRY));
    lane = HookLane.tick(again.lane(), 2 * SECOND).lane();
    assertThat(HookLane.ended(lane, CONFIG, false, 0)).isEqualTo(new Step(new Idle(), Note.FAILED));
  }

  @Test
  void aNewerStateEndsTheRetriesOfAnOlderOne() {
    assertThat(HookLane.happened(new Waiting(MASTER, 1, SECOND), BACKUP))
        .isEqualTo(new Step(running(BACKUP, 1), Note.SUPERSEDED));
    assertThat(HookLane.ended(new Running(MASTER, 1, Optional.of(BACKUP)), CONFIG, false, 0))
        .isEqualTo(new Step(running(BACKUP, 1), Note.FAILED));
  }

  @Test
  void aStateNobodyWantsToHearOfStillMakesTheOlderOneStale() {
    assertThat(HookLane.passed(new Waiting(MASTER, 1, SECOND)))
        .isEqualTo(new Step(new Idle(), Note.SUPERSEDED));
    assertThat(HookLane.passed(new Running(MASTER, 1, Optional.of(BACKUP))))
        .isEqualTo(new Step(running(MASTER, 1), Note.SUPERSEDED));
    assertThat(HookLane.passed(running(MASTER, 1)))
        .isEqualTo(new Step(running(MASTER, 1), Note.NONE));
    assertThat(HookLane.passed(HookLane.IDLE)).isEqualTo(new Step(new Idle(), Note.NONE));
  }

  @Test
  void theWaitIsBoundedHoweverManyRetriesThereAre() {
    HookConfig patient =
        new HookConfig(
            "h", List.of(), Set.of(), CONFIG.action(), CONFIG.timeout(), 100, CONFIG.backoff());
    Step step = HookLane.ended(running(MASTER, 90), patient, false, 0);
    assertThat(step.lane()).isEqualTo(new Waiting(MASTER, 90, 1800 * SECOND));
  }

  @Test
  void nothingEndsThatHasNotBegun() {
    assertThatThrownBy(() -> HookLane.ended(HookLane.IDLE, CONFIG, true, 0))
        .isInstanceOf(IllegalStateException.class);
  }

  private static HookLane running(HookEvent event, int attempt) {
    return new Running(event, attempt, Optional.empty());
  }
}
