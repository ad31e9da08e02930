package dev.fairlead.benchmarks.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class FlatnessTest {
  private static final long MIB = 1 << 20;

  @Test
  void onePeakIsNoGrowth() {
    List<Long> samples = LongStream.range(0, 90).mapToObj(i -> (i == 80 ? 90 : 60) * MIB).toList();
    assertThat(Flatness.of(samples).isFlat()).isTrue();
  }

  @Test
  void aSteadyLeakIsGrowth() {
    List<Long> samples = LongStream.range(0, 90).mapToObj(i -> 60 * MIB + i * MIB / 10).toList();
    assertThat(Flatness.of(samples).isFlat()).isFalse();
    assertThat(Flatness.of(samples).text()).contains("61.5 MiB", "67.5 MiB");
  }
}
