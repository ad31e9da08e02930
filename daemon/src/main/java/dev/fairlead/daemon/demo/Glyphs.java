package dev.fairlead.daemon.demo;

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
    // The locale's encoding: the launcher has fixed System.out's, whatever the terminal is.
    return "UTF-8".equalsIgnoreCase(System.getProperty("native.encoding")) ? UNICODE : ASCII;
  }

  /** Text written with the Unicode characters, as this terminal shows it. */
  String adapt(String text) {
    return this.equals(ASCII)
        ? text.replace("≤", atMost).replace("…", "...").replace("·", "-")
        : text;
  }
}
