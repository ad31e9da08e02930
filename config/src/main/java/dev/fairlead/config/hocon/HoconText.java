package dev.fairlead.config.hocon;

import dev.fairlead.config.hocon.HoconScanner.Entry;
import dev.fairlead.config.hocon.HoconScanner.Kind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The raw text of one file: what the parser cannot say about HOCON's traps. */
final class HoconText {

  /** Characters that break a value without quotes. */
  private static final String RESERVED = "$\"{}[]:=,+#`^?!@*&\\";

  /** Sections whose members people name: one that is there twice is a mistake, not a merge. */
  private static final Set<String> NAMED = Set.of("frontends", "backends", "virtual-routers");

  private static final String SERVERS = ".servers";

  private final String name;
  private final String text;
  private final List<Entry> entries;

  private HoconText(String name, String text) {
    this.name = name;
    this.text = text;
    this.entries = HoconScanner.scan(text);
  }

  static HoconText of(String name, String text) {
    return new HoconText(name, text.startsWith("\ufeff") ? text.substring(1) : text);
  }

  String text() {
    return text;
  }

  /** Reports what parses, but not to what was meant. */
  void report(Findings findings) {
    Map<String, Entry> first = new HashMap<>();
    for (Entry entry : entries) {
      reportCut(findings, entry);
      Entry earlier = first.putIfAbsent(entry.path(), entry);
      if (earlier != null) {
        reportTwice(findings, earlier, entry);
      }
    }
  }

  private void reportCut(Findings findings, Entry entry) {
    if (entry.cutBy().isEmpty()) {
      return;
    }
    String sign = entry.cutBy().get();
    findings.error(
        "cut-value",
        place(entry),
        "is cut "
            + (isSecret(entry) ? "" : "to " + value(entry) + " ")
            + "by "
            + sign
            + ", which starts a comment",
        "put the value in \"quotes\", or a space before " + sign);
  }

  private void reportTwice(Findings findings, Entry earlier, Entry later) {
    if (earlier.kind() == Kind.OBJECT && later.kind() == Kind.OBJECT) {
      if (isNamed(later.path())) {
        findings.error(
            "duplicate-name", place(later), "is defined twice, first in line " + earlier.line());
      }
      return;
    }
    // A value, and then ${?NAME} to override it, is how HOCON is meant to be used.
    if (later.kind() == Kind.OBJECT || value(later).contains("${")) {
      return;
    }
    if (isNamed(later.path())) {
      findings.error(
          "duplicate-name", place(later), "is defined twice, first in line " + earlier.line());
      return;
    }
    findings.warning(
        "set-twice", place(later), "is set again here, and overrides line " + earlier.line());
  }

  private static boolean isNamed(String path) {
    int dot = path.lastIndexOf('.');
    if (path.endsWith("\"")) {
      int quote = path.lastIndexOf('"', path.length() - 2);
      dot = quote - 1;
    }
    String parent = dot < 0 ? "" : path.substring(0, dot);
    return NAMED.contains(parent) || parent.endsWith(SERVERS);
  }

  /**
   * Reports a syntax error.
   *
   * @param line 1-based; 0 = not known
   * @return the text with quotes around every value that must have been meant as text, to find out
   *     what else is wrong; this if there is none
   */
  HoconText reportSyntax(Findings findings, int line, String message) {
    StringBuilder repaired = new StringBuilder(text);
    for (int i = entries.size() - 1; i >= 0; i--) {
      Entry entry = entries.get(i);
      if (needsQuotes(entry)) {
        String quoted = '"' + value(entry).replace("\\", "\\\\") + '"';
        repaired.replace(entry.from(), entry.to(), quoted);
        findings.error(
            "syntax",
            place(entry),
            "needs quotes, since it has one of HOCON's own characters",
            "write " + (isSecret(entry) ? "\"…\"" : quoted));
      }
    }
    if (repaired.length() > text.length()) {
      return new HoconText(name, repaired.toString());
    }
    boolean secret = entries.stream().anyMatch(entry -> entry.line() == line && isSecret(entry));
    findings.error(
        "syntax",
        new Place(name, line, ""),
        secret ? "syntax error near a password" : "syntax error: " + bare(message),
        "text with one of " + RESERVED + " needs quotes");
    return this;
  }

  private boolean needsQuotes(Entry entry) {
    String value = value(entry);
    if (entry.kind() != Kind.SCALAR || value.indexOf('"') >= 0 || value.contains("${")) {
      return false;
    }
    for (int i = 0; i < value.length(); i++) {
      if (RESERVED.indexOf(value.charAt(i)) >= 0) {
        return true;
      }
    }
    return false;
  }

  private String value(Entry entry) {
    return text.substring(entry.from(), entry.to());
  }

  private Place place(Entry entry) {
    return new Place(name, entry.line(), entry.path());
  }

  private static boolean isSecret(Entry entry) {
    return entry.path().endsWith("password");
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
}
