package dev.fairlead.daemon.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

class FormatterTest {

  private static final Instant AT = Instant.parse("2026-11-21T10:05:07.042Z");

  @Test
  void humanLine() {
    assertThat(new HumanFormatter().format(record(Level.WARNING, "server api/m1: UP -> DEAD")))
        .isEqualTo("2026-11-21T10:05:07.042Z WARN  server api/m1: UP -> DEAD\n");
  }

  @Test
  void humanLineStaysOneLineWhateverTheMessageHolds() {
    assertThat(new HumanFormatter().format(record(Level.INFO, "a\nb\u001b[31m")))
        .isEqualTo("2026-11-21T10:05:07.042Z INFO  a b [31m\n");
  }

  @Test
  void humanStackTraceFollowsItsLine() {
    LogRecord record = record(Level.SEVERE, "broken");
    record.setThrown(new IllegalStateException("why"));
    assertThat(new HumanFormatter().format(record))
        .startsWith(
            "2026-11-21T10:05:07.042Z ERROR broken\njava.lang.IllegalStateException: why\n\tat ");
  }

  @Test
  void jsonLine() {
    assertThat(new JsonFormatter().format(record(Level.FINE, "say \"hi\"\\\n\u0001é")))
        .isEqualTo(
            "{\"time\":\"2026-11-21T10:05:07.042Z\",\"level\":\"DEBUG\","
                + "\"logger\":\"dev.fairlead.daemon.Daemon\","
                + "\"message\":\"say \\\"hi\\\"\\\\\\n\\u0001é\"}\n");
  }

  @Test
  void jsonErrorIsOneLine() {
    LogRecord record = record(Level.SEVERE, "broken");
    record.setThrown(new IllegalStateException("why"));
    String line = new JsonFormatter().format(record);
    assertThat(line).contains("\"error\":\"java.lang.IllegalStateException: why\\n\\tat ");
    assertThat(line.indexOf('\n')).isEqualTo(line.length() - 1);
  }

  @Test
  void levelsAreThoseOfSlf4j() {
    assertThat(HumanFormatter.name(Level.SEVERE)).isEqualTo("ERROR");
    assertThat(HumanFormatter.name(Level.WARNING)).isEqualTo("WARN");
    assertThat(HumanFormatter.name(Level.INFO)).isEqualTo("INFO");
    assertThat(HumanFormatter.name(Level.FINE)).isEqualTo("DEBUG");
    assertThat(HumanFormatter.name(Level.FINEST)).isEqualTo("TRACE");
  }

  @Test
  void timesBefore1970AndOnLeapDays() {
    assertThat(text(-1)).isEqualTo("1969-12-31T23:59:59.999Z");
    assertThat(text(Instant.parse("2028-02-29T00:00:00.000Z").toEpochMilli()))
        .isEqualTo("2028-02-29T00:00:00.000Z");
  }

  private static String text(long millis) {
    StringBuilder out = new StringBuilder();
    Timestamp.append(out, millis);
    return out.toString();
  }

  private static LogRecord record(Level level, String message) {
    LogRecord record = new LogRecord(level, message);
    record.setInstant(AT);
    record.setLoggerName("dev.fairlead.daemon.Daemon");
    return record;
  }
}
