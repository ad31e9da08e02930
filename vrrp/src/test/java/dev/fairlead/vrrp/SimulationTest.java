package dev.fairlead.vrrp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.VirtualRouterConfig.GratuitousArp;
import dev.fairlead.vrrp.Lan.Node;
import dev.fairlead.vrrp.OthersHabits.Program;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * Two to seven routers, seeded at random, some with the habits of keepalived or FRR, with clocks
 * that run apart, on a network that loses, delays, duplicates and parts, under processes that are
 * killed, frozen and late. Then calm, in which must hold:
 *
 * <ul>
 *   <li>once messages have flowed for one master-down interval there is exactly one holder (a
 *       preemption may overlap for as long as a message travels);
 *   <li>it is a healthy node if there is one;
 *   <li>no router that takes part is without a deadline, or with one out of reach;
 *   <li>a client that believes in another node does so only because the holder has not heard of
 *       that node after its last announcement and the last heal: it died, and nobody could know.
 * </ul>
 *
 * <p>{@code -Dfairlead.simulation.seed=N} runs one seed, {@code -Dfairlead.simulation.seeds=N}
 * another number of them.
 */
class SimulationTest {

  private static final int SEEDS = 2000;

  @Test
  void afterEveryStormOneHealthyNodeHoldsTheAddresses() {
    long one = Long.getLong("fairlead.simulation.seed", -1);
    LongStream seeds =
        one >= 0
            ? LongStream.of(one)
            : LongStream.range(0, Integer.getInteger("fairlead.simulation.seeds", SEEDS));
    seeds.forEach(seed -> {
      Storm storm = new Storm(seed);
      try {
        storm.run();
      } catch (AssertionError e) {
        throw new AssertionError(
            "seed %d (repeat with -Dfairlead.simulation.seed=%d): %s\n%s"
                .formatted(seed, seed, e.getMessage(), storm.lan.story()),
            e);
      }
    });
  }

  /** A network that parts and heals without losing anything: everybody must be right in the end. */
  @Test
  void afterEveryHealTheWinnerHasAnnounced() {
    for (long seed = 0; seed < SEEDS; seed++) {
      Storm storm = new Storm(seed);
      try {
        storm.partAndHeal();
      } catch (AssertionError e) {
        throw new AssertionError(
            "partition, seed %d: %s\n%s".formatted(seed, e.getMessage(), storm.lan.story()), e);
      }
    }
  }

  /** One seed's world. */
  private static final class Storm {
    final Lan lan;
    private final Random random;
    private final long interval;
    private final int version;
    private final List<Node> nodes = new ArrayList<>();
    private long others;
    private long calmAt;
    private long overlapSince = Long.MIN_VALUE;
    private long lostSince = Long.MIN_VALUE;

    Storm(long seed) {
      random = new Random(seed * 0x9e3779b97f4a7c15L + 1);
      lan = new Lan(new Random(random.nextLong()));
      version = random.nextInt(3) == 0 ? 2 : 3;
      long[] intervals = {Routers.SECOND / 10, Routers.SECOND / 5, Routers.SECOND};
      interval = version == 2 ? Routers.SECOND : intervals[random.nextInt(intervals.length)];
      int count = 2 + random.nextInt(6);
      boolean equal = random.nextInt(4) == 0;
      int preempt = random.nextInt(3);
      for (int i = 0; i < count; i++) {
        Routers settings =
            Routers.with(version == 2 ? Routers.V2 : Routers.V3)
                .interval(interval)
                .announcements(GratuitousArp.DEFAULT)
                .source("10.99.0." + (random.nextBoolean() ? 10 + i : 250 - i))
                .priority(equal ? 100 : 50 + 30 * i + random.nextInt(5));
        Node node =
            lan.add(
                String.valueOf((char) ('a' + i)),
                preempt == 0 || (preempt == 1 && random.nextBoolean())
                    ? settings.preempt(random.nextInt(3) * interval).settings()
                    : settings.settings());
        node.drift = (random.nextDouble() - 0.5) * 2e-4;
        nodes.add(node);
      }
      others(random.nextInt(6));
    }

    /** In a third of all seeds one node has another program, in a sixth any of them may. */
    private void others(int choice) {
      if (choice < 2) {
        nodes.get(random.nextInt(nodes.size())).program = other();
      } else if (choice == 2) {
        nodes.stream().filter(node -> random.nextBoolean()).forEach(node -> node.program = other());
      }
      others = nodes.stream().filter(node -> node.program != Program.FAIRLEAD).count();
    }

    private Program other() {
      return random.nextInt(3) == 0 ? Program.FRR : Program.KEEPALIVED;
    }

    void run() {
      calm();
      for (Node node : nodes) {
        lan.at(delay(3 * interval), () -> node.start(Ability.ABLE));
      }
      for (int round = 0; round < 3; round++) {
        storm();
        calm();
        for (Node node : nodes) {
          recover(node);
        }
        check(true);
      }
    }

    void partAndHeal() {
      calm();
      for (Node node : nodes) {
        lan.at(delay(3 * interval), () -> node.start(Ability.ABLE));
      }
      lan.runUntil(lan.time() + settleTime());
      for (int round = 0; round < 3; round++) {
        lan.part(side());
        lan.runUntil(lan.time() + settleTime() + delay(interval));
        lan.heal();
        lostSince = Long.MIN_VALUE;
        lan.afterEach = this::checkBlackHole;
        lan.runUntil(lan.time() + settleTime());
        check(false);
      }
    }

    /** From the moment there is one holder, nobody may talk to another for longer than a moment. */
    private void checkBlackHole() {
      List<Node> holders = lan.holders();
      List<Node> wrong =
          holders.size() == 1 && corrects(holders.getFirst())
              ? nodes.stream()
                  .map(node -> node.believed)
                  .filter(believed -> believed != null && believed != holders.getFirst())
                  .toList()
              : List.of();
      if (wrong.isEmpty()) {
        lostSince = Long.MIN_VALUE;
        return;
      }
      if (lostSince == Long.MIN_VALUE) {
        lostSince = lan.time();
      }
      // The winner's next advertisement, which brings an announcement, is for those who were told
      // by
      // another program, which says nothing when it yields; by one whose last announcement met the
      // winner's answer on the way; and for a winner that has answered too often to answer again.
      boolean later =
          wrong.stream()
                  .anyMatch(believed ->
                      believed.program != Program.FAIRLEAD
                          || lostSince - believed.announcedAt < 2 * lan.maxDelay)
              || (holders.getFirst().state instanceof State.Master(_, _, _, _, _, int answers)
                  && answers >= VirtualRouter.MAX_ANSWERS);
      long repeated = later ? interval + lan.maxLateness : 0;
      if (lan.time() - lostSince > 4 * lan.maxDelay + repeated) {
        throw new AssertionError(
            "at %s only %s holds, and a client does not know it"
                .formatted(text(lan.time()), holders.getFirst().name));
      }
    }

    /**
     * Whether a holder tells clients of another that it is master. FRR does not; a keepalived does
     * when the other speaks up, which a second one would not do.
     */
    private boolean corrects(Node holder) {
      return switch (holder.program) {
        case FAIRLEAD -> true;
        case KEEPALIVED -> others == 1;
        case FRR -> false;
      };
    }

    private void storm() {
      long end = lan.time() + (5 + random.nextInt(15)) * interval;
      lan.loss = random.nextDouble() * 0.3;
      lan.duplication = random.nextDouble() * 0.1;
      lan.maxDelay = lan.minDelay + delay(interval / 20);
      lan.maxLateness = delay(interval / 10);
      for (int faults = random.nextInt(6); faults > 0; faults--) {
        lan.at(lan.time() + delay(end - lan.time()), this::fault);
      }
      lan.runUntil(end);
    }

    private void fault() {
      Node node = nodes.get(random.nextInt(nodes.size()));
      switch (random.nextInt(12)) {
        case 0, 1, 2 -> lan.part(side());
        case 3 -> lan.block(node, nodes.get(random.nextInt(nodes.size())));
        case 4 -> lan.heal();
        // A killed keepalived leaves its address behind until the next one starts.
        case 5 -> node.kill();
        case 6 -> node.crash();
        case 7 -> freeze(node);
        case 8 -> node.link(false);
        case 9 -> node.link(true);
        case 10 -> node.event(new Event.Shutdown());
        default -> node.event(new Event.AbilityChanged(anyAbility(), "storm"));
      }
    }

    private void freeze(Node node) {
      node.freeze();
      lan.at(lan.time() + delay(8 * interval), () -> thaw(node));
    }

    private void thaw(Node node) {
      if (node.isFrozen()) {
        node.thaw();
      }
    }

    private void calm() {
      calmAt = lan.time();
      lan.heal();
      lan.loss = 0;
      lan.duplication = 0;
      lan.maxLateness = interval / 50;
      lan.maxDelay = lan.minDelay + interval / 50;
    }

    private void recover(Node node) {
      if (!node.runs()) {
        // A power cycle takes longer than an address lives; a new process removes it.
        node.start(Ability.ABLE);
      }
      thaw(node);
      node.link(true);
      node.event(new Event.Startup());
      node.event(new Event.AbilityChanged(anyAbility(), "calm"));
    }

    private Ability anyAbility() {
      return switch (random.nextInt(6)) {
        case 0 -> Ability.UNABLE;
        case 1, 2 -> Ability.LAST_RESORT;
        default -> Ability.ABLE;
      };
    }

    private Set<Node> side() {
      Set<Node> side = new HashSet<>();
      nodes.stream().filter(node -> random.nextBoolean()).forEach(side::add);
      return side;
    }

    /**
     * One master-down interval, of the slowest. What a datagram that left in the storm does when it
     * arrives afterwards, and a hand-over, come on top.
     */
    private long settleTime() {
      Condition slowest = new Condition(true, true, Ability.LAST_RESORT, 0);
      Settings settings = nodes.getFirst().settings;
      return Intervals.masterDown(settings, slowest, interval)
          + Intervals.serveOn(settings)
          + 2 * interval / 10;
    }

    private void check(boolean mayBeUnheard) {
      lan.runUntil(lan.time() + settleTime());
      overlapSince = Long.MIN_VALUE;
      lan.afterEach = this::checkHolders;
      // Long enough for the second burst, a preemption after its delay, an offer, and then some.
      lan.runUntil(
          lan.time()
              + 7 * Routers.SECOND
              + 3 * settleTime()
              + VirtualRouter.OFFER_INTERVALS * interval);
      lan.afterEach = () -> {};
      checkRouters();
      checkClients(mayBeUnheard);
    }

    private boolean someoneTakesPart() {
      return nodes.stream().anyMatch(node -> node.state.condition().isEligible());
    }

    private void checkHolders() {
      List<Node> holders = lan.holders();
      if (someoneTakesPart() && holders.isEmpty()) {
        throw new AssertionError("nobody holds at " + text(lan.time()));
      }
      if (holders.size() < 2) {
        overlapSince = Long.MIN_VALUE;
        return;
      }
      if (overlapSince == Long.MIN_VALUE) {
        overlapSince = lan.time();
      }
      if (lan.time() - overlapSince > 2 * lan.maxDelay) {
        throw new AssertionError("two hold at " + text(lan.time()) + ": " + holders);
      }
    }

    private void checkRouters() {
      boolean someoneAble = false;
      boolean offered =
          lan.holders().stream().allMatch(holder -> holder.program == Program.FAIRLEAD);
      for (Node node : nodes) {
        Condition condition = node.state.condition();
        // Without preemption others leave the last resort alone, if it is no Fairlead that offers.
        someoneAble |=
            (node.program == Program.FAIRLEAD || node.settings.preempt() || offered)
                && condition.isEligible()
                && condition.ability() == Ability.ABLE;
        if (!condition.isEligible()) {
          assertThat(node.state).isInstanceOf(State.Initialize.class);
          continue;
        }
        assertThat(node.state).isNotInstanceOf(State.Initialize.class);
        long wait = node.state.deadline().orElseThrow() - node.clock();
        assertThat(wait).as("deadline of " + node).isLessThanOrEqualTo(settleTime());
        assertThat(wait).as("deadline of " + node).isGreaterThanOrEqualTo(-lan.maxLateness);
      }
      if (someoneAble) {
        assertThat(lan.holders().getFirst().state.condition().ability())
            .as("a healthy node takes over from one of the last resort")
            .isEqualTo(Ability.ABLE);
      }
    }

    private void checkClients(boolean mayBeUnheard) {
      if (lan.holders().isEmpty()) {
        return;
      }
      Node holder = lan.holders().getFirst();
      if (!corrects(holder)) {
        return;
      }
      // A keepalived answers once: if that was in the storm, it was perhaps lost.
      long since = holder.program == Program.KEEPALIVED ? calmAt : 0;
      for (Node place : nodes) {
        Node believed = place.believed;
        if (believed == null || believed == holder) {
          continue;
        }
        long heard = holder.heardAt.getOrDefault(believed, -1L);
        boolean unheard = heard < believed.announcedAt || heard < lan.healedAt || heard < since;
        if (!mayBeUnheard || !unheard) {
          throw new AssertionError(
              "at %s the client beside %s believes in %s, but %s holds"
                  .formatted(text(lan.time()), place.name, believed.name, holder.name));
        }
      }
    }

    private long delay(long atMost) {
      return (long) (random.nextDouble() * atMost);
    }

    private static String text(long time) {
      return String.format(Locale.ROOT, "%.6f s", time / 1e9);
    }
  }
}
