package dev.fairlead.daemon.access;

import dev.fairlead.config.AccessLogConfig.Format;
import dev.fairlead.config.IpText;
import dev.fairlead.lb.ClientAddress;
import dev.fairlead.lb.SessionRecord;
import dev.fairlead.lb.SessionRecord.Counts;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A session as a line of text, without its end. */
final class SessionLine {

  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final long NANOS_PER_MICRO = 1000;

  private SessionLine() {}

  static void append(StringBuilder out, Format format, SessionRecord session) {
    switch (format) {
      case TCPLOG -> tcplog(out, session);
      case JSON -> pairs(new Json(out), session);
      case LOGFMT -> pairs(new Logfmt(out), session);
    }
  }

  /** As haproxy's {@code option tcplog} (configuration manual 8.2.2), so that its readers work. */
  private static void tcplog(StringBuilder out, SessionRecord session) {
    Counts counts = session.counts();
    out.append(client(session.client())).append(':').append(session.clientPort()).append(" [");
    Clock.haproxy(out, session.beganAtMillis());
    out.append("] ").append(session.frontend()).append(' ').append(session.backend()).append('/');
    out.append(session.server() == null ? "<NOSRV>" : session.server()).append(' ');
    millis(out, session.queueNanos()).append('/');
    millis(out, session.connectNanos()).append('/');
    millis(out, session.totalNanos()).append(' ').append(session.bytesToClient()).append(' ');
    out.append(session.termination()).append(' ').append(counts.process()).append('/');
    out.append(counts.frontend()).append('/').append(counts.backend()).append('/');
    out.append(counts.server()).append('/').append(session.redispatched() ? "+" : "");
    out.append(session.retries()).append(' ').append(counts.aheadForServer()).append('/');
    out.append(counts.aheadForAny());
  }

  private static StringBuilder millis(StringBuilder out, long nanos) {
    return out.append(nanos < 0 ? -1 : nanos / NANOS_PER_MILLI);
  }

  static String client(ClientAddress address) {
    // Nothing connects from ::, so it stands for a socket of this host, as haproxy writes it.
    return address.high() == 0 && address.low() == 0 ? "unix" : IpText.text(address.address());
  }

  /** Name and value, again and again. */
  private interface Pairs {
    void text(String name, @Nullable String value);

    /** A number, as it is to be written. */
    void number(String name, @Nullable CharSequence value);

    void end();
  }

  private static void pairs(Pairs to, SessionRecord session) {
    Counts counts = session.counts();
    StringBuilder time = new StringBuilder();
    Clock.utc(time, session.beganAtMillis());
    to.text("time", time.toString());
    to.text("frontend", session.frontend());
    to.text("client", client(session.client()));
    number(to, "client_port", session.clientPort());
    to.text("backend", session.backend());
    to.text("server", session.server());
    to.number("queue_ms", decimals(session.queueNanos()));
    to.number("connect_ms", decimals(session.connectNanos()));
    to.number("total_ms", decimals(session.totalNanos()));
    number(to, "bytes_from_client", session.bytesFromClient());
    number(to, "bytes_to_client", session.bytesToClient());
    to.text("end", session.end().name().toLowerCase(Locale.ROOT));
    to.text("termination", session.termination());
    number(to, "retries", session.retries());
    to.number("redispatched", String.valueOf(session.redispatched()));
    number(to, "sessions", counts.process());
    number(to, "frontend_sessions", counts.frontend());
    number(to, "backend_sessions", counts.backend());
    number(to, "server_sessions", counts.server());
    number(to, "server_queue", counts.aheadForServer());
    number(to, "backend_queue", counts.aheadForAny());
    to.end();
  }

  private static void number(Pairs to, String name, long value) {
    to.number(name, String.valueOf(value));
  }

  /** Milliseconds with three decimals; null: it did not come to that. */
  private static @Nullable CharSequence decimals(long nanos) {
    if (nanos < 0) {
      return null;
    }
    long micros = nanos / NANOS_PER_MICRO;
    StringBuilder text = new StringBuilder().append(micros / 1000).append('.');
    Clock.digits(text, (int) (micros % 1000), 100);
    return text;
  }

  private static final class Json implements Pairs {
    private final StringBuilder out;
    private char before = '{';

    Json(StringBuilder out) {
      this.out = out;
    }

    private StringBuilder name(String name) {
      out.append(before).append('"').append(name).append("\":");
      before = ',';
      return out;
    }

    @Override
    public void text(String name, @Nullable String value) {
      // Names and addresses, without anything that JSON would want to see escaped.
      StringBuilder to = name(name);
      if (value == null) {
        to.append("null");
      } else {
        to.append('"').append(value).append('"');
      }
    }

    @Override
    public void number(String name, @Nullable CharSequence value) {
      name(name).append(value == null ? "null" : value);
    }

    @Override
    public void end() {
      out.append('}');
    }
  }

  private static final class Logfmt implements Pairs {
    private final StringBuilder out;
    private boolean first = true;

    Logfmt(StringBuilder out) {
      this.out = out;
    }

    @Override
    public void text(String name, @Nullable String value) {
      number(name, value);
    }

    @Override
    public void number(String name, @Nullable CharSequence value) {
      out.append(first ? "" : " ").append(name).append('=').append(value == null ? "" : value);
      first = false;
    }

    @Override
    public void end() {}
  }
}
