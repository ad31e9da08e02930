package dev.fairlead.daemon.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Times in these tests are milliseconds on the client's clock. */
final class ClientWindowTest {

  private final List<Request> log = new ArrayList<>();

  @Test
  void aSteadyClientHasGapsOfItsOwnPeriod() {
    answered(0, 5);
    answered(20, 25);
    answered(40, 45);

    assertThat(window(10, 50)).isEqualTo(new ClientWindow(2, 0, 0, 0, Duration.ofMillis(20)));
  }

  @Test
  void aGapCountsWhereItEnds() {
    answered(0, 5);
    answered(300, 305);

    assertThat(window(0, 100).longestGap()).isEqualTo(Duration.ofMillis(95));
    assertThat(window(100, 310).longestGap()).isEqualTo(Duration.ofMillis(300));
  }

  @Test
  void theSilenceAtTheEndIsAGap() {
    answered(0, 5);

    assertThat(window(0, 905).longestGap()).isEqualTo(Duration.ofMillis(900));
  }

  @Test
  void failuresAreNoAnswersAndThoseAfterTheGapAreCountedApart() {
    answered(0, 5);
    failed(20, 280);
    answered(300, 305);
    failed(320, 322);
    answered(340, 345);

    assertThat(window(0, 350)).isEqualTo(new ClientWindow(5, 2, 1, 0, Duration.ofMillis(300)));
  }

  @Test
  void aRequestBelongsToTheWindowInWhichItEnded() {
    failed(90, 400);

    assertThat(window(0, 400).failed()).isZero();
    assertThat(window(400, 500).failed()).isEqualTo(1);
  }

  @Test
  void anAnswerIsSlowAfterOneSecond() {
    answered(0, 1000);
    answered(0, 1001);

    assertThat(window(0, 2000).slow()).isEqualTo(1);
  }

  @Test
  void nothingAtAllMeetsNoExpectation() {
    ClientWindow nothing = window(0, 0);

    assertThat(new Expectation.AtMostFailed(1).isMet(nothing)).isFalse();
    assertThat(new Expectation.GapAtMost(Duration.ofSeconds(1)).isMet(nothing)).isFalse();
  }

  @Test
  void anExpectationHoldsUpToItsLimitAndNotBeyond() {
    Duration limit = Duration.ofMillis(3800);
    var atLimit = new ClientWindow(10, 1, 0, 0, limit);
    var beyond = new ClientWindow(10, 1, 0, 0, limit.plusNanos(1));
    var failedAfter = new ClientWindow(10, 1, 1, 0, limit);

    assertThat(new Expectation.AtMostFailed(1).isMet(atLimit)).isTrue();
    assertThat(new Expectation.AtMostFailed(0).isMet(atLimit)).isFalse();
    assertThat(new Expectation.GapAtMost(limit).isMet(atLimit)).isTrue();
    assertThat(new Expectation.GapAtMost(limit).isMet(beyond)).isFalse();
    assertThat(new Expectation.GapAtMost(limit).isMet(failedAfter)).isFalse();
    assertThat(new Expectation.GapAndFailedAtMost(limit, 1).isMet(atLimit)).isTrue();
    assertThat(new Expectation.GapAndFailedAtMost(limit, 1).isMet(beyond)).isFalse();
    assertThat(new Expectation.GapAndFailedAtMost(limit, 0).isMet(atLimit)).isFalse();
  }

  @Test
  void aRequestSurvivesItsLine() {
    Request request = new Request(1, 2, false, "refused or unreachable");

    assertThat(Request.parse(request.toLine())).isEqualTo(request);
  }

  private ClientWindow window(long from, long to) {
    return ClientWindow.of(log, nanos(from), nanos(to));
  }

  private void answered(long start, long end) {
    log.add(new Request(nanos(start), nanos(end), true, "m1"));
  }

  private void failed(long start, long end) {
    log.add(new Request(nanos(start), nanos(end), false, "timeout"));
  }

  private static long nanos(long millis) {
    return Duration.ofMillis(millis).toNanos();
  }
}
