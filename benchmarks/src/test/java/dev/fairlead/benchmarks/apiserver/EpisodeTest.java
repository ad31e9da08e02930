package dev.fairlead.benchmarks.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.benchmarks.apiserver.Happening.Absence;
import dev.fairlead.daemon.demo.ClientLog;
import dev.fairlead.daemon.demo.Request;
import dev.fairlead.daemon.demo.Watch;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class EpisodeTest {
  private static final long MS = 1_000_000;

  /** Began at 10 s, in effect 10 ms later, relieved at 16 s, ended at 30 s. */
  private static Happening happening(Fault fault, OptionalLong firstBackAt) {
    return new Happening(
        fault,
        1,
        "s2",
        10_000 * MS,
        10_010 * MS,
        16_000 * MS,
        30_000 * MS,
        List.of(new Absence("s2", 10_000 * MS, 20_000 * MS)),
        firstBackAt);
  }

  private static Episode episode(Happening happening, Request... requests) {
    return Episode.of("apiserver", "fairlead", happening, List.of(requests), List.of(), List.of());
  }

  private static Episode killed(Request... requests) {
    return episode(happening(Fault.KILL, OptionalLong.empty()), requests);
  }

  private static Request request(long startMillis, long tookMillis, boolean ok, String detail) {
    return new Request(startMillis * MS, (startMillis + tookMillis) * MS, ok, detail);
  }

  @Test
  void slowIsLongerThanASecondAndNotFailed() {
    Episode episode =
        killed(
            request(12_000, 1000, true, "s1"),
            request(12_000, 1001, true, "s1"),
            request(12_000, 5000, false, "timeout"));
    assertThat(episode.figure(Figure.REQUESTS)).isEqualTo(3);
    assertThat(episode.figure(Figure.SLOW)).isEqualTo(1);
    assertThat(episode.figure(Figure.FAILED)).isEqualTo(1);
    assertThat(episode.figure(Figure.LONGEST_MILLIS)).isEqualTo(1001);
    assertThat(episode.reasons()).containsExactly(Map.entry("timeout", 1));
    assertThat(episode.troubles())
        .containsExactly(
            new Episode.Trouble(2000, 1001, false, "s1"),
            new Episode.Trouble(2000, 5000, true, "timeout"));
  }

  @Test
  void whoIsUnderWayWhenItBeginsBelongsToItAndWhoHungBeforeDoesNot() {
    assertThat(killed(request(9_990, 20, false, "reset")).figure(Figure.FAILED)).isEqualTo(1);
    assertThat(killed(request(9_990, 9, false, "reset")).figure(Figure.REQUESTS)).isZero();
    assertThat(killed(request(9_000, 5000, false, "timeout")).figure(Figure.REQUESTS)).isZero();
    // Its own last ones, when the next fault begins, belong to that.
    assertThat(killed(request(29_500, 400, true, "s1")).figure(Figure.REQUESTS)).isEqualTo(1);
    assertThat(killed(request(29_500, 600, true, "s1")).figure(Figure.REQUESTS)).isZero();
    assertThat(killed(request(28_000, 9000, false, "timeout")).figure(Figure.FAILED)).isEqualTo(1);
    assertThat(killed(request(30_000, 10, true, "s1")).figure(Figure.REQUESTS)).isZero();
  }

  @Test
  void aWatchIsCutOnlyIfItsServerLived() {
    Happening happening = happening(Fault.KILL, OptionalLong.empty());
    List<Watch> watches =
        List.of(
            new Watch(0, 12_000 * MS, "s1", "closed"),
            new Watch(0, 12_000 * MS, "s2", "reset"),
            new Watch(0, 20_001 * MS, "s2", "closed"),
            new Watch(0, 9_999 * MS, "s1", "closed"),
            // Those have never begun.
            new Watch(0, 12_000 * MS, "?", "refused"),
            new Watch(0, 12_000 * MS, "s3", "status 403"));
    Episode episode = Episode.of("apiserver", "fairlead", happening, List.of(), watches, List.of());
    assertThat(episode.figure(Figure.WATCHES_CUT)).isEqualTo(2);
  }

  @Test
  void withAllDownRefusalsAreTimedUntilTheFirstStartAndTroubleFromTheFirstReady() {
    Episode episode =
        episode(
            happening(Fault.ALL, OptionalLong.of(20_000 * MS)),
            request(10_005, 300, false, "reset"),
            request(12_000, 40, false, "refused"),
            request(15_990, 3000, false, "refused"),
            request(19_000, 3000, false, "status 500"),
            request(21_500, 10, false, "refused"),
            request(22_500, 10, true, "s1"));
    assertThat(episode.figure(Figure.REFUSED_MILLIS)).isEqualTo(40);
    assertThat(episode.figure(Figure.NORMAL_AFTER_MILLIS)).isEqualTo(1500);
    assertThat(killed().figures())
        .doesNotContainKeys(Figure.REFUSED_MILLIS, Figure.NORMAL_AFTER_MILLIS);
  }

  @Test
  void theShareOfASlowServerIsOfThoseThatBeganWhileItWasSlow() {
    Episode episode =
        episode(
            happening(Fault.SLOW, OptionalLong.empty()),
            request(9_990, 5000, true, "s2"),
            request(11_000, 5000, true, "s2"),
            request(12_000, 5, true, "s1"),
            request(13_000, 5, true, "s3"),
            request(14_000, 5, true, "s3"),
            request(17_000, 5, true, "s2"));
    assertThat(episode.figure(Figure.VICTIM_SHARE)).isEqualTo(25);
  }

  @Test
  void howLateTheClientItselfWasIsKnown() {
    Episode episode =
        Episode.of(
            "apiserver",
            "fairlead",
            happening(Fault.CALM, OptionalLong.empty()),
            List.of(),
            List.of(),
            List.of(
                new ClientLog.Delay(9_000 * MS, 900_000),
                new ClientLog.Delay(11_000 * MS, 30_500)));
    assertThat(episode.figure(Figure.LATE_MILLIS)).isEqualTo(30.5);
  }
}
