package dev.fairlead.lb.balance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.BackendConfig.Balance;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SelectionTest {

  private static final class FakeServer implements Candidate {
    private final String name;
    private final int weight;
    private int load;

    FakeServer(String name, int weight) {
      this.name = name;
      this.weight = weight;
    }

    @Override
    public int weight() {
      return weight;
    }

    @Override
    public int load() {
      return load;
    }
  }

  private final FakeServer a = new FakeServer("a", 1);
  private final FakeServer b = new FakeServer("b", 1);
  private final FakeServer c = new FakeServer("c", 1);

  private static String name(@Nullable FakeServer server) {
    return server == null ? "none" : server.name;
  }

  private static String turns(Selection<FakeServer> selection, int count) {
    StringBuilder turns = new StringBuilder();
    for (int i = 0; i < count; i++) {
      turns.append(name(selection.choose(Tried.NONE)));
    }
    return turns.toString();
  }

  @Test
  void equalWeightsTakeTurnsInOrder() {
    assertThat(turns(Selection.of(Balance.ROUND_ROBIN, List.of(a, b, c), 0), 7))
        .isEqualTo("abcabca");
  }

  @Test
  void anOffsetMovesTheStart() {
    assertThat(turns(Selection.of(Balance.ROUND_ROBIN, List.of(a, b, c), 1), 4)).isEqualTo("bcab");
    assertThat(turns(Selection.of(Balance.ROUND_ROBIN, List.of(a, b, c), 3), 3)).isEqualTo("abc");
  }

  @Test
  void weightsAreSharesAndTurnsAreSpread() {
    FakeServer heavy = new FakeServer("h", 5);
    String turns = turns(Selection.of(Balance.ROUND_ROBIN, List.of(heavy, b, c), 0), 70);
    assertThat(turns.chars().filter(ch -> ch == 'h').count()).isEqualTo(50);
    assertThat(turns.chars().filter(ch -> ch == 'b').count()).isEqualTo(10);
    assertThat(turns).doesNotContain("hhhhhh").doesNotContain("bb").doesNotContain("cc");
  }

  @Test
  void sharesAreExactOverMillionsOfTurns() {
    List<FakeServer> servers = new ArrayList<>();
    IntStream.rangeClosed(1, 8).forEach(w -> servers.add(new FakeServer("s" + w, w * 32)));
    Selection<FakeServer> selection = Selection.of(Balance.ROUND_ROBIN, servers, 0);
    Map<String, Integer> counts = new TreeMap<>();
    int rounds = 2000;
    int total = servers.stream().mapToInt(FakeServer::weight).sum();
    for (int i = 0; i < rounds * total; i++) {
      counts.merge(name(selection.choose(Tried.NONE)), 1, Integer::sum);
    }
    for (FakeServer server : servers) {
      assertThat(counts.get(server.name))
          .isBetween(rounds * server.weight - 2, rounds * server.weight + 2);
    }
  }

  @Test
  void roundRobinPassesOverWhatWasTried() {
    Selection<FakeServer> selection = Selection.of(Balance.ROUND_ROBIN, List.of(a, b, c), 0);
    Tried tried = new Tried();
    assertThat(name(selection.choose(tried))).isEqualTo("a");
    tried.add(a);
    assertThat(name(selection.choose(tried))).isEqualTo("b");
    tried.add(b);
    assertThat(name(selection.choose(tried))).isEqualTo("c");
    tried.add(c);
    assertThat(selection.choose(tried)).isNull();
    assertThat(turns(selection, 3)).isEqualTo("abc");
  }

  @Test
  void leastConnectionsTakesTheLeastLoaded() {
    a.load = 3;
    b.load = 1;
    c.load = 2;
    assertThat(turns(Selection.of(Balance.LEAST_CONNECTIONS, List.of(a, b, c), 0), 2))
        .isEqualTo("bb");
    Tried tried = new Tried();
    tried.add(b);
    assertThat(name(Selection.of(Balance.LEAST_CONNECTIONS, List.of(a, b, c), 0).choose(tried)))
        .isEqualTo("c");
  }

  @Test
  void leastConnectionsLetsEqualsTakeTurns() {
    assertThat(turns(Selection.of(Balance.LEAST_CONNECTIONS, List.of(a, b, c), 0), 6))
        .isEqualTo("abcabc");
  }

  @Test
  void leastConnectionsWeighsLoads() {
    FakeServer heavy = new FakeServer("h", 4);
    Selection<FakeServer> selection = Selection.of(Balance.LEAST_CONNECTIONS, List.of(a, heavy), 0);
    for (int i = 0; i < 100; i++) {
      FakeServer chosen = selection.choose(Tried.NONE);
      assertThat(chosen).isNotNull();
      chosen.load++;
    }
    assertThat(heavy.load).isEqualTo(80);
    assertThat(a.load).isEqualTo(20);
  }

  @Test
  void noCandidatesNoChoice() {
    for (Balance balance : Balance.values()) {
      assertThat(Selection.of(balance, List.<FakeServer>of(), 1).choose(Tried.NONE)).isNull();
    }
  }
}
