package dev.fairlead.daemon.log;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;

/** {@code 2026-11-21T10:05:07.042Z WARN sentence}, and a stack trace below it if there is one. */
final class HumanFormatter extends Formatter {

  @Override
  public String format(LogRecord record) {
    StringBuilder line = new StringBuilder(120);
    Timestamp.append(line, record.getMillis());
    line.append(' ').append(paddedLevel(record.getLevel())).append(' ');
    appendOnOneLine(line, String.valueOf(record.getMessage()));
    line.append('\n');
    Throwable thrown = record.getThrown();
    if (thrown != null) {
      line.append(stackTrace(thrown));
    }
    return line.toString();
  }

  /** A line break inside a message would let whoever wrote the text forge a line of its own. */
  private static void appendOnOneLine(StringBuilder line, String message) {
    for (int i = 0; i < message.length(); i++) {
      char c = message.charAt(i);
      line.append(c < ' ' || c == 0x7f ? ' ' : c);
    }
  }

  static String stackTrace(Throwable thrown) {
    StringWriter text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  private static String paddedLevel(Level level) {
    String name = name(level);
    return name.length() < 5 ? name + " " : name;
  }

  /** The SLF4J name of a java.util.logging level. */
  static String name(Level level) {
    int value = level.intValue();
    if (value >= Level.SEVERE.intValue()) {
      return "ERROR";
    }
    if (value >= Level.WARNING.intValue()) {
      return "WARN";
    }
    if (value >= Level.INFO.intValue()) {
      return "INFO";
    }
    return value >= Level.FINE.intValue() ? "DEBUG" : "TRACE";
  }
}
