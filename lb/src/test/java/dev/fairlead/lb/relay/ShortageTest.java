package dev.fairlead.lb.relay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ShortageTest {

  private final Shortage shortage = new Shortage();

  @Test
  void beginsOnceHoweverOftenItFails() {
    assertThat(shortage.failed(0)).isTrue();
    assertThat(shortage.failed(1)).isFalse();
    assertThat(shortage.failed(Shortage.QUIET_NANOS - 1)).isFalse();
  }

  @Test
  void isOverWhenNothingHasFailedForAWhileAndSaysSoOnce() {
    shortage.failed(Long.MAX_VALUE);
    long lastFailure = Long.MAX_VALUE + 5;
    shortage.failed(lastFailure);
    assertThat(shortage.ends(lastFailure + Shortage.QUIET_NANOS - 1)).isFalse();
    assertThat(shortage.ends(lastFailure + Shortage.QUIET_NANOS)).isTrue();
    assertThat(shortage.ends(lastFailure + Shortage.QUIET_NANOS + 1)).isFalse();
    assertThat(shortage.failed(lastFailure + Shortage.QUIET_NANOS + 2)).isTrue();
  }

  @Test
  void hasNoEndBeforeItHasBegun() {
    assertThat(shortage.ends(Shortage.QUIET_NANOS)).isFalse();
  }
}
