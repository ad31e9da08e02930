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
    private int limit = Integer.MAX_VALUE;
    private double share = 1;
    private int slot;
    private long asked;

    FakeServer(String name, int weight) {
      this.name = name;
      this.weight = weight;
    }

    @Override
    public int slot() {
      return slot;
    }

    @Override
    public double weight(long nowNanos) {
      asked++;
      return weight * share;
    }

    @Override
    public boolean isRamping(long nowNanos) {
      return share < 1;
    }

    @Override
    public int load() {
      asked++;
      return load;
    }

    @Override
    public boolean isFull() {
      asked++;
      return load >= limit;
    }
  }

  private static final long SECOND = 1_000_000_000;

  private final Releases releases = new Releases();
  private long now = Long.MAX_VALUE - 5 * SECOND;

  private Selection<FakeServer> selection(Balance balance, List<FakeServer> servers, int offset) {
    List<SourceRing.Member> members = new ArrayList<>();
    for (int i = 0; i < servers.size(); i++) {
      servers.get(i).slot = i;
      members.add(new SourceRing.Member(servers.get(i).name, i, servers.get(i).weight));
    }
    return Selection.of(
        balance, servers, new Beginning(offset, 42, releases, SourceRing.of(members), now));
  }

  private Selection<FakeServer> selection(Balance balance, FakeServer... servers) {
    return selection(balance, List.of(servers), 0);
  }

  private @Nullable FakeServer choose(Selection<FakeServer> from) {
    return from.choose(0, now, Tried.NONE);
  }

  /** Chooses and begins a session there. */
  private FakeServer take(Selection<FakeServer> from) {
    FakeServer chosen = choose(from);
    if (chosen == null) {
      throw new AssertionError("no server");
    }
    chosen.load++;
    return chosen;
  }

  /** Ends a session, on the event loop that owns the selection. */
  private void end(FakeServer server) {
    server.load--;
    releases.add(server.slot);
  }

  private static List<FakeServer> many(int count) {
    return new ArrayList<>(
        IntStream.range(0, count).mapToObj(i -> new FakeServer("s" + i, 1)).toList());
  }

  private final FakeServer a = new FakeServer("a", 1);
  private final FakeServer b = new FakeServer("b", 1);
  private final FakeServer c = new FakeServer("c", 1);

  private static String name(@Nullable FakeServer server) {
    return server == null ? "none" : server.name;
  }

  private String turns(Selection<FakeServer> selection, int count) {
    StringBuilder turns = new StringBuilder();
    for (int i = 0; i < count; i++) {
      turns.append(name(choose(selection)));
    }
    return turns.toString();
  }

  @Test
  void equalWeightsTakeTurnsInOrder() {
    assertThat(turns(selection(Balance.ROUND_ROBIN, List.of(a, b, c), 0), 7)).isEqualTo("abcabca");
  }

  @Test
  void anOffsetMovesTheStart() {
    assertThat(turns(selection(Balance.ROUND_ROBIN, List.of(a, b, c), 1), 4)).isEqualTo("bcab");
    assertThat(turns(selection(Balance.ROUND_ROBIN, List.of(a, b, c), 3), 3)).isEqualTo("abc");
  }

  @Test
  void weightsAreSharesAndTurnsAreSpread() {
    FakeServer heavy = new FakeServer("h", 5);
    String turns = turns(selection(Balance.ROUND_ROBIN, List.of(heavy, b, c), 0), 70);
    assertThat(turns.chars().filter(ch -> ch == 'h').count()).isEqualTo(50);
    assertThat(turns.chars().filter(ch -> ch == 'b').count()).isEqualTo(10);
    assertThat(turns).doesNotContain("hhhhhh").doesNotContain("bb").doesNotContain("cc");
  }

  @Test
  void sharesAreExactOverMillionsOfTurns() {
    List<FakeServer> servers = new ArrayList<>();
    IntStream.rangeClosed(1, 8).forEach(w -> servers.add(new FakeServer("s" + w, w * 32)));
    Selection<FakeServer> selection = selection(Balance.ROUND_ROBIN, servers, 0);
    Map<String, Integer> counts = new TreeMap<>();
    int rounds = 2000;
    int total = servers.stream().mapToInt(server -> server.weight).sum();
    for (int i = 0; i < rounds * total; i++) {
      counts.merge(name(choose(selection)), 1, Integer::sum);
    }
    for (FakeServer server : servers) {
      assertThat(counts.get(server.name))
          .isBetween(rounds * server.weight - 2, rounds * server.weight + 2);
    }
  }

  @Test
  void roundRobinPassesOverWhatWasTried() {
    Selection<FakeServer> selection = selection(Balance.ROUND_ROBIN, List.of(a, b, c), 0);
    Tried tried = new Tried();
    assertThat(name(selection.choose(0, now, tried))).isEqualTo("a");
    tried.add(a);
    assertThat(name(selection.choose(0, now, tried))).isEqualTo("b");
    tried.add(b);
    assertThat(name(selection.choose(0, now, tried))).isEqualTo("c");
    tried.add(c);
    assertThat(selection.choose(0, now, tried)).isNull();
    assertThat(turns(selection, 3)).isEqualTo("abc");
  }

  @Test
  void leastConnectionsTakesTheLeastLoaded() {
    a.load = 3;
    b.load = 1;
    c.load = 2;
    assertThat(turns(selection(Balance.LEAST_CONNECTIONS, List.of(a, b, c), 0), 2)).isEqualTo("bb");
    Tried tried = new Tried();
    tried.add(b);
    assertThat(
            name(selection(Balance.LEAST_CONNECTIONS, List.of(a, b, c), 0).choose(0, now, tried)))
        .isEqualTo("c");
  }

  @Test
  void leastConnectionsLetsEqualsTakeTurns() {
    assertThat(turns(selection(Balance.LEAST_CONNECTIONS, List.of(a, b, c), 0), 6))
        .isEqualTo("abcabc");
  }

  @Test
  void leastConnectionsWeighsLoads() {
    FakeServer heavy = new FakeServer("h", 4);
    Selection<FakeServer> selection = selection(Balance.LEAST_CONNECTIONS, List.of(a, heavy), 0);
    for (int i = 0; i < 100; i++) {
      FakeServer chosen = choose(selection);
      assertThat(chosen).isNotNull();
      chosen.load++;
    }
    assertThat(heavy.load).isEqualTo(80);
    assertThat(a.load).isEqualTo(20);
  }

  @Test
  void leastConnectionsIsExactWhateverEndsOnItsOwnLoop() {
    List<FakeServer> servers = many(100);
    Selection<FakeServer> selection = selection(Balance.LEAST_CONNECTIONS, servers, 0);
    List<FakeServer> sessions = new ArrayList<>();
    java.util.Random random = new java.util.Random(7);
    for (int i = 0; i < 20_000; i++) {
      if (sessions.size() > 300 && random.nextBoolean()) {
        end(sessions.remove(random.nextInt(sessions.size())));
        continue;
      }
      int least = servers.stream().mapToInt(server -> server.load).min().orElseThrow();
      FakeServer chosen = take(selection);
      assertThat(chosen.load - 1).as("choice %d", i).isEqualTo(least);
      sessions.add(chosen);
    }
  }

  @Test
  void leastConnectionsHearsOfMoreReleasesThanItsLoopKeeps() {
    List<FakeServer> servers = many(400);
    servers.forEach(server -> server.load = 5);
    Selection<FakeServer> selection = selection(Balance.LEAST_CONNECTIONS, servers, 0);
    FakeServer idle = servers.get(333);
    for (int i = 0; i < 5; i++) {
      end(idle);
    }
    for (int i = 0; i < Releases.LENGTH; i++) {
      releases.add(servers.get(0).slot);
    }
    assertThat(choose(selection)).isSameAs(idle);
  }

  @Test
  void leastConnectionsFindsOutWhatEndsOnOtherLoops() {
    List<FakeServer> servers = many(100);
    servers.forEach(server -> server.load = 50);
    Selection<FakeServer> selection = selection(Balance.LEAST_CONNECTIONS, servers, 0);
    servers.get(77).load = 0;
    boolean found = false;
    for (int i = 0; i < 25 && !found; i++) {
      found = take(selection) == servers.get(77);
    }
    assertThat(found).as("within a quarter of a round").isTrue();
  }

  @Test
  void withAFewServersItIsExactWhicheverLoopEndsSessions() {
    a.load = 3;
    b.load = 3;
    c.load = 3;
    Selection<FakeServer> selection = selection(Balance.LEAST_CONNECTIONS, a, b, c);
    choose(selection);
    c.load = 1;
    assertThat(choose(selection)).isSameAs(c);
  }

  @Test
  void fullServersArePassedOverUntilTheyHaveRoom() {
    for (Balance balance :
        List.of(Balance.ROUND_ROBIN, Balance.LEAST_CONNECTIONS, Balance.RANDOM)) {
      FakeServer full = new FakeServer("f", 200);
      full.limit = 1;
      full.load = 1;
      FakeServer other = new FakeServer("o", 1);
      Selection<FakeServer> selection = selection(balance, full, other);
      assertThat(turns(selection, 5)).as("%s", balance).isEqualTo("ooooo");
      other.limit = 0;
      assertThat(choose(selection)).as("%s", balance).isNull();
      full.load = 0;
      assertThat(turns(selection, 2)).as("%s", balance).isEqualTo("ff");
    }
  }

  @Test
  void aPlaceThatAnotherLoopHasLeftIsFoundBeforeAnybodyIsToldThatThereIsNone() {
    for (Balance balance :
        List.of(Balance.ROUND_ROBIN, Balance.LEAST_CONNECTIONS, Balance.RANDOM, Balance.FIRST)) {
      List<FakeServer> servers = many(200);
      servers.forEach(server -> server.limit = 0);
      Selection<FakeServer> selection = selection(balance, servers, 0);
      assertThat(choose(selection)).isNull();
      servers.get(150).limit = 1;
      assertThat(choose(selection)).as("%s", balance).isSameAs(servers.get(150));
    }
  }

  @Test
  void roundRobinDoesNotMakeUpForTurnsThatWereMissed() {
    a.limit = 0;
    Selection<FakeServer> selection = selection(Balance.ROUND_ROBIN, a, b, c);
    turns(selection, 100);
    a.limit = Integer.MAX_VALUE;
    assertThat(turns(selection, 30).chars().filter(ch -> ch == 'a').count()).isBetween(9L, 12L);
  }

  @Test
  void roundRobinGivesAServerThatIsNewItsShareAndNoMore() {
    a.share = 0.25;
    Selection<FakeServer> selection = selection(Balance.ROUND_ROBIN, a, b, c);
    assertThat(turns(selection, 900).chars().filter(ch -> ch == 'a').count()).isBetween(98L, 102L);
    a.share = 0.5;
    now += SECOND;
    assertThat(turns(selection, 500).chars().filter(ch -> ch == 'a').count()).isBetween(98L, 102L);
    a.share = 1;
    now += SECOND;
    assertThat(turns(selection, 300).chars().filter(ch -> ch == 'a').count()).isBetween(99L, 101L);
  }

  @Test
  void aTurnThatWasFarAwayComesNearerAsTheWeightGrows() {
    a.share = 1.0 / 32;
    Selection<FakeServer> selection = selection(Balance.ROUND_ROBIN, a, b);
    while (choose(selection) != a) {
      now++;
    }
    a.share = 1;
    now += SECOND;
    assertThat(turns(selection, 3)).contains("a");
  }

  @Test
  void leastConnectionsGivesAServerThatIsNewItsShareOfTheSessions() {
    a.share = 0.5;
    Selection<FakeServer> selection = selection(Balance.LEAST_CONNECTIONS, a, b, c);
    for (int i = 0; i < 250; i++) {
      take(selection);
    }
    assertThat(a.load).isEqualTo(50);
    a.share = 1;
    now += SECOND;
    for (int i = 0; i < 50; i++) {
      take(selection);
    }
    assertThat(a.load).isEqualTo(100);
  }

  @Test
  void slowStartIsAStraightLineThatBeginsAboveZero() {
    assertThat(SlowStart.share(-SECOND, 30 * SECOND)).isEqualTo(1.0 / 32);
    assertThat(SlowStart.share(0, 30 * SECOND)).isEqualTo(1.0 / 32);
    assertThat(SlowStart.share(15 * SECOND, 30 * SECOND)).isEqualTo(0.5);
    assertThat(SlowStart.share(30 * SECOND - 1, 30 * SECOND)).isLessThan(1);
    assertThat(SlowStart.share(30 * SECOND, 30 * SECOND)).isEqualTo(1);
    assertThat(SlowStart.share(0, 0)).isEqualTo(1);
    assertThat(SlowStart.share(-SECOND, 0)).isEqualTo(1);
  }

  @Test
  void firstFillsOneServerAfterTheOther() {
    a.limit = 3;
    b.limit = 2;
    Selection<FakeServer> selection = selection(Balance.FIRST, a, b, c);
    StringBuilder order = new StringBuilder();
    for (int i = 0; i < 7; i++) {
      order.append(take(selection).name);
    }
    assertThat(order.toString()).isEqualTo("aaabbcc");
    end(b);
    end(a);
    assertThat(take(selection)).isSameAs(a);
    assertThat(take(selection)).isSameAs(b);
    assertThat(take(selection)).isSameAs(c);
    Tried tried = new Tried();
    tried.add(c);
    assertThat(selection.choose(0, now, tried)).isNull();
  }

  @Test
  void randomOfTwoFollowsWeightsAndEvensOutLoads() {
    FakeServer heavy = new FakeServer("h", 3);
    Selection<FakeServer> selection = selection(Balance.RANDOM, a, heavy);
    for (int i = 0; i < 4000; i++) {
      take(selection);
    }
    assertThat(heavy.load).isBetween(2950, 3050);

    List<FakeServer> servers = many(50);
    selection = selection(Balance.RANDOM, servers, 0);
    for (int i = 0; i < 5000; i++) {
      take(selection);
    }
    // One at random would leave some below 75 and some above 125.
    assertThat(servers).allSatisfy(server -> assertThat(server.load).isBetween(95, 105));
  }

  @Test
  void randomOfTwoFindsTheLastOneThatWasNotTried() {
    Selection<FakeServer> selection = selection(Balance.RANDOM, a, b, c);
    Tried tried = new Tried();
    tried.add(a);
    tried.add(c);
    for (int i = 0; i < 50; i++) {
      assertThat(selection.choose(0, now, tried)).isSameAs(b);
    }
    tried.add(b);
    assertThat(selection.choose(0, now, tried)).isNull();
  }

  /** The order among them is kept in a heap; what is known of them must not be gathered anew. */
  @Test
  void aChoiceAsksAFewServersHoweverManyThereAre() {
    for (Balance balance : Balance.values()) {
      List<FakeServer> servers = many(4096);
      servers.forEach(server -> server.load = 3);
      Selection<FakeServer> selection = selection(balance, servers, 0);
      servers.forEach(server -> server.asked = 0);
      List<FakeServer> sessions = new ArrayList<>();
      int choices = 10_000;
      for (int i = 0; i < choices; i++) {
        sessions.add(take(selection));
        if (i >= 1000) {
          end(sessions.removeFirst());
        }
      }
      double each = servers.stream().mapToLong(server -> server.asked).sum() / (double) choices;
      assertThat(each).as("%s", balance).isLessThan(25);
    }
  }

  @Test
  void noCandidatesNoChoice() {
    for (Balance balance : Balance.values()) {
      assertThat(selection(balance, List.<FakeServer>of(), 1).choose(0, now, Tried.NONE)).isNull();
    }
  }
}
