package dev.fairlead.vrrp.net;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ClockWatchTest {

  private final ClockWatch clocks = new ClockWatch();

  @Test
  void theFirstLookOnlyRemembers() {
    assertThat(clocks.jumped(1_000_000, 5)).isZero();
  }

  @Test
  void clocksThatRunTogetherHaveNotJumped() {
    clocks.jumped(1_000, 10);
    assertThat(clocks.jumped(8_000_001_000L, 8_000_000_010L)).isZero();
  }

  @Test
  void aPausedMachineIsBehindTheWallClockOnce() {
    clocks.jumped(1_000, 10);
    assertThat(clocks.jumped(7_000_001_100L, 110)).isEqualTo(7_000_000_000L);
    assertThat(clocks.jumped(7_000_001_200L, 210)).isZero();
  }

  @Test
  void aClockThatIsSetBackIsNoPause() {
    clocks.jumped(7_000_001_000L, 10);
    assertThat(clocks.jumped(1_100, 110)).isNegative();
  }
}
