package dev.fairlead.lb.relay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class DescriptorsTest {

  @Test
  void sessionsLeaveRoomForWhatIsOpenAndForWhatOthersWillOpen() {
    assertThat(Descriptors.sessionsWithin(20_000, 44)).isEqualTo((20_000 - 44 - 256) / 2);
    assertThat(Descriptors.sessionsWithin(400, 44)).isEqualTo((400 - 44 - 100) / 2);
    assertThat(Descriptors.sessionsWithin(200, 20)).isEqualTo((200 - 20 - 96) / 2);
  }

  @Test
  void oneSessionIsAlwaysAllowed() {
    assertThat(Descriptors.sessionsWithin(100, 60)).isEqualTo(1);
  }

  @Test
  void noLimitIsAsManyAsThereAreNumbers() {
    assertThat(Descriptors.sessionsWithin(Integer.MAX_VALUE, 0)).isGreaterThan(1_000_000_000);
  }

  @Test
  void theLimitOfThisProcessIsFound() {
    assertThat(Descriptors.sessionsWithinLimit()).isPositive();
  }
}
