package dev.fairlead.benchmarks.failover;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class TimelineTest {
  private static final long MS = 1_000_000;

  private final Timeline timeline = new Timeline();

  @Test
  void theLongestTimeBetweenTwoAnswersIsTheGap() {
    for (long at : new long[] {1, 2, 3, 40, 41}) {
      timeline.answered(at * MS, 0);
    }
    assertThat(timeline.figures(0, 42 * MS).udpGap()).isEqualTo(37);
  }

  @Test
  void theEndsOfTheWindowCountAsAnswers() {
    timeline.answered(10 * MS, 0);
    assertThat(timeline.figures(0, 12 * MS).udpGap()).isEqualTo(10);
    assertThat(timeline.figures(9 * MS, 30 * MS).udpGap()).isEqualTo(20);
  }

  @Test
  void connectionsHaveAGapOfTheirOwn() {
    timeline.answered(5 * MS, 0);
    timeline.served(9 * MS);
    assertThat(timeline.figures(0, 10 * MS).tcpGap()).isEqualTo(9);
    assertThat(timeline.figures(0, 10 * MS).udpGap()).isEqualTo(5);
  }

  @Test
  void twoHoldFromTheSecondsArrivalToTheFirstsLeave() {
    timeline.changed(0, 0, true);
    timeline.changed(10 * MS, 1, true);
    // A refreshed lifetime is reported as an arrival.
    timeline.changed(12 * MS, 0, true);
    timeline.changed(17 * MS, 0, false);
    assertThat(timeline.figures(1 * MS, 30 * MS).twoHold()).isEqualTo(7);
    assertThat(timeline.figures(1 * MS, 15 * MS).twoHold()).isEqualTo(5);
    assertThat(timeline.figures(12 * MS, 30 * MS).twoHold()).isEqualTo(5);
    assertThat(timeline.holders()).isEqualTo(0b10);
  }

  @Test
  void nobodyHoldsBetweenALeaveAndTheNextArrival() {
    timeline.changed(0, 0, true);
    timeline.changed(10 * MS, 0, false);
    timeline.changed(14 * MS, 1, true);
    assertThat(timeline.figures(1 * MS, 30 * MS).noneHold()).isEqualTo(4);
  }

  @Test
  void whoHasItIsRememberedWhenAllElseIsForgotten() {
    timeline.changed(0, 1, true);
    timeline.answered(1, 1);
    timeline.stalled(5);
    timeline.forget();
    assertThat(timeline.holders()).isEqualTo(0b10);
    assertThat(timeline.stallNanos()).isZero();
    assertThat(timeline.figures(0, 3 * MS).udpGap()).isEqualTo(3);
    assertThat(timeline.figures(0, 3 * MS).noneHold()).isZero();
  }

  @Test
  void twoAnswersToOneQuestionLastUntilTheNext() {
    timeline.claimed(0, 0b01);
    timeline.claimed(10 * MS, 0b11);
    timeline.claimed(21 * MS, 0b10);
    assertThat(timeline.figures(0, 30 * MS).twoAnswer()).isEqualTo(11);
  }

  @Test
  void oneStrayAnswerOfAnotherNodeIsNotServiceByOneAlone() {
    timeline.answered(1 * MS, 0);
    timeline.answered(2 * MS, 1);
    timeline.answered(3 * MS, 0);
    assertThat(timeline.answeredOnlyBy(0, 0, 10 * MS)).isFalse();
    assertThat(timeline.answeredOnlyBy(0, 2 * MS, 10 * MS)).isTrue();
    assertThat(timeline.answeredOnlyBy(0, 5 * MS, 10 * MS)).isFalse();
  }

  @Test
  void servedMeansBothProbes() {
    for (int at = 1; at < 10; at++) {
      timeline.answered(at * MS, 0);
    }
    assertThat(timeline.served(0, 10 * MS, 5 * MS)).isFalse();
    timeline.served(5 * MS);
    assertThat(timeline.served(0, 10 * MS, 5 * MS)).isTrue();
  }
}
