package dev.fairlead.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PaceTest {
  private static final long MILLI = 1_000_000L;

  private final Pace pace = new Pace(1000, 0);

  @Test
  void isDueOnTheIntervalAndNotBefore() {
    pace.take(0);

    assertThat(pace.isDue(MILLI - 1)).isFalse();
    assertThat(pace.untilDue(MILLI - 1)).isEqualTo(1);
    assertThat(pace.isDue(MILLI)).isTrue();
  }

  @Test
  void ourOwnLateWakeUpIsNotLatency() {
    assertThat(pace.isDue(MILLI / 2)).isTrue();
    assertThat(pace.take(MILLI / 2)).isEqualTo(MILLI / 2);
  }

  @Test
  void waitingForABusyConnectionIsLatency() {
    pace.starve(0);

    assertThat(pace.isDue(3 * MILLI)).isTrue();
    assertThat(pace.take(3 * MILLI)).isZero();
    assertThat(pace.isDue(3 * MILLI)).isTrue();
    assertThat(pace.take(3 * MILLI)).isEqualTo(MILLI);
  }

  @Test
  void whatCouldNotBeDeliveredForLongIsNotSavedUp() {
    pace.starve(5_000 * MILLI);

    int due = 0;
    while (pace.isDue(5_000 * MILLI)) {
      pace.take(5_000 * MILLI);
      due++;
    }
    assertThat(due).isEqualTo(101);
  }

  @Test
  void zeroIsNeverDue() {
    Pace never = new Pace(0, 0);

    assertThat(never.isDue(Long.MAX_VALUE)).isFalse();
    assertThat(never.untilDue(0)).isEqualTo(Long.MAX_VALUE);
  }
}
