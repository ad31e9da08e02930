package dev.fairlead.lb.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.RaceConfig;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PromptnessTest {

  private static final long MS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  @Test
  void theDelayFollowsWhatWasObservedBetweenItsBounds() {
    AdaptiveDelay delay = new AdaptiveDelay();
    assertThat(delay.isEmpty()).isTrue();
    assertThat(delay.nanos(50 * MS, 250 * MS)).isEqualTo(50 * MS);
    for (int i = 0; i < 100; i++) {
      delay.observe(MS);
    }
    assertThat(delay.nanos(50 * MS, 250 * MS)).isEqualTo(50 * MS);
    for (int i = 0; i < 100; i++) {
      delay.observe(80 * MS);
    }
    // Far away, but punctual.
    assertThat(delay.nanos(50 * MS, 250 * MS)).isBetween(80 * MS, 90 * MS);
    for (int i = 0; i < 100; i++) {
      delay.observe(i % 2 == 0 ? 10 * MS : 90 * MS);
    }
    // Unpunctual: four deviations of 40 ms above a mean of 50.
    assertThat(delay.nanos(50 * MS, 250 * MS)).isBetween(180 * MS, 240 * MS);
    for (int i = 0; i < 10; i++) {
      delay.observe(9 * SECOND);
    }
    assertThat(delay.nanos(50 * MS, 250 * MS)).isEqualTo(250 * MS);
    delay.observe(-5);
    assertThat(delay.nanos()).isPositive();
  }

  @Test
  void whoKeptAClientWaitingIsAvoidedForAPause() {
    Avoidance avoidance = new Avoidance();
    assertThat(avoidance.isAvoided(0)).isFalse();
    avoidance.keptWaiting(0, SECOND, 10 * SECOND);
    assertThat(avoidance.isAvoided(SECOND - 1)).isTrue();
    assertThat(avoidance.isAvoided(SECOND)).as("the trial").isFalse();
    assertThat(avoidance.isAvoided(SECOND)).as("everybody else").isTrue();
    avoidance.over();
    assertThat(avoidance.isAvoided(SECOND)).isFalse();
    assertThat(avoidance.isOn()).isFalse();
  }

  @Test
  void aTrialThatFailsDoublesThePauseUpToTheMost() {
    Avoidance avoidance = new Avoidance();
    avoidance.keptWaiting(0, SECOND, 3 * SECOND);
    // Many lose at the same time: that is one loss.
    avoidance.keptWaiting(5, SECOND, 3 * SECOND);
    avoidance.keptWaiting(6, SECOND, 3 * SECOND);
    long now = SECOND;
    for (long pause : new long[] {2 * SECOND, 3 * SECOND, 3 * SECOND}) {
      assertThat(avoidance.isAvoided(now)).isFalse();
      avoidance.keptWaiting(now, SECOND, 3 * SECOND);
      assertThat(avoidance.isAvoided(now + pause - 1)).isTrue();
      now += pause;
    }
  }

  @Test
  void aTrialThatNobodyHearsOfIsFollowedByAnother() {
    Avoidance avoidance = new Avoidance();
    avoidance.keptWaiting(0, SECOND, 10 * SECOND);
    assertThat(avoidance.isAvoided(SECOND)).isFalse();
    assertThat(avoidance.isAvoided(2 * SECOND - 1)).isTrue();
    assertThat(avoidance.isAvoided(2 * SECOND)).isFalse();
  }

  @Test
  void withoutAPauseNobodyIsAvoided() {
    Avoidance avoidance = new Avoidance();
    avoidance.keptWaiting(0, 0, SECOND);
    assertThat(avoidance.isOn()).isFalse();
  }

  @Test
  void slowAnswersInARowMakeAServerSlowAndQuickOnesQuick() {
    RaceConfig race = RaceConfig.DEFAULT;
    Promptness server = new Promptness(1);
    int slow = 0;
    while (!server.answered(0, 5000, race)) {
      slow++;
    }
    assertThat(slow).as("single slow answers are forgiven").isBetween(0, 8);
    server.compare(0, 5000, 10, 0, race);
    assertThat(server.isInDoubt()).isTrue();
    assertThat(server.isAvoided(SECOND - 1)).isTrue();
    assertThat(server.isAvoided(SECOND)).isFalse();
    int quick = 1;
    while (server.answered(0, 5, race)) {
      server.compare(0, 5, 10, SECOND, race);
      quick++;
    }
    assertThat(quick).isLessThan(8);
    assertThat(server.isInDoubt()).isFalse();
  }

  @Test
  void oneSlowAnswerAmongManyIsForgiven() {
    Promptness server = new Promptness(1);
    for (int i = 0; i < 20; i++) {
      assertThat(server.answered(0, 10, RaceConfig.DEFAULT)).isFalse();
    }
    assertThat(server.answered(0, 5000, RaceConfig.DEFAULT)).isFalse();
  }

  @Test
  void whereEverybodyIsSlowNobodyIsAvoided() {
    Promptness server = new Promptness(1);
    while (!server.answered(0, 5000, RaceConfig.DEFAULT)) {
      assertThat(server.isInDoubt()).isFalse();
    }
    server.compare(0, 5000, 1500, 0, RaceConfig.DEFAULT);
    assertThat(server.isInDoubt()).isFalse();
    server.compare(0, 5000, 0, 0, RaceConfig.DEFAULT);
    assertThat(server.isInDoubt()).isFalse();
  }

  @Test
  void aRecoveryForgetsEverything() {
    Promptness server = new Promptness(1);
    server.lostRace(0, RaceConfig.DEFAULT);
    while (!server.answered(0, 5000, RaceConfig.DEFAULT)) {
      // until it is slow
    }
    server.compare(0, 5000, 1, 0, RaceConfig.DEFAULT);
    server.recovered();
    assertThat(server.isInDoubt()).isFalse();
    assertThat(server.answerMillis()).isZero();
  }

  /** It has lost a race and is slow: whom the one lets through, the other must not turn away. */
  @Test
  void aTrialIsNotSpentOnAConnectionThatGoesElsewhereAllTheSame() {
    Promptness server = new Promptness(1);
    while (!server.answered(0, 5000, RaceConfig.DEFAULT)) {
      // until it is slow
    }
    server.lostRace(0, RaceConfig.DEFAULT);
    long later = SECOND / 2;
    server.compare(0, 5000, 10, later, RaceConfig.DEFAULT);
    assertThat(server.isAvoided(SECOND)).as("it is slow").isTrue();
    assertThat(server.isAvoided(SECOND + later - 1)).isTrue();
    assertThat(server.isAvoided(SECOND + later)).as("the trial").isFalse();
    assertThat(server.isAvoided(SECOND + later)).as("everybody else").isTrue();
  }

  @Test
  void racesInVainAreBoundedAndThoseThatPayAreNot() {
    RaceBudget budget = new RaceBudget();
    for (int i = 0; i < 1000; i++) {
      assertThat(budget.tryBegin(0.2)).isTrue();
      budget.paidOff();
    }
    int inVain = 0;
    for (int i = 0; i < 1000; i++) {
      budget.connected(0.2);
      inVain += budget.tryBegin(0.2) ? 1 : 0;
    }
    assertThat(inVain).isBetween(290, 305);
    assertThat(new RaceBudget().tryBegin(0)).isFalse();
  }
}
