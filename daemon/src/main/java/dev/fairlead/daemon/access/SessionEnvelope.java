package dev.fairlead.daemon.access;

import dev.fairlead.config.AccessLogConfig;
import dev.fairlead.config.AccessLogConfig.Envelope;
import dev.fairlead.config.AccessLogConfig.Severity;
import dev.fairlead.lb.SessionEnd;
import dev.fairlead.lb.SessionRecord;
import java.util.Locale;

/** What stands around a line in a datagram. */
final class SessionEnvelope {

  /** Who receives it. */
  enum Kind {
    /** RFC 3164 and 5424. */
    SYSLOG_REMOTE,
    /**
     * The same on this host: RFC 3164's form is without a host name, as libc's syslog(3) has it.
     */
    SYSLOG_LOCAL,
    /** systemd's native protocol: a field in each line, newlines only between them. */
    JOURNAL
  }

  /** RFC 5424 section 6.2.4. */
  private static final int MAX_HOST_NAME = 255;

  private final Kind kind;
  private final String hostName;
  private final long pid = ProcessHandle.current().pid();

  SessionEnvelope(Kind kind, String hostName) {
    this.kind = kind;
    String printable = hostName.replaceAll("[^!-~]", "");
    this.hostName =
        printable.isEmpty()
            ? "-"
            : printable.substring(0, Math.min(printable.length(), MAX_HOST_NAME));
  }

  void append(StringBuilder out, AccessLogConfig how, SessionRecord session) {
    Envelope envelope = how.envelope();
    if (kind == Kind.JOURNAL) {
      journal(out, how, session);
      return;
    }
    out.append('<').append(code(envelope.facility()) * 8 + code(severity(envelope, session)));
    out.append('>');
    switch (envelope.syslogFormat()) {
      case RFC3164 -> {
        Clock.rfc3164(out, System.currentTimeMillis());
        if (kind == Kind.SYSLOG_REMOTE) {
          // The name up to the first dot: section 4.1.2.
          int dot = hostName.indexOf('.');
          out.append(' ').append(dot > 0 ? hostName.substring(0, dot) : hostName);
        }
        out.append(' ').append(envelope.tag()).append('[').append(pid).append("]: ");
      }
      case RFC5424 -> {
        Clock.rfc5424(out.append("1 "), System.currentTimeMillis());
        out.append(' ').append(hostName).append(' ').append(envelope.tag()).append(' ').append(pid);
        out.append(" session - ");
      }
    }
    SessionLine.append(out, how.format(), session);
  }

  private void journal(StringBuilder out, AccessLogConfig how, SessionRecord session) {
    Envelope envelope = how.envelope();
    SessionLine.append(out.append("MESSAGE="), how.format(), session);
    field(out, "PRIORITY", String.valueOf(code(severity(envelope, session))));
    field(out, "SYSLOG_FACILITY", String.valueOf(code(envelope.facility())));
    field(out, "SYSLOG_IDENTIFIER", envelope.tag());
    field(out, "SYSLOG_PID", String.valueOf(pid));
    field(out, "FAIRLEAD_FRONTEND", session.frontend());
    field(out, "FAIRLEAD_BACKEND", session.backend());
    if (session.server() != null) {
      field(out, "FAIRLEAD_SERVER", session.server());
    }
    field(out, "FAIRLEAD_CLIENT", SessionLine.client(session.client()));
    field(out, "FAIRLEAD_END", session.end().name().toLowerCase(Locale.ROOT));
    field(out, "FAIRLEAD_TERMINATION", session.termination());
    out.append('\n');
  }

  private static void field(StringBuilder out, String name, String value) {
    out.append('\n').append(name).append('=').append(value);
  }

  private static Severity severity(Envelope envelope, SessionRecord session) {
    return session.end() == SessionEnd.NORMAL ? envelope.severity() : envelope.failedSeverity();
  }

  @SuppressWarnings("EnumOrdinal") // both enums are in the order of RFC 5424's codes, and say so
  private static int code(Enum<?> word) {
    return word.ordinal();
  }
}
