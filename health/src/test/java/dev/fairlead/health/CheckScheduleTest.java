package dev.fairlead.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.HealthCheckConfig.Timing;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class CheckScheduleTest {

  private static final long MS = 1_000_000;

  /** Close to the wrap of {@code nanoTime}, so that a comparison without subtraction fails. */
  private static final long START = Long.valueOf(Long.MAX_VALUE) - 50 * MS;

  private static final Timing TIMING = timing(0);
  private static final RandomGenerator RANDOM = new SplittableRandom(1);

  private static Timing timing(double jitter) {
    return new Timing(
        Duration.ofMillis(2000), Duration.ofMillis(500), Duration.ofMillis(2000), 2, 3, jitter);
  }

  @Test
  void theFirstCheckIsDueAtOnce() {
    assertThat(CheckSchedule.first(START).isDue(START)).isTrue();
  }

  @Test
  void neverTwoAtATime() {
    CheckSchedule running = CheckSchedule.first(START).started(START);
    assertThat(running.isDue(START + 60_000 * MS)).isFalse();
    assertThat(running.hint(START).isDue(START + 60_000 * MS)).isFalse();
  }

  @Test
  void aSettledServerIsCheckedAnIntervalAfterTheStartOfTheLastCheck() {
    CheckSchedule next = after(true, 30 * MS);
    assertThat(next.isDue(START + 2000 * MS - 1)).isFalse();
    assertThat(next.isDue(START + 2000 * MS)).isTrue();
  }

  @Test
  void aChangingServerIsCheckedFaster() {
    CheckSchedule next = after(false, 30 * MS);
    assertThat(next.isDue(START + 500 * MS - 1)).isFalse();
    assertThat(next.isDue(START + 500 * MS)).isTrue();
  }

  @Test
  void afterACheckThatTookLongerThanTheIntervalTheNextFollowsAtOnce() {
    assertThat(after(false, 2000 * MS).dueAt()).isEqualTo(START + 2000 * MS);
  }

  @Test
  void jitterStaysWithinItsShareAndUsesIt() {
    RandomGenerator random = new SplittableRandom(42);
    long lowest = Long.MAX_VALUE;
    long highest = 0;
    for (int i = 0; i < 1000; i++) {
      long wait =
          CheckSchedule.first(START)
                  .started(START)
                  .finished(true, timing(0.1), random, START)
                  .dueAt()
              - START;
      assertThat(wait).isBetween(1800 * MS, 2200 * MS);
      lowest = Math.min(lowest, wait);
      highest = Math.max(highest, wait);
    }
    assertThat(lowest).isLessThan(1810 * MS);
    assertThat(highest).isGreaterThan(2190 * MS);
  }

  @Test
  void aHintBringsTheNextCheckForward() {
    CheckSchedule next = after(true, 30 * MS).hint(START + 1000 * MS);
    assertThat(next.isDue(START + 1000 * MS - 1)).isFalse();
    assertThat(next.isDue(START + 1000 * MS)).isTrue();
  }

  @Test
  void aHintRightAfterACheckWaitsForTheSpacing() {
    CheckSchedule next = after(true, 5 * MS).hint(START + 6 * MS);
    assertThat(next.isDue(START + 100 * MS - 1)).isFalse();
    assertThat(next.isDue(START + 100 * MS)).isTrue();
  }

  @Test
  void aHintDuringACheckIsFollowedByAnother() {
    CheckSchedule next =
        CheckSchedule.first(START)
            .started(START)
            .hint(START + MS)
            .finished(true, TIMING, RANDOM, START + 5 * MS);
    assertThat(next.dueAt()).isEqualTo(START + 100 * MS);
    CheckSchedule slow =
        CheckSchedule.first(START)
            .started(START)
            .hint(START + MS)
            .finished(true, TIMING, RANDOM, START + 700 * MS);
    assertThat(slow.dueAt()).isEqualTo(START + 700 * MS);
  }

  @Test
  void aHintDelaysNothing() {
    CheckSchedule next = after(false, 450 * MS);
    assertThat(next.hint(START + 460 * MS).dueAt()).isEqualTo(START + 460 * MS);
    assertThat(next.hint(START + 600 * MS).dueAt()).isEqualTo(START + 500 * MS);
  }

  @Test
  void aStormOfHintsMakesTenChecksASecond() {
    CheckSchedule schedule = CheckSchedule.first(START);
    int checks = 0;
    for (long now = START; now - START < 1000 * MS; now += MS) {
      schedule = schedule.hint(now);
      if (schedule.isDue(now)) {
        checks++;
        schedule = schedule.started(now).finished(true, TIMING, RANDOM, now);
      }
    }
    assertThat(checks).isEqualTo(10);
  }

  private static CheckSchedule after(boolean settled, long tookNanos) {
    return CheckSchedule.first(START)
        .started(START)
        .finished(settled, TIMING, RANDOM, START + tookNanos);
  }
}
