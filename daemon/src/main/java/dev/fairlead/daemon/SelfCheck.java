package dev.fairlead.daemon;

import dev.fairlead.daemon.StatusReport.Phase;
import dev.fairlead.daemon.admin.Page.Content;
import dev.fairlead.lb.LoadBalancerSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The answers to {@code /livez} and {@code /readyz}, in the form that Kubernetes' own components
 * give theirs.
 *
 * @param lines one for each thing looked at, {@code [+]} or {@code [-]}
 */
record SelfCheck(boolean healthy, List<String> lines) {

  /** A loop that has not turned for so long will not turn again by itself. */
  static final Duration DEAD_LOOP = Duration.ofSeconds(5);

  SelfCheck {
    lines = List.copyOf(lines);
  }

  /** One loop, and when it last turned ({@code System.nanoTime()}). */
  record Turn(String loop, long lastTurnNanos) {}

  /** Alive = every loop turns; what is not alive should be restarted. */
  static SelfCheck livez(List<Turn> turns, long nowNanos) {
    List<String> lines = new ArrayList<>();
    boolean healthy = true;
    for (Turn turn : turns) {
      long sinceNanos = nowNanos - turn.lastTurnNanos();
      boolean turning = sinceNanos < DEAD_LOOP.toNanos();
      healthy &= turning;
      lines.add(
          turning
              ? "[+]loop " + turn.loop() + " ok"
              : "[-]loop %s has not turned for %d ms"
                  .formatted(turn.loop(), sinceNanos / 1_000_000));
    }
    return new SelfCheck(healthy, lines);
  }

  /** Ready = every frontend accepts, and nobody has asked us to stop. */
  static SelfCheck readyz(Phase phase, List<LoadBalancerSnapshot.Frontend> frontends) {
    List<String> lines = new ArrayList<>();
    boolean healthy = phase == Phase.RUNNING;
    lines.add(healthy ? "[+]running ok" : "[-]the process is " + phase);
    for (LoadBalancerSnapshot.Frontend frontend : frontends) {
      healthy &= frontend.accepting();
      lines.add(
          frontend.accepting()
              ? "[+]frontend " + frontend.name() + " ok"
              : "[-]frontend " + frontend.name() + " is not accepting");
    }
    return new SelfCheck(healthy, lines);
  }

  /**
   * The reply: 200 or 503.
   *
   * @param query with {@code verbose} all lines are shown; when something is wrong they always are
   */
  Content content(String query) {
    boolean verbose = !healthy || query.startsWith("verbose");
    StringBuilder text = new StringBuilder();
    if (verbose) {
      lines.forEach(line -> text.append(line).append('\n'));
    }
    text.append(healthy ? "ok\n" : "not ok\n");
    return Content.text(healthy ? 200 : 503, text.toString());
  }
}
