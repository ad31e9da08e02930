package dev.fairlead.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.ProcessConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SchedulingTest {

  private static final int EPERM = 1;

  private final Told kernel = new Told();
  private final Scheduling scheduling = new Scheduling(() -> kernel);

  @Test
  void nothingIsToldTheKernelThatNobodyAskedFor() {
    scheduling.apply(process(false, false));
    assertThat(kernel.calls).isEmpty();
    assertThat(scheduling.state()).isEqualTo(new Scheduling.State(false, false));
  }

  @Test
  void aReloadSwitchesEachOnAndOffAndTellsNothingTwice() {
    scheduling.apply(process(true, false));
    scheduling.apply(process(true, true));
    scheduling.apply(process(true, true));
    assertThat(scheduling.state()).isEqualTo(new Scheduling.State(true, true));
    scheduling.apply(process(false, true));
    scheduling.apply(process(false, false));
    assertThat(scheduling.state()).isEqualTo(new Scheduling.State(false, false));
    assertThat(kernel.calls)
        .containsExactly("realtime true", "lock true", "realtime false", "lock false");
  }

  @Test
  void whatIsRefusedIsNotInForceAndNotAskedForAtEachReload() {
    kernel.errno = EPERM;
    scheduling.apply(process(true, true));
    scheduling.apply(process(true, true));
    assertThat(scheduling.state()).isEqualTo(new Scheduling.State(false, false));
    assertThat(kernel.calls).containsExactly("realtime true", "lock true");
    // Off needs no call when it never was on; on again is another try.
    kernel.errno = 0;
    scheduling.apply(process(false, false));
    scheduling.apply(process(true, false));
    assertThat(scheduling.state()).isEqualTo(new Scheduling.State(true, false));
  }

  private static ProcessConfig process(boolean realtime, boolean lockMemory) {
    return new ProcessConfig(1, Duration.ZERO, realtime, lockMemory);
  }

  /** Remembers what it is told, and answers what a test wants. */
  private static final class Told implements Scheduling.Kernel {
    final List<String> calls = new ArrayList<>();
    int errno;

    @Override
    public int realtime(boolean on) {
      calls.add("realtime " + on);
      return errno;
    }

    @Override
    public int lockMemory(boolean on) {
      calls.add("lock " + on);
      return errno;
    }

    @Override
    public String words(int number) {
      return "error " + number;
    }
  }
}
