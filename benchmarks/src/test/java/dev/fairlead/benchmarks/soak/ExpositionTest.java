package dev.fairlead.benchmarks.soak;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExpositionTest {

  @Test
  void seriesAreFoundByNameAndSummed() {
    Exposition exposition =
        Exposition.parse(
            """
            # TYPE fairlead_sessions gauge
            fairlead_sessions 3.0
            fairlead_ends_total{frontend="a",reason="normal"} 4.0
            fairlead_ends_total{frontend="b",reason="normal"} 1.2E7
            """);
    assertThat(exposition.of("fairlead_sessions")).isEqualTo(3);
    assertThat(exposition.sum("fairlead_ends_total")).isEqualTo(12_000_004);
  }
}
