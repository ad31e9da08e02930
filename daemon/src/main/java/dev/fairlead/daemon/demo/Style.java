package dev.fairlead.daemon.demo;

/** Colours, or none. */
enum Style {
  PLAIN(""),
  BOLD("1"),
  DIM("2"),
  GOOD("32"),
  BAD("31"),
  NOTICE("33"),
  TITLE("1;36");

  private final String code;

  Style(String code) {
    this.code = code;
  }

  /** The text in this style, back to normal after it. */
  String paint(String text) {
    return code.isEmpty() ? text : "\033[" + code + "m" + text + "\033[0m";
  }
}
