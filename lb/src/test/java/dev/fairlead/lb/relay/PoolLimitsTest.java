package dev.fairlead.lb.relay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PoolLimitsTest {

  private static final long MIB = 1 << 20;

  /** The distribution's JVM has 256 MiB of direct memory. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8, 64, 1000})
  void howeverManyEventLoopsThereAreTheirBuffersLeaveMemoryForChecks(int loops) {
    // As many bytes again in small ones.
    long bytes = 2L * loops * PoolLimits.of(loops).buffers() * Chunk.CAPACITY;
    assertThat(bytes).isBetween(96 * MIB, 192 * MIB);
  }

  @ParameterizedTest
  @CsvSource({"64, 45056", "128, 110592", "16, 512"})
  void sessionsAreAsManyAsTheHeapHasRoomFor(int heapMib, int sessions) {
    assertThat(PoolLimits.sessionsWithin(heapMib * MIB)).isEqualTo(sessions);
  }
}
