package dev.fairlead.vrrp;

import static dev.fairlead.vrrp.Routers.MILLISECOND;
import static dev.fairlead.vrrp.Routers.SECOND;
import static dev.fairlead.vrrp.Routers.V2;
import static dev.fairlead.vrrp.Routers.V3;
import static dev.fairlead.vrrp.Routers.with;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IntervalsTest {

  private static final Condition ABLE = new Condition(true, true, Ability.ABLE, 0);
  private static final Condition LAST_RESORT = new Condition(true, true, Ability.LAST_RESORT, 0);

  @ParameterizedTest
  @CsvSource({
    "2, 100, 1000, 609375000", // 156/256 s
    "2, 100, 5000, 609375000", // never scaled
    "2, 1, 1000, 996093750",
    "2, 254, 1000, 7812500",
    "3, 100, 1000, 609375000",
    "3, 100, 100, 60937500", // scaled
    "3, 90, 10, 6484375",
    "3, 80, 10, 6875000", // 0.39 ms apart: that is what 10 ms means
    "3, 254, 40950, 319921875",
  })
  void skew(int version, int priority, long masterIntervalMillis, long expectedNanos) {
    assertThat(Intervals.skew(version, priority, masterIntervalMillis * MILLISECOND))
        .isEqualTo(expectedNanos);
  }

  @Test
  void masterDownIsThreeIntervalsAndTheSkew() {
    assertThat(Intervals.masterDown(V2, ABLE, SECOND)).isEqualTo(3_609_375_000L);
    assertThat(Intervals.masterDown(V3, ABLE, SECOND)).isEqualTo(3_609_375_000L);
    assertThat(Intervals.masterDown(V3, ABLE, 100 * MILLISECOND)).isEqualTo(360_937_500L);
  }

  @Test
  void routersOfTheLastResortDoNotCollide() {
    long first = Intervals.skew(V2, LAST_RESORT, SECOND);
    long second = Intervals.skew(with(V2).priority(90).settings(), LAST_RESORT, SECOND);
    assertThat(second - first).isBetween(9 * MILLISECOND, 10 * MILLISECOND);
    assertThat(first).isGreaterThan(Intervals.skew(2, 1, SECOND));
  }

  @Test
  void aResigningMasterOutlastsTheSlowestSuccessor() {
    for (Settings settings : new Settings[] {V2, V3}) {
      Settings slowest = with(settings).priority(1).settings();
      assertThat(Intervals.resign(settings))
          .isGreaterThan(
              Intervals.skew(slowest, LAST_RESORT, settings.intervalNanos()) + 200 * MILLISECOND);
    }
  }

  @Test
  void aKeepalivedThatTakesHalfASecondLongerFindsTheAddressStillServed() {
    assertThat(Intervals.serveOn(V3)).isEqualTo(900 * MILLISECOND);
    assertThat(Intervals.leaseMillis(V3, true)).isEqualTo(900);
    assertThat(Intervals.leaseMillis(V3, false)).isEqualTo(250);
    assertThat(Intervals.serveOn(V2)).isEqualTo(Intervals.resign(V2));
  }

  /** Largest whole L with L + 0.35 s < 3 intervals; 1 where there is none. */
  @ParameterizedTest
  @CsvSource({
    "10, 1",
    "100, 1",
    "450, 1",
    "451, 1",
    "500, 1",
    "783, 1",
    "784, 2",
    "1000, 2",
    "2000, 5",
    "5000, 14"
  })
  void theLifetimeOfAnAddressEndsBeforeAnybodyTakesOver(long intervalMillis, int expectedSeconds) {
    assertThat(Intervals.addressLifetimeSeconds(intervalMillis * MILLISECOND))
        .isEqualTo(expectedSeconds);
  }
}
