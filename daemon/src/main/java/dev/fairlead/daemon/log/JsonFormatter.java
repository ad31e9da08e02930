package dev.fairlead.daemon.log;

import java.util.logging.Formatter;
import java.util.logging.LogRecord;

/**
 * One JSON object per line: {@code time}, {@code level}, {@code logger}, {@code message}, and
 * {@code error} with a stack trace.
 */
final class JsonFormatter extends Formatter {

  @Override
  public String format(LogRecord record) {
    StringBuilder line = new StringBuilder(200);
    line.append("{\"time\":\"");
    Timestamp.append(line, record.getMillis());
    line.append("\",\"level\":\"").append(HumanFormatter.name(record.getLevel()));
    line.append("\",\"logger\":");
    quote(line, String.valueOf(record.getLoggerName()));
    line.append(",\"message\":");
    quote(line, String.valueOf(record.getMessage()));
    Throwable thrown = record.getThrown();
    if (thrown != null) {
      line.append(",\"error\":");
      quote(line, HumanFormatter.stackTrace(thrown));
    }
    return line.append("}\n").toString();
  }

  private static void quote(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < ' ' || c == 0x7f) {
            out.append("\\u00").append(Character.forDigit(c >> 4, 16));
            out.append(Character.forDigit(c & 15, 16));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
