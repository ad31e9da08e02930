package dev.fairlead.config;

import java.net.InetSocketAddress;
import java.nio.file.Path;

/**
 * One line for each session of a frontend.
 *
 * @param target where the lines go
 * @param format how a line looks
 * @param envelope what syslog and journald want to know beside it
 * @param sessions which sessions have a line
 * @param oneIn of the sessions that ended in good order, one in so many has a line; at least 1
 * @param linesPerSecond at most; 0 = no limit
 * @param buffer lines of one event loop that may wait for the target
 */
public record AccessLogConfig(
    Target target,
    Format format,
    Envelope envelope,
    Sessions sessions,
    int oneIn,
    int linesPerSecond,
    int buffer) {

  /** Where journald listens for its own protocol. */
  public static final Path JOURNAL = Path.of("/run/systemd/journal/socket");

  /** Where a host's syslog listens. */
  public static final Path SYSLOG = Path.of("/dev/log");

  /** Syslog's port, RFC 5426 section 3.3. */
  public static final int SYSLOG_PORT = 514;

  /** Somebody who takes lines. */
  public sealed interface Target {

    /** Standard output. */
    record Stdout() implements Target {
      @Override
      public String toString() {
        return "stdout";
      }
    }

    /** A file that is appended to, and opened again when somebody has moved it away. */
    record File(Path path) implements Target {
      @Override
      public String toString() {
        return "file:" + path;
      }
    }

    /** A datagram socket of this host where syslog listens. */
    record SyslogSocket(Path path) implements Target {
      @Override
      public String toString() {
        return "syslog:" + path;
      }
    }

    /** Syslog by UDP. */
    record SyslogUdp(InetSocketAddress address) implements Target {
      @Override
      public String toString() {
        return "syslog:" + IpText.text(address);
      }
    }

    /** Journald's own socket. */
    record Journal(Path path) implements Target {
      @Override
      public String toString() {
        return path.equals(JOURNAL) ? "journald" : "journald:" + path;
      }
    }
  }

  /** How a line looks. */
  public enum Format {
    /** As haproxy's {@code option tcplog}. */
    TCPLOG,
    /** One JSON object. */
    JSON,
    /** {@code key=value} pairs. */
    LOGFMT
  }

  /** Which sessions have a line. */
  public enum Sessions {
    ALL,
    /** Not those that moved no byte and ended in good order: other balancers' checks. */
    NON_EMPTY,
    /** Those that did not end in good order. */
    FAILED
  }

  /** The header of syslog's lines. */
  public enum SyslogFormat {
    RFC3164,
    RFC5424
  }

  /** RFC 5424 section 6.2.1, in the order of its codes. */
  public enum Facility {
    KERN,
    USER,
    MAIL,
    DAEMON,
    AUTH,
    SYSLOG,
    LPR,
    NEWS,
    UUCP,
    CRON,
    AUTHPRIV,
    FTP,
    NTP,
    AUDIT,
    ALERT,
    CLOCK,
    LOCAL0,
    LOCAL1,
    LOCAL2,
    LOCAL3,
    LOCAL4,
    LOCAL5,
    LOCAL6,
    LOCAL7
  }

  /** RFC 5424 section 6.2.1, in the order of its codes. */
  public enum Severity {
    EMERG,
    ALERT,
    CRIT,
    ERR,
    WARNING,
    NOTICE,
    INFO,
    DEBUG
  }

  /**
   * What syslog and journald want to know beside the line.
   *
   * @param severity of sessions that ended in good order
   * @param failedSeverity of the others
   * @param tag who says it: the program's name
   */
  public record Envelope(
      SyslogFormat syslogFormat,
      Facility facility,
      Severity severity,
      Severity failedSeverity,
      String tag) {}
}
