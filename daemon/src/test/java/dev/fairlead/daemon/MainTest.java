package dev.fairlead.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MainTest {

  @Test
  void plainRunIsUnderstoodWithoutPicocli() {
    assertThat(plain("run")).contains(List.of(Path.of("/etc/fairlead/fairlead.conf")));
    assertThat(plain("run -f a")).contains(List.of(Path.of("a")));
    assertThat(plain("run -f a --file b --file=c"))
        .contains(List.of(Path.of("a"), Path.of("b"), Path.of("c")));
  }

  @Test
  void everythingElseIsLeftToPicocli() {
    for (String line :
        List.of(
            "status",
            "run --help",
            "run -f",
            "run -f --listen",
            "run -fa",
            "run a",
            "run -f a --server 10.0.0.1:1",
            "--file a run")) {
      assertThat(plain(line)).as(line).isEmpty();
    }
    assertThat(Main.plainRun(new String[0])).isEmpty();
  }

  private static Optional<List<Path>> plain(String line) {
    return Main.plainRun(line.split(" ", -1));
  }
}
