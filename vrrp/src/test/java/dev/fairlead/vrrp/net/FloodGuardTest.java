package dev.fairlead.vrrp.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FloodGuardTest {

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  /** nanoTime wraps in the middle. */
  private static final long START = Long.MAX_VALUE - SECOND / 2;

  private final FloodGuard guard = new FloodGuard();

  @Test
  void aFewASecondAreLookedAtOneByOne() {
    for (int second = 0; second < 100; second++) {
      for (int i = 0; i < FloodGuard.LIMIT - 1; i++) {
        assertThat(guard.rejected(START + second * SECOND)).isEqualTo(1);
      }
      assertThat(guard.isFiltering()).isFalse();
    }
  }

  @Test
  void theLimitWithinASecondBringsTheFilterAndEachStandsForMany() {
    flood();
    assertThat(guard.isFiltering()).isTrue();
    assertThat(guard.rejected(START + 1)).isEqualTo(FloodFilter.SAMPLE);
  }

  @Test
  void theFilterGoesAfterTenQuietSeconds() {
    flood();
    guard.look(START + FloodGuard.QUIET_NANOS - 1);
    assertThat(guard.isFiltering()).isTrue();
    guard.look(START + FloodGuard.QUIET_NANOS);
    assertThat(guard.isFiltering()).isFalse();
    assertThat(guard.rejected(START + FloodGuard.QUIET_NANOS)).isEqualTo(1);
  }

  @Test
  void aSampleKeepsTheFilter() {
    flood();
    guard.rejected(START + SECOND);
    guard.look(START + FloodGuard.QUIET_NANOS);
    assertThat(guard.isFiltering()).isTrue();
  }

  private void flood() {
    for (int i = 0; i < FloodGuard.LIMIT; i++) {
      guard.rejected(START);
    }
  }
}
