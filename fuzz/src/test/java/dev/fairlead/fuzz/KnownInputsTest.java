package dev.fairlead.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Without Jazzer: the seeds, what it has found, and a little of what it does. */
class KnownInputsTest {

  private static final int CHANGED = 300;

  @TestFactory
  Stream<DynamicTest> seedsAndTheirRuins() {
    return AnyBytes.TARGETS.stream()
        .map(target ->
            DynamicTest.dynamicTest(
                target.name(),
                () -> {
                  assertThat(target.seeds()).isNotEmpty();
                  AnyBytes.inputs().stream()
                      .filter(input -> AnyBytes.target(input) == target)
                      .forEach(KnownInputsTest::ruin);
                }));
  }

  /** Whole, cut at each place, and with some bytes changed. */
  private static void ruin(byte[] input) {
    AnyBytes.fuzzerTestOneInput(input);
    for (int length = 0; length < input.length; length++) {
      AnyBytes.fuzzerTestOneInput(Arrays.copyOf(input, length));
    }
    Random random = new Random(Arrays.hashCode(input));
    for (int i = 0; i < CHANGED && input.length > 1; i++) {
      byte[] changed = input.clone();
      for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
        int value =
            random.nextBoolean()
                ? random.nextInt(256)
                : new int[] {0, 1, 127, 128, 255}[random.nextInt(5)];
        changed[1 + random.nextInt(input.length - 1)] = (byte) value;
      }
      AnyBytes.fuzzerTestOneInput(changed);
    }
  }

  @Test
  void whatCostsMoreThanItIsWorthIsNoticed() {
    assertThat(AnyBytes.isWorth(20, 1_000_000)).isFalse();
    assertThat(AnyBytes.isWorth(4096, 200_000)).isTrue();
  }
}
