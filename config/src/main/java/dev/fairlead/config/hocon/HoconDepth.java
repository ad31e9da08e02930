package dev.fairlead.config.hocon;

/**
 * How deep a raw text is nested, by brackets or by dots in a key. The parser descends once for each
 * level and would end in a stack overflow; a configuration needs less than ten.
 */
final class HoconDepth {

  static final int MAX = 64;

  private HoconDepth() {}

  /** The line, 1-based, in which {@link #MAX} is exceeded; 0 = nowhere. */
  static int exceededInLine(String text) {
    int line = 1;
    int brackets = 0;
    int dots = 0;
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '"') {
        int end = afterQuoted(text, at);
        line += newlines(text, at, end);
        at = end;
        continue;
      }
      if (c == '#' || text.startsWith("//", at)) {
        int end = text.indexOf('\n', at);
        at = end < 0 ? text.length() : end;
        continue;
      }
      switch (c) {
        case '{', '[' -> brackets++;
        case '}', ']' -> brackets = Math.max(0, brackets - 1);
        case '\n' -> line++;
        default -> {}
      }
      if (c == '.') {
        dots++;
      } else if (Character.isWhitespace(c) || "=:,{}[]".indexOf(c) >= 0) {
        dots = 0;
      }
      if (brackets > MAX || dots > MAX) {
        return line;
      }
      at++;
    }
    return 0;
  }

  private static int afterQuoted(String text, int open) {
    if (text.startsWith("\"\"\"", open)) {
      int close = text.indexOf("\"\"\"", open + 3);
      return close < 0 ? text.length() : close + 3;
    }
    int i = open + 1;
    // An unclosed quote ends with its line; the parser says what is wrong with it.
    while (i < text.length() && text.charAt(i) != '"' && text.charAt(i) != '\n') {
      i += text.charAt(i) == '\\' ? 2 : 1;
    }
    return i < text.length() && text.charAt(i) == '"' ? i + 1 : Math.min(i, text.length());
  }

  private static int newlines(String text, int from, int to) {
    int count = 0;
    for (int i = from; i < to; i++) {
      if (text.charAt(i) == '\n') {
        count++;
      }
    }
    return count;
  }
}
