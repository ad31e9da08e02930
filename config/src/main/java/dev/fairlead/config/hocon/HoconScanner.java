package dev.fairlead.config.hocon;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Finds keys and values in the raw text of a HOCON file.
 *
 * <p>The parser forgets what we must tell people about: that a value was cut at a {@code #}, that a
 * key was written twice, and, in a text that does not parse, what the broken value was. This scan
 * is tolerant (it must read broken files) and never decides what a value is.
 */
final class HoconScanner {

  enum Kind {
    SCALAR,
    OBJECT,
    LIST
  }

  /**
   * One key with its value, or one element of a list.
   *
   * @param path as in findings: {@code backends.api.servers[2].weight}
   * @param line 1-based, of the key
   * @param from offset of the value
   * @param to offset after the value, without white space
   * @param cutBy the comment sign that follows without a space; empty = none
   */
  record Entry(Kind kind, String path, int line, int from, int to, Optional<String> cutBy) {}

  private static final class Frame {
    final boolean isList;
    final String path;
    int index;

    Frame(boolean isList, String path) {
      this.isList = isList;
      this.path = path;
    }
  }

  private final String text;
  private final List<Entry> entries = new ArrayList<>();
  private final Deque<Frame> frames = new ArrayDeque<>();
  private int at;
  private int line = 1;

  private HoconScanner(String text) {
    this.text = text;
  }

  static List<Entry> scan(String text) {
    HoconScanner scanner = new HoconScanner(text);
    scanner.frames.push(new Frame(false, ""));
    scanner.run();
    return scanner.entries;
  }

  private void run() {
    while (true) {
      skipBlank();
      if (at >= text.length()) {
        return;
      }
      int before = at;
      Frame frame = frames.element();
      char c = text.charAt(at);
      if (c == '}' || c == ']') {
        at++;
        if (frames.size() > 1) {
          frames.pop();
        }
      } else if (frame.isList) {
        value(frame.path + "[" + frame.index++ + "]", line);
      } else if (c == '{' && frames.size() == 1 && entries.isEmpty()) {
        at++;
      } else {
        member(frame);
      }
      if (at == before) {
        at++;
      }
    }
  }

  /** White space, commas and comments. */
  private void skipBlank() {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (isComment(at)) {
        at = endOfLine();
      } else if (c == '\n') {
        line++;
        at++;
      } else if (c == ',' || Character.isWhitespace(c)) {
        at++;
      } else {
        return;
      }
    }
  }

  private boolean isComment(int index) {
    return text.charAt(index) == '#' || text.startsWith("//", index);
  }

  private int endOfLine() {
    int end = text.indexOf('\n', at);
    return end < 0 ? text.length() : end;
  }

  private void member(Frame frame) {
    int keyLine = line;
    StringBuilder path = new StringBuilder(frame.path);
    StringBuilder part = new StringBuilder();
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '"') {
        int end = Math.max(at + 1, closingQuote(at));
        part.append(text, Math.min(at + 1, text.length()), Math.min(end, text.length()));
        at = Math.min(end + 1, text.length());
        continue;
      }
      if (c == '\n' || c == '}' || c == ']') {
        return; // an include, or something broken
      }
      if (c == '=' || c == ':' || c == '{' || c == '.' || text.startsWith("+=", at)) {
        addPart(path, part);
        part.setLength(0);
        if (c == '.') {
          at++;
          continue;
        }
        at += c == '{' ? 0 : c == '+' ? 2 : 1;
        skipToValue();
        value(path.toString(), keyLine);
        return;
      }
      part.append(c);
      at++;
    }
  }

  private static void addPart(StringBuilder path, StringBuilder part) {
    String joined = Section.join(path.toString(), part.toString().strip());
    path.setLength(0);
    path.append(joined);
  }

  // A value may stand on the line after its separator.
  private void skipToValue() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      if (text.charAt(at) == '\n') {
        line++;
      }
      at++;
    }
  }

  private int closingQuote(int open) {
    int i = open + 1;
    while (i < text.length() && text.charAt(i) != '"' && text.charAt(i) != '\n') {
      i += text.charAt(i) == '\\' ? 2 : 1;
    }
    return i;
  }

  private void value(String path, int keyLine) {
    if (at >= text.length()) {
      return;
    }
    char first = text.charAt(at);
    if (first == '{' || (first == '[' && !isBracketedAddress())) {
      entries.add(
          new Entry(
              first == '{' ? Kind.OBJECT : Kind.LIST, path, keyLine, at, at, Optional.empty()));
      frames.push(new Frame(first == '[', path));
      at++;
      return;
    }
    scalar(path, keyLine);
  }

  /** {@code [::1]:80}, which looks like a list to the parser. */
  private boolean isBracketedAddress() {
    int i = at + 1;
    boolean colon = false;
    while (i < text.length() && "0123456789abcdefABCDEF:.".indexOf(text.charAt(i)) >= 0) {
      colon |= text.charAt(i) == ':';
      i++;
    }
    return colon && text.startsWith("]:", i);
  }

  private void scalar(String path, int keyLine) {
    int from = at;
    int end = at;
    boolean afterQuote = false;
    Optional<String> cutBy = Optional.empty();
    boolean address = isBracketedAddressAt(from);
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '"') {
        skipQuoted();
        end = at;
        afterQuote = true;
        continue;
      }
      if (text.startsWith("${", at)) {
        int close = text.indexOf('}', at);
        at = close < 0 ? endOfLine() : close + 1;
        end = at;
        continue;
      }
      if (isComment(at)) {
        if (end == at && at > from && !afterQuote) {
          cutBy = Optional.of(c == '#' ? "#" : "//");
        }
        break;
      }
      if (c == '\n' || c == ',' || c == '}' || (c == ']' && !address)) {
        break;
      }
      if (c == '{' && end > from) {
        // ${base} { … }: the object is part of the value.
        entries.add(new Entry(Kind.OBJECT, path, keyLine, at, at, Optional.empty()));
        frames.push(new Frame(false, path));
        at++;
        return;
      }
      address &= c != ']';
      at++;
      if (!Character.isWhitespace(c)) {
        end = at;
        afterQuote = false;
      }
    }
    entries.add(new Entry(Kind.SCALAR, path, keyLine, from, end, cutBy));
  }

  private boolean isBracketedAddressAt(int index) {
    return index < text.length() && text.charAt(index) == '[' && isBracketedAddress();
  }

  private void skipQuoted() {
    if (!text.startsWith("\"\"\"", at)) {
      at = Math.min(closingQuote(at) + 1, text.length());
      return;
    }
    int close = text.indexOf("\"\"\"", at + 3);
    int end = close < 0 ? text.length() : close + 3;
    while (at < end) {
      if (text.charAt(at) == '\n') {
        line++;
      }
      at++;
    }
  }
}
