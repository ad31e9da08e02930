package dev.fairlead.config;

import java.util.Locale;

/** A frontend's access log in words. */
final class AccessLogText {

  private AccessLogText() {}

  static String of(AccessLogConfig log) {
    StringBuilder text = new StringBuilder("access log: ");
    text.append(word(log.format())).append(" to ").append(log.target());
    switch (log.target()) {
      case AccessLogConfig.Target.Stdout(), AccessLogConfig.Target.File(_) -> {}
      case AccessLogConfig.Target.Journal(_) -> envelope(text.append(" ("), log.envelope());
      case AccessLogConfig.Target.SyslogSocket(_), AccessLogConfig.Target.SyslogUdp(_) ->
          envelope(
              text.append(" (").append(log.envelope().syslogFormat()).append(", "), log.envelope());
    }
    text.append(", ")
        .append(
            switch (log.sessions()) {
              case ALL -> "every session";
              case NON_EMPTY -> "sessions that moved bytes or failed";
              case FAILED -> "sessions that failed";
            });
    if (log.oneIn() > 1) {
      text.append(", of those in good order one in ").append(log.oneIn());
    }
    if (log.linesPerSecond() > 0) {
      text.append(", at most ").append(log.linesPerSecond()).append(" lines a second");
    }
    return text.append(", ")
        .append(log.buffer())
        .append(" lines of an event loop may wait")
        .toString();
  }

  private static void envelope(StringBuilder text, AccessLogConfig.Envelope envelope) {
    text.append(word(envelope.facility())).append('.').append(word(envelope.severity()));
    if (envelope.failedSeverity() != envelope.severity()) {
      text.append(", failed sessions ").append(word(envelope.failedSeverity()));
    }
    text.append(", tag ").append(envelope.tag()).append(')');
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
