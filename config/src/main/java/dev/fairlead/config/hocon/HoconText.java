package dev.fairlead.config.hocon;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The raw text of one file: what the parser cannot say about HOCON's traps. */
final class HoconText {

  /** Characters that mean something in HOCON and so end, or break, a value without quotes. */
  private static final String RESERVED = "$\"{}[]:=,+#`^?!@*&\\";

  private final String name;
  private final String text;
  private final List<String> lines;

  private HoconText(String name, String text) {
    this.name = name;
    this.text = text;
    this.lines = text.lines().toList();
  }

  static HoconText of(String name, String text) {
    return new HoconText(name, text.startsWith("\ufeff") ? text.substring(1) : text);
  }

  String text() {
    return text;
  }

  /** Reports what parses, but not to what was meant. */
  void report(Findings findings) {}

  /**
   * Reports a syntax error.
   *
   * @param line 1-based; 0 = not known
   * @return the text with the line repaired, to find out what else is wrong; this if there is no
   *     telling what was meant
   */
  HoconText reportSyntax(Findings findings, int line, String message) {
    // A value that is cut short may be noticed one line later only.
    for (int at = line; at >= Math.max(1, line - 1) && at <= lines.size(); at--) {
      Optional<Repair> repair = repair(lines.get(at - 1));
      if (repair.isPresent()) {
        Repair found = repair.get();
        findings.error(
            "syntax",
            new Place(name, at, found.key()),
            "contains a character that HOCON reserves, and has no quotes",
            isSecret(found.key()) ? "put the value in \"quotes\"" : "write " + found.suggestion());
        List<String> repaired = new ArrayList<>(lines);
        repaired.set(at - 1, found.line());
        return new HoconText(name, String.join("\n", repaired));
      }
    }
    boolean secret = line > 0 && line <= lines.size() && isSecret(lines.get(line - 1));
    findings.error(
        "syntax",
        new Place(name, line, ""),
        secret ? "syntax error near a password" : "syntax error: " + bare(message),
        "text with any of " + RESERVED + " needs quotes");
    return this;
  }

  private static boolean isSecret(String text) {
    return text.contains("password");
  }

  /** The parser's message without our file name, and without its advice, which is about Java. */
  private String bare(String message) {
    String bare = message;
    if (bare.startsWith(name + ": ")) {
      bare = bare.substring(name.length() + 2);
      int digits = 0;
      while (digits < bare.length() && Character.isDigit(bare.charAt(digits))) {
        digits++;
      }
      if (digits > 0 && bare.startsWith(": ", digits)) {
        bare = bare.substring(digits + 2);
      }
    }
    int advice = bare.indexOf(" (");
    return advice > 0 ? bare.substring(0, advice) : bare;
  }

  /**
   * @param line the whole line, repaired
   * @param suggestion what to write instead
   */
  private record Repair(String key, String line, String suggestion) {}

  /** Puts quotes around a value that can only have been meant as text. */
  private static Optional<Repair> repair(String line) {
    int end = commentAt(line);
    String code = line.substring(0, end).stripTrailing();
    int separator = separatorAt(code);
    String key = separator < 0 ? "" : code.substring(0, separator).strip();
    // An element of a list on its own line: 10.0.0.1:6443 looks like a key and a value.
    boolean isKey =
        !key.isEmpty()
            && (Character.isLetter(key.charAt(0)) || key.charAt(0) == '"')
            && !(code.charAt(separator) == ':' && code.startsWith("::", separator));
    String prefix = isKey ? code.substring(0, separator + 1) + " " : indent(code);
    String value = (isKey ? code.substring(separator + 1) : code).strip();
    String tail = "";
    while (!value.isEmpty() && (value.endsWith(",") || value.endsWith("}"))) {
      tail = value.charAt(value.length() - 1) + tail;
      value = value.substring(0, value.length() - 1).stripTrailing();
    }
    String quoted = quoted(value);
    if (quoted.equals(value)) {
      return Optional.empty();
    }
    return Optional.of(
        new Repair(
            isKey ? key.replace("\"", "") : "",
            prefix + quoted + tail + " " + line.substring(end),
            (isKey ? key + " = " : "") + quoted));
  }

  private static String indent(String code) {
    return code.substring(0, code.length() - code.stripLeading().length());
  }

  private static String quoted(String value) {
    if (value.isEmpty() || value.indexOf('"') >= 0 || "{$".indexOf(value.charAt(0)) >= 0) {
      return value.startsWith("[") && value.endsWith("]") ? quotedElements(value) : value;
    }
    if (value.startsWith("[") && value.endsWith("]")) {
      return quotedElements(value);
    }
    return needsQuotes(value) ? '"' + value + '"' : value;
  }

  private static String quotedElements(String list) {
    List<String> elements = new ArrayList<>();
    for (String element : list.substring(1, list.length() - 1).split(",", -1)) {
      String bare = element.strip();
      elements.add(
          bare.indexOf('"') < 0 && bare.indexOf('{') < 0 && needsQuotes(bare)
              ? '"' + bare + '"'
              : bare);
    }
    String joined = "[" + String.join(", ", elements) + "]";
    return joined.indexOf('"') >= 0 && !sameButSpaces(joined, list) ? joined : list;
  }

  private static boolean sameButSpaces(String one, String other) {
    return one.replace(" ", "").equals(other.replace(" ", ""));
  }

  private static boolean needsQuotes(String value) {
    for (int i = 0; i < value.length(); i++) {
      if (RESERVED.indexOf(value.charAt(i)) >= 0) {
        return true;
      }
    }
    return false;
  }

  /** Index of the comment outside quotes, or the length. */
  private static int commentAt(String line) {
    boolean inQuotes = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"' && (i == 0 || line.charAt(i - 1) != '\\')) {
        inQuotes = !inQuotes;
      }
      boolean comment = c == '#' || (c == '/' && line.startsWith("//", i));
      if (!inQuotes && comment && (i == 0 || Character.isWhitespace(line.charAt(i - 1)))) {
        return i;
      }
    }
    return line.length();
  }

  /** Index of the first = or : outside quotes, or -1. */
  private static int separatorAt(String line) {
    boolean inQuotes = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"') {
        inQuotes = !inQuotes;
      } else if (!inQuotes && (c == '=' || c == ':')) {
        return i;
      } else if (!inQuotes && (c == '{' || c == '[')) {
        return -1;
      }
    }
    return -1;
  }
}
