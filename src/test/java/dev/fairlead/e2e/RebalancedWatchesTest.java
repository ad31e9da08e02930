package dev.fairlead.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.lab.Await;
import dev.fairlead.lab.FairleadNode;
import dev.fairlead.lab.Lab;
import dev.fairlead.lab.WatchStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A server dies, comes back, and gets its share of the watches again. */
final class RebalancedWatchesTest {

  private static final Duration NOTICED = Duration.ofSeconds(15);
  private static final Duration MIN_AGE = Duration.ofSeconds(6);
  private static final int RATE = 2;
  private static final int IDLE = 12;
  private static final int ACTIVE = 3;
  private static final int SHARE = (IDLE + ACTIVE) / 3;

  @Test
  void idleWatchesSpreadAgainAtTheRateThatIsSaidAndOthersAreSpared() throws Exception {
    try (Lab lab = Lab.withNodes(3)) {
      lab.startApiServers();
      FairleadNode fairlead = lab.fairlead("n1", configuration(lab)).start();
      fairlead.awaitServersUp();
      lab.apiServer("n2").kill();
      fairlead.awaitHealth("api", "n2", "DEAD", NOTICED);

      List<WatchStream> active = new ArrayList<>();
      for (int i = 0; i < ACTIVE; i++) {
        active.add(lab.watchStream(Lab.address("n1")));
      }
      List<WatchStream> idle = new ArrayList<>();
      List<WatchStream> ended = new ArrayList<>();
      for (int i = 0; i < IDLE; i++) {
        idle.add(lab.idleWatch(Lab.address("n1")));
      }
      lab.apiServer("n2").start();
      Await.until(
          () -> "all have their share; the log:\n" + fairlead.log(),
          Duration.ofSeconds(40),
          () -> {
            for (int i = 0; i < IDLE; i++) {
              if (idle.get(i).hasEnded()) {
                ended.add(idle.get(i));
                // A client of Kubernetes watches again.
                idle.set(i, lab.idleWatch(Lab.address("n1")));
              }
            }
            return sessions(fairlead, "n1") == SHARE
                && sessions(fairlead, "n2") == SHARE
                && sessions(fairlead, "n3") == SHARE;
          });

      assertThat(ended).as("as many as the server that is back was short of").hasSize(SHARE);
      assertThat(ended)
          .allSatisfy(watch ->
              assertThat(watch.endedAt() - watch.openedAt())
                  .isGreaterThanOrEqualTo(MIN_AGE.toNanos() - Duration.ofMillis(500).toNanos()));
      List<Long> ends =
          ended.stream().map(WatchStream::endedAt).sorted(Comparator.naturalOrder()).toList();
      for (int i = RATE; i < ends.size(); i++) {
        assertThat(ends.get(i) - ends.get(i - RATE))
            .as("%d a second", RATE)
            .isGreaterThan(Duration.ofMillis(700).toNanos());
      }
      assertThat(active).noneMatch(WatchStream::hasEnded);
      assertThat(rebalanced(fairlead)).isEqualTo(SHARE);
      Await.throughout(
          "that was all",
          Duration.ofSeconds(3),
          () -> rebalanced(fairlead) == SHARE && idle.stream().noneMatch(WatchStream::hasEnded));
    }
  }

  private static int sessions(FairleadNode fairlead, String server) throws Exception {
    return fairlead.server("api", server).getInt("sessions");
  }

  private static long rebalanced(FairleadNode fairlead) throws Exception {
    long sum = 0;
    for (String server : List.of("n1", "n2", "n3")) {
      sum += fairlead.server("api", server).getLong("rebalanced");
    }
    return sum;
  }

  private static String configuration(Lab lab) throws Exception {
    return """
    frontends.api.listen = "*:8443"
    backends.api {
      servers { n1 = "%s:6443", n2 = "%s:6443", n3 = "%s:6443" }
      check { type = https, ca-file = "%s" }
      slow-start = 0
      rebalance { rate = %d, tolerance = 0, min-age = %ds, min-idle = 2s }
    }
    """
        .formatted(
            Lab.address("n1"),
            Lab.address("n2"),
            Lab.address("n3"),
            lab.certificate().certificate(),
            RATE,
            MIN_AGE.toSeconds());
  }
}
