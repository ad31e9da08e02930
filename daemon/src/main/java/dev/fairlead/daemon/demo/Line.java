package dev.fairlead.daemon.demo;

import java.util.ArrayList;
import java.util.List;

/** One line of the screen, measured in characters, coloured only when it is printed. */
final class Line {

  private record Part(String text, Style style) {}

  private final List<Part> parts = new ArrayList<>();

  static Line of(String text) {
    return new Line().add(text);
  }

  static Line of(String text, Style style) {
    return new Line().add(text, style);
  }

  Line add(String text) {
    return add(text, Style.PLAIN);
  }

  Line add(String text, Style style) {
    parts.add(new Part(text, style));
    return this;
  }

  /** Left-justified, cut when too long. */
  Line column(String text, int width, Style style) {
    return add(fit(text, width) + " ".repeat(Math.max(0, width - text.length())), style);
  }

  /** Right-justified. */
  Line number(String text, int width, Style style) {
    return add(" ".repeat(Math.max(0, width - text.length())) + fit(text, width), style);
  }

  private static String fit(String text, int width) {
    return text.length() <= width ? text : text.substring(0, width);
  }

  /** As sent to a terminal of that width. */
  String render(int width, boolean colour) {
    StringBuilder line = new StringBuilder();
    int left = width;
    for (Part part : parts) {
      String text = fit(part.text(), left);
      left -= text.length();
      line.append(colour ? part.style().paint(text) : text);
    }
    return colour ? line.toString() : line.toString().stripTrailing();
  }
}
