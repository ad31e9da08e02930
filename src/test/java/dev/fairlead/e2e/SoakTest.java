package dev.fairlead.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.benchmarks.soak.SoakRun;
import dev.fairlead.benchmarks.soak.Verdict;
import dev.fairlead.lab.Lab;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

/** The short form of {@code benchmarks/soak}: load with faults, after which nothing is left. */
@ResourceLock(Lab.BOTH_CPUS)
final class SoakTest {

  @Test
  void aMinuteOfLoadAndFaultsLeavesNothingBehind(@TempDir Path folder) {
    Path launcher = Path.of(System.getProperty("fairlead.home"), "bin", "fairlead");
    String prefix = "flsoak" + ProcessHandle.current().pid();
    try (SoakRun run = new SoakRun(launcher, prefix, folder, line -> {})) {
      Verdict verdict = run.run(Duration.ofSeconds(45), Duration.ofSeconds(2));
      System.out.println(verdict.text());
      assertThat(verdict.problems()).as(verdict.text()).isEmpty();
    }
  }
}
