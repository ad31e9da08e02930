package dev.fairlead.daemon.demo;

import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The terminal: draws a block of lines in place, again and again; one thread. */
final class Screen {

  private static final String HIDE_CURSOR = "\033[?25l";
  private static final String SHOW_CURSOR = "\033[?25h";
  private static final String CLEAR_REST_OF_LINE = "\033[K";
  private static final String CLEAR_BELOW = "\033[J";

  private final PrintStream out = System.out;
  private final Glyphs glyphs = Glyphs.ofStandardOutput();
  private final boolean terminal;
  private final boolean colour;
  private int width = View.USUAL_WIDTH;
  private int height = 24;
  private int drawn;
  private volatile boolean cursorHidden;

  Screen() {
    // JDK 25 answers null again when a stream is redirected, its predecessors did not.
    terminal =
        Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent()
            && !"dumb".equals(System.getenv("TERM"));
    // https://no-color.org
    String noColour = System.getenv("NO_COLOR");
    colour = terminal && (noColour == null || noColour.isEmpty());
  }

  boolean isTerminal() {
    return terminal;
  }

  Glyphs glyphs() {
    return glyphs;
  }

  int width() {
    return width;
  }

  /** Asks how large the terminal is by now. */
  void measure() {
    if (!terminal) {
      return;
    }
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(ProcessBuilder.Redirect.INHERIT)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String[] size =
          new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
              .strip()
              .split(" ", -1);
      if (stty.waitFor(1, TimeUnit.SECONDS) && stty.exitValue() == 0 && size.length == 2) {
        height = Integer.parseInt(size[0]);
        width = Integer.parseInt(size[1]);
      }
    } catch (IOException | NumberFormatException e) {
      // Without stty the usual 80 × 24 must do.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Draws over what was drawn last. */
  synchronized void draw(List<Line> lines) {
    StringBuilder frame = new StringBuilder();
    if (!cursorHidden) {
      frame.append(HIDE_CURSOR);
      cursorHidden = true;
    }
    if (drawn > 0) {
      frame.append("\033[").append(drawn).append('A');
    }
    frame.append('\r');
    // One line more than the terminal has would scroll, and the next frame would start too low.
    List<Line> shown = lines.subList(0, Math.min(lines.size(), Math.max(1, height - 1)));
    for (Line line : shown) {
      frame.append(line.render(width - 1, colour)).append(CLEAR_REST_OF_LINE).append('\n');
    }
    frame.append(CLEAR_BELOW);
    drawn = shown.size();
    out.print(frame);
    out.flush();
  }

  /** Wipes what was drawn, so that the next lines are printed in its place. */
  synchronized void wipe() {
    if (drawn > 0) {
      out.print("\033[" + drawn + "A\r" + CLEAR_BELOW);
      drawn = 0;
    }
    restore();
  }

  /** Prints lines that stay. */
  synchronized void print(List<Line> lines) {
    for (Line line : lines) {
      out.println(line.render(terminal ? width - 1 : 200, colour));
    }
    out.flush();
  }

  void print(String line) {
    print(List.of(Line.of(glyphs.adapt(line))));
  }

  /** Gives the cursor back; from any thread, e.g. the shutdown hook. */
  void restore() {
    if (cursorHidden) {
      cursorHidden = false;
      out.print(SHOW_CURSOR);
      out.flush();
    }
  }
}
