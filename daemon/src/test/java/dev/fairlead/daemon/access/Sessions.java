package dev.fairlead.daemon.access;

import dev.fairlead.config.AccessLogConfig;
import dev.fairlead.config.AccessLogConfig.Envelope;
import dev.fairlead.config.AccessLogConfig.Facility;
import dev.fairlead.config.AccessLogConfig.Format;
import dev.fairlead.config.AccessLogConfig.Severity;
import dev.fairlead.config.AccessLogConfig.SyslogFormat;
import dev.fairlead.config.AccessLogConfig.Target;
import dev.fairlead.config.IpText;
import dev.fairlead.lb.ClientAddress;
import dev.fairlead.lb.SessionEnd;
import dev.fairlead.lb.SessionRecord;
import org.jspecify.annotations.Nullable;

/** Sessions that have ended, and how they are logged. */
final class Sessions {

  private Sessions() {}

  /** 2026-11-21T10:05:07.042Z. */
  static final long AT_MILLIS = 1_795_255_507_042L;

  static SessionRecord normal(int bytes) {
    return of("10.0.1.2", 33313, "m1", 12_345_678, 5_007_000_000L, bytes, SessionEnd.NORMAL, "--");
  }

  static SessionRecord failed() {
    return of("fd00::1", 1, null, -1, 1_999_999, 0, SessionEnd.NO_SERVER, "SC");
  }

  private static SessionRecord of(
      String client,
      int port,
      @Nullable String server,
      long connectNanos,
      long totalNanos,
      int bytes,
      SessionEnd end,
      String letters) {
    return new SessionRecord(
        AT_MILLIS,
        ClientAddress.of(IpText.parse(client).orElseThrow()),
        port,
        "fnt",
        "bck",
        server,
        connectNanos < 0 ? -1 : 7_000_000,
        connectNanos,
        totalNanos,
        bytes * 2L,
        bytes,
        end,
        letters,
        server == null ? 0 : 3,
        server != null,
        new SessionRecord.Counts(9, 8, 7, 6, 5, 4));
  }

  static AccessLogConfig config(Target target, Format format, SyslogFormat syslog) {
    return new AccessLogConfig(
        target,
        format,
        new Envelope(syslog, Facility.LOCAL0, Severity.INFO, Severity.WARNING, "fairlead"),
        AccessLogConfig.Sessions.ALL,
        1,
        0,
        64);
  }
}
