package dev.fairlead.lb.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.SourceLimitsConfig;
import dev.fairlead.config.SourceLimitsConfig.WhenFull;
import dev.fairlead.lb.Rejection;
import dev.fairlead.lb.source.SourceTable.Answer;
import dev.fairlead.lb.source.SourceTable.Source;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SourceTableTest {

  private static final long MAPPED = 0xffff_0000_0000L;
  private static final long SECOND = 1_000_000_000L;

  private static SourceLimitsConfig limits(int sessions, int rate, WhenFull whenFull) {
    return new SourceLimitsConfig(sessions, rate, Duration.ofSeconds(10), 8, 24, 64, whenFull);
  }

  private static Answer enter(SourceTable table, long ipv4, SourceLimitsConfig limits, long now) {
    return table.enter(0, MAPPED | ipv4, limits, now);
  }

  private static Source source(Answer answer) {
    return Objects.requireNonNull(answer.source());
  }

  @Test
  void sessions_are_counted_for_a_network_and_given_back() {
    SourceTable table = new SourceTable(8);
    SourceLimitsConfig two = limits(2, 0, WhenFull.ACCEPT);
    Source first = source(enter(table, 0x0a000001, two, 0));
    assertThat(enter(table, 0x0a0000ff, two, 0).source()).isSameAs(first);
    assertThat(enter(table, 0x0a000002, two, 0).rejection()).isEqualTo(Rejection.SOURCE_SESSIONS);
    assertThat(enter(table, 0x0a000102, two, 0).rejection()).isNull();
    first.leave();
    assertThat(enter(table, 0x0a000002, two, 0).source()).isSameAs(first);
    assertThat(table.used()).isEqualTo(2);
  }

  @Test
  void ipv6_has_a_prefix_of_its_own() {
    SourceTable table = new SourceTable(8);
    SourceLimitsConfig one = limits(1, 0, WhenFull.ACCEPT);
    assertThat(table.enter(0xfd00L << 48, 1, one, 0).rejection()).isNull();
    assertThat(table.enter(0xfd00L << 48, 2, one, 0).rejection())
        .isEqualTo(Rejection.SOURCE_SESSIONS);
    assertThat(table.enter((0xfd00L << 48) + 1, 1, one, 0).rejection()).isNull();
  }

  @Test
  void a_window_slides() {
    SourceTable table = new SourceTable(8);
    SourceLimitsConfig four = limits(0, 4, WhenFull.ACCEPT);
    // Late in one window…
    long late = 9 * SECOND;
    for (int i = 0; i < 4; i++) {
      source(enter(table, 1, four, late)).leave();
    }
    assertThat(enter(table, 1, four, late).rejection()).isEqualTo(Rejection.SOURCE_RATE);
    // …and early in the next there is no room for four more: all but a tenth still count.
    assertThat(enter(table, 1, four, 11 * SECOND).rejection()).isEqualTo(Rejection.SOURCE_RATE);
    // Half of the window before has slid out.
    assertThat(enter(table, 1, four, 15 * SECOND - 1).rejection()).isNull();
    assertThat(enter(table, 1, four, 15 * SECOND).rejection()).isNull();
    assertThat(enter(table, 1, four, 15 * SECOND).rejection()).isEqualTo(Rejection.SOURCE_RATE);
    // Whoever was away for two windows begins anew.
    for (int i = 0; i < 4; i++) {
      assertThat(enter(table, 1, four, 40 * SECOND).rejection()).isNull();
    }
    assertThat(enter(table, 1, four, 40 * SECOND).rejection()).isEqualTo(Rejection.SOURCE_RATE);
  }

  @Test
  void a_refused_connection_does_not_count_as_a_session() {
    SourceTable table = new SourceTable(8);
    SourceLimitsConfig both = limits(1, 1, WhenFull.ACCEPT);
    Source only = source(enter(table, 1, both, 0));
    only.leave();
    assertThat(enter(table, 1, both, 0).rejection()).isEqualTo(Rejection.SOURCE_RATE);
    assertThat(enter(table, 1, both, 30 * SECOND).source()).isSameAs(only);
  }

  @Test
  void whoever_was_not_seen_for_longest_makes_room() {
    SourceTable table = new SourceTable(8);
    SourceLimitsConfig limit = limits(5, 0, WhenFull.ACCEPT);
    for (int i = 0; i < 8; i++) {
      Source source = source(enter(table, (long) i << 8, limit, i * 2 * SECOND));
      if (i != 0) {
        source.leave();
      }
    }
    // The first is the oldest and has a session; the second was not seen for longest of the rest.
    assertThat(enter(table, 100 << 8, limit, 100 * SECOND).rejection()).isNull();
    assertThat(table.evicted()).isEqualTo(1);
    assertThat(table.used()).isEqualTo(8);
    for (int i = 0; i < 4; i++) {
      assertThat(enter(table, 0, limit, 100 * SECOND).rejection()).isNull();
    }
    assertThat(enter(table, 0, limit, 100 * SECOND).rejection())
        .isEqualTo(Rejection.SOURCE_SESSIONS);
  }

  @Test
  void when_all_have_sessions_a_newcomer_is_let_in_or_not() {
    SourceTable table = new SourceTable(8);
    SourceLimitsConfig accept = limits(5, 0, WhenFull.ACCEPT);
    for (int i = 0; i < 8; i++) {
      assertThat(enter(table, (long) i << 8, accept, 0).source()).isNotNull();
    }
    assertThat(enter(table, 99 << 8, accept, 0)).isEqualTo(new Answer(null, null));
    assertThat(enter(table, 99 << 8, limits(5, 0, WhenFull.REJECT), 0).rejection())
        .isEqualTo(Rejection.SOURCES_FULL);
    assertThat(table.untracked()).isEqualTo(2);
  }

  /** Or a client with many of them could fill somebody's set, and be let in without limits. */
  @Test
  void which_addresses_meet_cannot_be_known_from_outside() {
    assertThat(crowdedOut(new SourceTable(512)))
        .isNotEmpty()
        .isNotEqualTo(crowdedOut(new SourceTable(512)));
  }

  /** Of as many networks as there are places, those that found none. */
  private static List<Integer> crowdedOut(SourceTable table) {
    List<Integer> out = new ArrayList<>();
    for (int i = 0; i < 512; i++) {
      if (enter(table, (long) i << 8, limits(5, 0, WhenFull.ACCEPT), 0).source() == null) {
        out.add(i);
      }
    }
    return out;
  }

  /** Both put it in at the same moment; one of the two entries must give way. */
  @Test
  @Timeout(60)
  void two_threads_that_meet_the_same_new_client_let_it_in_once() throws Exception {
    int clients = 50_000;
    // So large that no set of eight is ever full.
    SourceTable table = new SourceTable(32 * clients);
    SourceLimitsConfig one =
        new SourceLimitsConfig(1, 0, Duration.ofSeconds(1), 64, 32, 64, WhenFull.ACCEPT);
    AtomicIntegerArray inside = new AtomicIntegerArray(clients);
    AtomicIntegerArray arrived = new AtomicIntegerArray(clients);
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 2; t++) {
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                for (int who = 0; who < clients; who++) {
                  arrived.incrementAndGet(who);
                  // Not for ever: with one processor the other may not run at all.
                  for (int spin = 0; spin < 1000 && arrived.get(who) < 2; spin++) {
                    Thread.onSpinWait();
                  }
                  if (enter(table, who, one, 0).source() != null) {
                    inside.incrementAndGet(who);
                  }
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    for (int who = 0; who < clients; who++) {
      assertThat(inside.get(who)).as("client " + who).isEqualTo(1);
    }
  }

  @Test
  @Timeout(60)
  void many_threads_never_let_in_more_than_the_limit() throws Exception {
    int limit = 10;
    SourceTable table = new SourceTable(64);
    SourceLimitsConfig config =
        new SourceLimitsConfig(limit, 0, Duration.ofSeconds(1), 64, 32, 64, WhenFull.ACCEPT);
    AtomicInteger[] inside = new AtomicInteger[200];
    for (int i = 0; i < inside.length; i++) {
      inside[i] = new AtomicInteger();
    }
    AtomicInteger tooMany = new AtomicInteger();
    CountDownLatch start = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      int number = t;
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                java.util.Random random = new java.util.Random(number);
                List<Runnable> held = new ArrayList<>();
                try {
                  start.await();
                } catch (InterruptedException e) {
                  return;
                }
                for (int i = 0; i < 100_000; i++) {
                  int who = random.nextInt(random.nextInt(1, inside.length));
                  Source source = enter(table, who, config, i * SECOND).source();
                  if (source != null) {
                    if (inside[who].incrementAndGet() > limit) {
                      tooMany.incrementAndGet();
                    }
                    held.add(() -> {
                      inside[who].decrementAndGet();
                      source.leave();
                    });
                  }
                  if (held.size() > 30) {
                    held.remove(random.nextInt(held.size())).run();
                  }
                }
                held.forEach(Runnable::run);
              }));
    }
    start.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(tooMany).hasValue(0);
    // Everything was given back: each may have all its sessions again.
    for (int i = 0; i < limit; i++) {
      assertThat(enter(table, 3, config, 0).rejection()).isNull();
    }
    assertThat(enter(table, 3, config, 0).rejection()).isEqualTo(Rejection.SOURCE_SESSIONS);
  }

  @Test
  void ports_are_given_out_in_turn_and_never_twice() {
    SourcePorts ports = new SourcePorts(100, 102);
    assertThat(List.of(ports.take(), ports.take(), ports.take())).containsExactly(100, 101, 102);
    assertThat(ports.take()).isZero();
    ports.giveBack(101);
    assertThat(ports.take()).isEqualTo(101);
    ports.giveBack(100);
    ports.giveBack(101);
    ports.giveBack(102);
    assertThat(ports.take()).isEqualTo(102);
    assertThat(ports.covers(100, 102)).isTrue();
    assertThat(ports.covers(100, 103)).isFalse();
    SourcePorts all = new SourcePorts(1, 65_535);
    for (int i = 1; i <= 65_535; i++) {
      assertThat(all.take()).isEqualTo(i);
    }
    assertThat(all.take()).isZero();
  }
}
