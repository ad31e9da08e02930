package dev.fairlead.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.daemon.StatusTable.Row;
import dev.fairlead.daemon.StatusTable.Tone;
import java.util.List;
import org.junit.jupiter.api.Test;

class StatusTableTest {

  @Test
  void whatIsCutSaysSo() {
    assertThat(StatusTable.cut("connection refused", 18)).isEqualTo("connection refused");
    assertThat(StatusTable.cut("connection refused", 17)).isEqualTo("connection refus…");
  }

  @Test
  void theReasonOfAServerThatIsNotWellIsThereInFull() {
    Row dead = new Row(Tone.BAD, 1, "m1", "DEAD", "connected, but no answer, 2000 ms");
    Row starting = new Row(Tone.CHANGING, 1, "m2", "UNREADY", "what came is not TLS, 1 ms");
    Row well = new Row(Tone.GOOD, 1, "m3", "UP", "HTTP 200 on a connection kept open, 1 ms");
    List<Row> rows = List.of(dead, starting, well);
    assertThat(StatusTable.cutDetails(rows, 26))
        .containsExactly("  m1: connected, but no answer, 2000 ms");
    assertThat(StatusTable.cutDetails(rows, 25))
        .containsExactly(
            "  m1: connected, but no answer, 2000 ms", "  m2: what came is not TLS, 1 ms");
  }
}
