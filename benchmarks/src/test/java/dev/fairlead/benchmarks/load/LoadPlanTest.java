package dev.fairlead.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LoadPlanTest {

  @Test
  void aPlanSurvivesTheWayToTheClient() {
    LoadPlan plan =
        LoadPlan.to("10.201.1.2:7000")
            .withStreams(1, 2, 300)
            .withConversations(4, 500)
            .withOpeners(6, 700, true)
            .withIdle(8)
            .withLimit(9);

    assertThat(LoadPlan.parse(plan.line())).isEqualTo(plan);
    assertThat(plan.connections()).isEqualTo(1 + 2 + 4 + 6 + 8);
    assertThat(plan.ipv4()).isEqualTo(10 << 24 | 201 << 16 | 1 << 8 | 2);
    assertThat(plan.port()).isEqualTo(7000);
  }
}
