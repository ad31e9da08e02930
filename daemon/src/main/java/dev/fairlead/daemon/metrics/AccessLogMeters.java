package dev.fairlead.daemon.metrics;

import dev.fairlead.daemon.access.AccessLogStatus;
import java.util.List;

/** The meters of access logs. */
final class AccessLogMeters {

  private AccessLogMeters() {}

  static void all(Meters meters, List<AccessLogStatus> logs) {
    for (AccessLogStatus log : logs) {
      meters.counter(
          "fairlead.access.log.lines",
          "Lines of the access log that were written.",
          log.lines(),
          "frontend",
          log.frontend());
      lost(meters, log, "buffer_full", log.bufferFull());
      lost(meters, log, "target_failed", log.targetFailed());
      meters.counter(
          "fairlead.access.log.limited.lines",
          "Lines of the access log left out by lines-per-second.",
          log.rateLimited(),
          "frontend",
          log.frontend());
    }
  }

  private static void lost(Meters meters, AccessLogStatus log, String reason, long lines) {
    meters.counter(
        "fairlead.access.log.lost.lines",
        "Lines of the access log that its target did not take.",
        lines,
        "frontend",
        log.frontend(),
        "reason",
        reason);
  }
}
