package dev.fairlead.vrrp.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RepeatedNotesTest {

  private static final long MINUTE = RepeatedNotes.SUMMARY_NANOS;

  private final RepeatedNotes notes = new RepeatedNotes();
  private final List<String> lines = new ArrayList<>();

  @Test
  void firstOfEachKindIsLoggedAtOnceAndTheRestCounted() {
    assertThat(notes.note("bad checksum from", "10.0.0.1", 0))
        .contains("bad checksum from 10.0.0.1");
    assertThat(notes.note("bad checksum from", "10.0.0.2", 1)).isEmpty();
    assertThat(notes.note("wrong version from", "10.0.0.3", 2)).isPresent();
  }

  @Test
  void summaryComesAfterAMinuteAndNotBefore() {
    notes.note("bad checksum from", "10.0.0.1", 0);
    notes.note("bad checksum from", "10.0.0.2", 1);
    notes.note("bad checksum from", "10.0.0.3", 2);

    notes.summarise(MINUTE - 1, lines::add);
    assertThat(lines).isEmpty();

    notes.summarise(MINUTE, lines::add);
    assertThat(lines).containsExactly("bad checksum from 10.0.0.3, the last of 2 more in 60 s");
  }

  @Test
  void quietMinuteForgetsTheKindSoThatItIsNewsAgain() {
    notes.note("bad checksum from", "10.0.0.1", 0);
    notes.summarise(MINUTE, lines::add);

    assertThat(lines).isEmpty();
    assertThat(notes.isEmpty()).isTrue();
    assertThat(notes.note("bad checksum from", "10.0.0.1", MINUTE + 1)).isPresent();
  }
}
