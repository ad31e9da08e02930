package dev.fairlead.daemon.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class RecordRingTest {

  @Test
  void whatDoesNotFitIsRefusedAndWhatFitsComesInOrder() {
    RecordRing<Integer> ring = new RecordRing<>(100);
    assertThat(ring.capacity()).isEqualTo(128);
    assertThat(ring.isEmpty()).isTrue();
    for (int i = 0; i < 128; i++) {
      assertThat(ring.offer(i)).isTrue();
    }
    assertThat(ring.offer(128)).isFalse();
    assertThat(ring.take()).isZero();
    assertThat(ring.offer(129)).isTrue();
    assertThat(ring.offer(130)).isFalse();
    for (int i = 1; i < 128; i++) {
      assertThat(ring.take()).isEqualTo(i);
    }
    assertThat(ring.take()).isEqualTo(129);
    assertThat(ring.take()).isNull();
    assertThat(ring.isEmpty()).isTrue();
  }

  @Test
  void aPowerOfTwoIsTakenAsItIs() {
    assertThat(new RecordRing<String>(64).capacity()).isEqualTo(64);
    assertThat(new RecordRing<String>(1 << 20).capacity()).isEqualTo(1 << 20);
  }

  @Test
  @Timeout(30)
  void oneThreadOffersAndAnotherTakesAndNothingIsLostOrSwapped() {
    RecordRing<Integer> ring = new RecordRing<>(64);
    int count = 300_000;
    CompletableFuture<Void> offering =
        CompletableFuture.runAsync(() -> {
          for (int i = 0; i < count; i++) {
            while (!ring.offer(i)) {
              Thread.yield();
            }
          }
        });
    for (int next = 0; next < count; ) {
      Integer taken = ring.take();
      if (taken == null) {
        Thread.yield();
      } else {
        assertThat(taken.intValue()).isEqualTo(next++);
      }
    }
    offering.join();
    assertThat(ring.isEmpty()).isTrue();
  }
}
