package dev.fairlead.daemon.demo;

import java.nio.charset.StandardCharsets;

/**
 * The characters that not every terminal has.
 *
 * @param levels bars from almost nothing to full
 */
record Glyphs(
    String good,
    String bad,
    String current,
    String atMost,
    String silence,
    String failure,
    String levels) {

  static final Glyphs UNICODE = new Glyphs("✔", "✘", "▸", "≤", "·", "×", "▁▂▃▄▅▆▇█");
  static final Glyphs ASCII = new Glyphs("+", "!", ">", "<=", ".", "x", "_-=#");

  /** What standard output can show. */
  static Glyphs ofStandardOutput() {
    return System.out.charset().equals(StandardCharsets.UTF_8) ? UNICODE : ASCII;
  }

  /** Text written with the Unicode characters, as this terminal shows it. */
  String adapt(String text) {
    return this.equals(ASCII)
        ? text.replace("≤", atMost).replace("…", "...").replace("·", "-")
        : text;
  }
}
