package dev.fairlead.lb.balance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.BackendConfig.Balance;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SourceHashTest {

  private record Named(String name, int slot, int weight) implements Candidate {
    @Override
    public double weight(long nowNanos) {
      return weight;
    }

    @Override
    public boolean isRamping(long nowNanos) {
      return false;
    }

    @Override
    public int load() {
      return 0;
    }

    @Override
    public boolean isFull() {
      return false;
    }
  }

  private static final int CLIENTS = 20_000;

  private static List<Named> servers(int count) {
    List<Named> servers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      servers.add(new Named("m" + i, i, 1));
    }
    return servers;
  }

  private static SourceRing ring(List<Named> servers) {
    return SourceRing.of(
        servers.stream().map(s -> new SourceRing.Member(s.name, s.slot, s.weight)).toList());
  }

  /** Where each client goes, by name. */
  private static Map<Integer, String> places(SourceRing ring, List<Named> usable) {
    Selection<Named> selection =
        Selection.of(Balance.SOURCE, usable, new Beginning(0, 1, new Releases(), ring, 0));
    Map<Integer, String> places = new HashMap<>();
    for (int client = 0; client < CLIENTS; client++) {
      // Neighbours in one network, as clients are.
      long hash = ClientHash.of(0, 0xffff_0a00_0000L + client);
      Named chosen = selection.choose(hash, 0, Tried.NONE);
      places.put(client, chosen == null ? "none" : chosen.name);
    }
    return places;
  }

  private static long count(Map<Integer, String> places, String name) {
    return places.values().stream().filter(name::equals).count();
  }

  @Test
  void aLostServerMovesItsOwnClientsOnlyAndGetsThemBack() {
    for (int count : new int[] {3, 50}) {
      List<Named> all = servers(count);
      SourceRing ring = ring(all);
      Map<Integer, String> before = places(ring, all);
      List<Named> left = new ArrayList<>(all);
      Named lost = left.remove(1);
      Map<Integer, String> after = places(ring, left);
      before.forEach((client, name) -> {
        if (name.equals(lost.name)) {
          assertThat(after.get(client)).isNotEqualTo(name);
        } else {
          assertThat(after.get(client)).isEqualTo(name);
        }
      });
      // Its clients are spread over the others, not given to one neighbour.
      long most =
          left.stream()
              .mapToLong(s -> count(after, s.name) - count(before, s.name))
              .max()
              .orElseThrow();
      assertThat(most).isLessThan(count(before, lost.name) * 4 / 5);
      assertThat(places(ring, all)).isEqualTo(before);
    }
  }

  @Test
  void aServerThatIsAddedTakesClientsFromTheOthersAndMovesNobodyElse() {
    List<Named> three = servers(3);
    List<Named> four = servers(4);
    // 3 and 4 servers have the same density of points: both round to the same power of two.
    Map<Integer, String> before = places(ring(three), three);
    Map<Integer, String> after = places(ring(four), four);
    assertThat(ring(four).size()).isEqualTo(ring(three).size() / 3 * 4);
    before.forEach((client, name) -> assertThat(after.get(client)).isIn(name, "m3"));
    assertThat(count(after, "m3")).isBetween(CLIENTS / 5L, CLIENTS * 3L / 10);
  }

  @Test
  void namesDecideAndNotTheOrderOfTheFile() {
    List<Named> all = servers(5);
    List<Named> reversed = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      reversed.add(new Named("m" + i, 4 - i, 1));
    }
    assertThat(places(ring(reversed), reversed.reversed())).isEqualTo(places(ring(all), all));
  }

  @Test
  void sharesFollowWeights() {
    List<Named> servers = List.of(new Named("a", 0, 1), new Named("b", 1, 1), new Named("c", 2, 2));
    Map<Integer, String> places = places(ring(servers), servers);
    assertThat(count(places, "c") / (double) CLIENTS).isBetween(0.45, 0.55);
    assertThat(count(places, "a") / (double) CLIENTS).isBetween(0.22, 0.28);
  }

  @Test
  void whatWasTriedIsPassedOver() {
    List<Named> all = servers(3);
    Selection<Named> selection =
        Selection.of(Balance.SOURCE, all, new Beginning(0, 1, new Releases(), ring(all), 0));
    Tried tried = new Tried();
    for (int i = 0; i < 3; i++) {
      Named chosen = selection.choose(12345, 0, tried);
      assertThat(chosen).isNotNull();
      assertThat(tried.contains(chosen)).isFalse();
      tried.add(chosen);
    }
    assertThat(selection.choose(12345, 0, tried)).isNull();
  }

  @Test
  void serversWithoutAShareAreTheLastResort() {
    Named drained = new Named("d", 0, 0);
    SourceRing ring = ring(List.of(drained));
    Selection<Named> selection =
        Selection.of(
            Balance.SOURCE, List.of(drained), new Beginning(0, 1, new Releases(), ring, 0));
    assertThat(selection.choose(7, 0, Tried.NONE)).isSameAs(drained);
  }

  @Test
  void hundredsOfHeavyServersStillFit() {
    List<Named> servers = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      servers.add(new Named("m" + i, i, 256));
    }
    assertThat(ring(servers).size()).isEqualTo(500 * 256);
  }
}
