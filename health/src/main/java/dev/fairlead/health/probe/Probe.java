package dev.fairlead.health.probe;

import dev.fairlead.health.CheckResult;
import java.util.function.Consumer;

/** One server and the question it is asked. Not thread-safe: lives on the probes loop. */
@FunctionalInterface
public interface Probe {

  /**
   * Asks once; the answer comes on the probes loop, exactly once, within the check's timeout.
   *
   * <p>Not called again before that.
   */
  void run(Consumer<CheckResult> done);
}
