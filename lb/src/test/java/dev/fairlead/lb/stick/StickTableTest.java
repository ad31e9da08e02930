package dev.fairlead.lb.stick;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairlead.config.StickTableConfig;
import dev.fairlead.config.StickTableConfig.ServerDown;
import dev.fairlead.config.StickTableConfig.ServerFull;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StickTableTest {

  private static final long IPV4 = 0xffff_0000_0000L;
  private static final long IPV6 = 0xfd00_1234_0000_0000L;

  /** Time is kept in units of this. */
  private static final long TICK = 1 << 24;

  private long now = Long.MAX_VALUE - 1000 * TICK;

  private static StickTableConfig config(int size, Duration expire, int ipv4, int ipv6) {
    return new StickTableConfig(size, expire, ipv4, ipv6, ServerDown.REDISPATCH, ServerFull.WAIT);
  }

  private StickTable table(int size) {
    return new StickTable(config(size, Duration.ofNanos(100 * TICK), 32, 128), now);
  }

  @Test
  void remembersTheServerOfAClient() {
    StickTable table = table(100);
    assertThat(table.find(0, IPV4 + 1, now)).isEqualTo(-1);
    table.put(0, IPV4 + 1, 7, now);
    table.put(IPV6, 1, 16_383, now);
    assertThat(table.find(0, IPV4 + 1, now)).isEqualTo(7);
    assertThat(table.find(IPV6, 1, now)).isEqualTo(16_383);
    assertThat(table.find(IPV6, 2, now)).isEqualTo(-1);
    table.put(0, IPV4 + 1, 0, now);
    assertThat(table.find(0, IPV4 + 1, now)).isZero();
    assertThat(table.used()).isEqualTo(2);
    assertThatThrownBy(() -> table.put(0, 1, 16_384, now)).hasMessageContaining("16384");
  }

  @Test
  void anEntryLivesUntilItsTimeIsOverAndNoLonger() {
    StickTable table = table(100);
    table.put(0, IPV4 + 1, 7, now);
    table.put(0, IPV4 + 2, 7, now);
    assertThat(table.find(0, IPV4 + 1, now + 99 * TICK)).isEqualTo(7);
    assertThat(table.find(0, IPV4 + 2, now + 100 * TICK)).isEqualTo(-1);
  }

  @Test
  void beingUsedIsANewBeginning() {
    StickTable table = table(100);
    table.put(0, IPV4 + 1, 7, now);
    // Also when the clock passes its largest value.
    for (int i = 0; i < 30; i++) {
      now += 99 * TICK;
      assertThat(table.find(0, IPV4 + 1, now)).isEqualTo(7);
    }
    assertThat(table.find(0, IPV4 + 1, now + 100 * TICK)).isEqualTo(-1);
  }

  @Test
  void beingUsedAllTheTimeIsWrittenDownNowAndThen() {
    StickTable table = new StickTable(config(100, Duration.ofNanos(12_800 * TICK), 32, 128), now);
    table.put(0, IPV4 + 1, 7, now);
    for (int tick = 1; tick <= 250; tick++) {
      assertThat(table.find(0, IPV4 + 1, now + tick * TICK)).isEqualTo(7);
    }
    assertThat(table.entries(now + 250 * TICK, 1).getFirst().idleNanos())
        .isLessThanOrEqualTo(100 * TICK);
  }

  @Test
  void withoutExpiryAnEntryStays() {
    StickTable table = new StickTable(config(10, Duration.ZERO, 32, 128), now);
    table.put(0, IPV4 + 1, 7, now);
    assertThat(table.find(0, IPV4 + 1, now + Duration.ofDays(300).toNanos())).isEqualTo(7);
  }

  @Test
  void expiredEntriesAreSweptAway() {
    StickTable table = table(100_000);
    for (int i = 0; i < 50_000; i++) {
      table.put(0, IPV4 + i, 1, now);
    }
    table.put(0, IPV4 + 99_999, 1, now + 50 * TICK);
    for (int i = 0; i < 10; i++) {
      table.sweep(now + 99 * TICK, 10);
    }
    assertThat(table.used()).isEqualTo(50_001);
    for (int i = 0; i < 10; i++) {
      table.sweep(now + 100 * TICK, 10);
    }
    assertThat(table.used()).isEqualTo(1);
    assertThat(table.expired()).isEqualTo(50_000);
  }

  @Test
  void onlyTheBitsOfThePrefixTellClientsApart() {
    StickTable table = new StickTable(config(100, Duration.ofHours(1), 24, 72), now);
    table.put(0, IPV4 + 0x0a000001, 1, now);
    assertThat(table.find(0, IPV4 + 0x0a0000ff, now)).isEqualTo(1);
    assertThat(table.find(0, IPV4 + 0x0a000101, now)).isEqualTo(-1);
    table.put(IPV6, 0x12L << 56, 2, now);
    assertThat(table.find(IPV6, (0x12L << 56) + 5, now)).isEqualTo(2);
    assertThat(table.find(IPV6, 0x13L << 56, now)).isEqualTo(-1);
    assertThat(table.find(IPV6 + 1, 0x12L << 56, now)).isEqualTo(-1);

    StickTable coarse = new StickTable(config(100, Duration.ofHours(1), 32, 48), now);
    coarse.put(IPV6, 99, 3, now);
    assertThat(coarse.find(IPV6 + 0xffff, 5, now)).isEqualTo(3);
    assertThat(coarse.find(IPV6 + 0x1_0000, 5, now)).isEqualTo(-1);
  }

  @Test
  void inASmallTableTheLeastRecentlyUsedMakesRoom() {
    int size = 100;
    StickTable table = table(size);
    for (int i = 0; i < size; i++) {
      table.put(0, IPV4 + i, 1, now + i * TICK / 2);
    }
    now += size * TICK / 2;
    // Number 0 is used again, so 2 is the oldest (1 is of the same tick as 0 was).
    table.find(0, IPV4, now);
    table.find(0, IPV4 + 1, now);
    table.find(0, IPV4 + 3, now);
    table.put(0, IPV4 + 1000, 1, now);
    assertThat(table.used()).isEqualTo(size);
    assertThat(table.evicted()).isEqualTo(1);
    assertThat(table.find(0, IPV4 + 2, now)).isEqualTo(-1);
    for (int i = 3; i < size; i++) {
      assertThat(table.find(0, IPV4 + i, now)).as("client %d", i).isEqualTo(1);
    }
  }

  @Test
  void inALargeTableThoseWhoAreUsedStay() {
    int size = 20_000;
    StickTable table = table(size);
    for (int i = 0; i < size; i++) {
      table.put(0, IPV4 + i, 1, now);
    }
    assertThat(table.used()).isEqualTo(size);
    now += TICK;
    for (int i = 0; i < size / 2; i++) {
      table.find(0, IPV4 + i, now);
    }
    now += TICK;
    for (int i = 0; i < size / 2; i++) {
      table.put(0, IPV4 + 1_000_000 + i, 1, now);
    }
    int kept = 0;
    for (int i = 0; i < size / 2; i++) {
      kept += table.find(0, IPV4 + i, now) == 1 ? 1 : 0;
    }
    assertThat(table.used()).isLessThanOrEqualTo(size);
    assertThat(kept).isGreaterThan(size / 2 * 95 / 100);
  }

  @Test
  void anEmptyTableTakesNoMemoryAndAFullOneFewBytesForEachEntry() {
    int size = 200 * 1024;
    StickTable table = table(size);
    assertThat(table.bytes()).isZero();
    for (int i = 0; i < 100; i++) {
      table.put(IPV6, i, 1, now);
    }
    assertThat(table.bytes()).isLessThan(40_000);
    for (int i = 0; i < size; i++) {
      table.put(IPV6, i, 1, now);
    }
    // A handful had no slot near their own, and took another's.
    assertThat(table.used()).isBetween(size - 10, size);
    assertThat(table.bytes() / size).isLessThanOrEqualTo(50);
    int found = 0;
    for (int i = 0; i < size; i++) {
      found += table.find(IPV6, i, now) == 1 ? 1 : 0;
    }
    assertThat(found).isEqualTo(table.used());
  }

  @Test
  void whatIsForgottenOnRequestIsGone() {
    StickTable table = table(1000);
    for (int i = 0; i < 900; i++) {
      table.put(0, IPV4 + i, i % 3, now);
    }
    assertThat(table.remove(0, IPV4 + 5)).isTrue();
    assertThat(table.remove(0, IPV4 + 5)).isFalse();
    assertThat(table.find(0, IPV4 + 5, now)).isEqualTo(-1);
    assertThat(table.removeIf(server -> server == 1)).isEqualTo(300);
    assertThat(table.used()).isEqualTo(599);
    assertThat(table.entries(now, Integer.MAX_VALUE))
        .hasSize(599)
        .noneMatch(entry -> entry.server() == 1);
    assertThat(table.entries(now, 10)).hasSize(10);
    assertThat(table.removeIf(any -> true)).isEqualTo(599);
    assertThat(table.used()).isZero();
  }

  @Test
  void listsWhatIsThereAndForHowLong() {
    StickTable table = table(100);
    table.put(IPV6, 4, 2, now);
    assertThat(table.entries(now + 30 * TICK, 10))
        .containsExactly(new StickTable.Entry(IPV6, 4, 2, 30 * TICK));
    assertThat(table.leftNanos(30 * TICK)).isEqualTo(70 * TICK);
    assertThat(table.entries(now + 100 * TICK, 10)).isEmpty();
  }

  @Test
  void otherSettingsKeepTheClients() {
    StickTable table = table(1000);
    for (int i = 0; i < 500; i++) {
      table.put(0, IPV4 + 256 * i, 1, now);
      table.put(IPV6 + i, 0, 2, now + 5 * TICK);
    }
    now += 10 * TICK;
    StickTable larger = table.with(config(5000, Duration.ofNanos(200 * TICK), 24, 128), now);
    assertThat(larger.used()).isEqualTo(1000);
    assertThat(larger.find(0, IPV4 + 256 * 7 + 9, now)).isEqualTo(1);
    // Its age has come along.
    assertThat(larger.find(0, IPV4 + 256 * 8, now + 190 * TICK)).isEqualTo(-1);
    assertThat(larger.find(IPV6 + 8, 0, now + 190 * TICK)).isEqualTo(2);

    StickTable smaller = table.with(config(20, Duration.ofNanos(100 * TICK), 32, 128), now);
    assertThat(smaller.used()).isEqualTo(20);

    StickTable other = larger.with(config(5000, Duration.ofHours(1), 32, 64), now);
    assertThat(other.find(0, IPV4 + 256 * 7, now)).as("was known by 24 bits").isEqualTo(-1);
    assertThat(other.find(IPV6 + 7, 99, now)).isEqualTo(2);
  }

  /** Growth, eviction, sweeping, listing and clearing, all at once. */
  @Test
  void severalEventLoopsNeverSeeWhatNobodyHasPut() throws Exception {
    long seed = System.nanoTime();
    int size = 6000;
    StickTable table = table(size);
    int clients = 9000;
    int loops = 4;
    CountDownLatch ready = new CountDownLatch(loops);
    AtomicReference<String> wrong = new AtomicReference<>("");
    List<Thread> threads = new ArrayList<>();
    for (int loop = 0; loop < loops; loop++) {
      Random random = new Random(seed + loop);
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                ready.countDown();
                while (ready.getCount() > 0) {
                  Thread.onSpinWait();
                }
                for (int i = 0; i < 300_000; i++) {
                  long at = now + (i >> 12) * TICK;
                  // A few clients that all loops fight over, and many that they share.
                  int client = random.nextInt(4) == 0 ? random.nextInt(8) : random.nextInt(clients);
                  int server = table.find(IPV6 + client, client, at);
                  if (server >= 0 && server / 2 != client % 5000) {
                    wrong.set("client " + client + " was sent to " + server + ", seed " + seed);
                  }
                  if (server < 0 || random.nextInt(50) == 0) {
                    table.put(IPV6 + client, client, client % 5000 * 2 + random.nextInt(2), at);
                  }
                }
              }));
    }
    for (int i = 0; i < 200; i++) {
      table.sweep(now, 10);
      table.entries(now, 100);
      table.remove(IPV6 + i % 8, i % 8);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(wrong.get()).isEmpty();
    List<StickTable.Entry> entries = table.entries(now, Integer.MAX_VALUE);
    Set<Long> distinct = new HashSet<>();
    entries.forEach(entry -> assertThat(distinct.add(entry.low())).as("seed %d", seed).isTrue());
    assertThat(table.used()).as("seed %d", seed).isEqualTo(entries.size());
    assertThat(entries.size()).isLessThanOrEqualTo(size + loops);
  }
}
