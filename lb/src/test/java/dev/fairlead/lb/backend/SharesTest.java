package dev.fairlead.lb.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.lb.backend.Shares.Load;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SharesTest {

  private static int[] excess(double tolerance, int... sessions) {
    List<Load> loads = new ArrayList<>();
    for (int each : sessions) {
      loads.add(new Load(each, 1, 0));
    }
    return Shares.excess(loads, tolerance);
  }

  @Test
  void whoIsBackGetsItsShareFromThoseWithMore() {
    assertThat(excess(0, 300, 300, 0)).containsExactly(100, 100, 0);
    assertThat(excess(0.1, 300, 300, 0)).containsExactly(80, 80, 0);
    assertThat(excess(0.1, 600, 0, 0)).containsExactly(380, 0, 0);
  }

  @Test
  void withinTheToleranceNobodyLosesAny() {
    assertThat(excess(0.1, 110, 110, 80)).containsExactly(0, 0, 0);
    assertThat(excess(0.1, 111, 110, 79)).containsExactly(1, 0, 0);
    assertThat(excess(0, 1, 1, 0)).containsExactly(0, 0, 0);
    assertThat(excess(0, 0, 0, 0)).containsExactly(0, 0, 0);
  }

  @Test
  void sharesFollowWeights() {
    assertThat(Shares.excess(List.of(new Load(300, 1, 0), new Load(0, 3, 0)), 0))
        .containsExactly(225, 0);
  }

  @Test
  void backupsShouldHaveNone() {
    assertThat(Shares.excess(List.of(new Load(50, 0, 0), new Load(10, 1, 0)), 0.5))
        .containsExactly(50, 0);
    assertThat(Shares.excess(List.of(new Load(50, 0, 0)), 0)).containsExactly(0);
  }

  @Test
  void nobodyIsSentToWhereThereIsNoRoom() {
    assertThat(Shares.excess(List.of(new Load(100, 1, 0), new Load(0, 1, 10)), 0))
        .containsExactly(10, 0);
    assertThat(Shares.excess(List.of(new Load(100, 1, 0), new Load(10, 1, 10)), 0))
        .containsExactly(0, 0);
  }

  @Test
  void whenOnlySomeMayGoTheyGoWhereMostAre() {
    assertThat(Shares.limited(new int[] {5, 90, 40}, 100)).containsExactly(0, 90, 10);
    assertThat(Shares.limited(new int[] {5, 90, 40}, 0)).containsExactly(0, 0, 0);
    assertThat(Shares.limited(new int[] {5, 90, 40}, 135)).containsExactly(5, 90, 40);
  }

  @Test
  void closingTheExcessAlwaysEndsWithNoneLeft() {
    long seed = Long.getLong("fairlead.seed", 7);
    Random random = new Random(seed);
    for (int round = 0; round < 2000; round++) {
      int count = 1 + random.nextInt(6);
      int[] sessions = random.ints(count, 0, 500).toArray();
      double tolerance = random.nextInt(4) / 10.0;
      int turns = 0;
      for (int[] excess = excess(tolerance, sessions); ; excess = excess(tolerance, sessions)) {
        int moved = 0;
        for (int i = 0; i < count; i++) {
          assertThat(excess[i]).as("seed %d", seed).isBetween(0, sessions[i]);
          sessions[i] -= excess[i];
          moved += excess[i];
        }
        if (moved == 0) {
          break;
        }
        for (; moved > 0; moved--) {
          int least = 0;
          for (int i = 1; i < count; i++) {
            least = sessions[i] < sessions[least] ? i : least;
          }
          sessions[least]++;
        }
        assertThat(++turns).as("seed %d", seed).isLessThan(4);
      }
    }
  }
}
