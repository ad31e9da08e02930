package dev.fairlead.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.daemon.SelfCheck.Turn;
import dev.fairlead.daemon.StatusReport.Phase;
import dev.fairlead.daemon.admin.Page.Content;
import dev.fairlead.lb.LoadBalancerSnapshot.Frontend;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SelfCheckTest {

  private static final long SECOND = 1_000_000_000L;

  @Test
  void aLoopIsAliveUntilItHasNotTurnedForFiveSeconds() {
    List<Turn> turns = List.of(new Turn("control", 0), new Turn("relay-0", SECOND));
    assertThat(SelfCheck.livez(turns, 5 * SECOND - 1).healthy()).isTrue();
    SelfCheck dead = SelfCheck.livez(turns, 5 * SECOND);
    assertThat(dead.healthy()).isFalse();
    assertThat(dead.content(""))
        .isEqualTo(
            Content.text(
                503,
                """
                [-]loop control has not turned for 5000 ms
                [+]loop relay-0 ok
                not ok
                """));
  }

  @Test
  void readyMeansEveryFrontendAccepts() {
    assertThat(SelfCheck.readyz(Phase.RUNNING, List.of(frontend("api", true))).content(""))
        .isEqualTo(Content.text(200, "ok\n"));
    assertThat(
            SelfCheck.readyz(Phase.RUNNING, List.of(frontend("api", true), frontend("etcd", false)))
                .content("verbose"))
        .isEqualTo(
            Content.text(
                503,
                """
                [+]running ok
                [+]frontend api ok
                [-]frontend etcd is not accepting
                not ok
                """));
  }

  @Test
  void notReadyWhileStartingOrStopping() {
    List<Frontend> accepting = List.of(frontend("api", true));
    assertThat(SelfCheck.readyz(Phase.STARTING, accepting).healthy()).isFalse();
    assertThat(SelfCheck.readyz(Phase.STOPPING, accepting).healthy()).isFalse();
  }

  @Test
  void verboseShowsWhatIsWell() {
    assertThat(SelfCheck.readyz(Phase.RUNNING, List.of()).content("verbose=1").text())
        .isEqualTo("[+]running ok\nok\n");
  }

  private static Frontend frontend(String name, boolean accepting) {
    return new Frontend(
        name, List.of(), accepting, 0, 0, 0, 0, 0, 0, 0, Map.of(), Map.of(), Optional.empty());
  }
}
