package dev.fairlead.daemon.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class LineTest {

  @Test
  void columnsAreCutAndPaddedToTheirWidth() {
    Line line =
        new Line()
            .column("API server", 5, Style.PLAIN)
            .column("up", 4, Style.GOOD)
            .number("7", 3, Style.PLAIN);

    assertThat(line.render(80, false)).isEqualTo("API sup    7");
  }

  @Test
  void coloursDoNotCountAsWidth() {
    Line line = Line.of("abc", Style.BAD).add("def");

    assertThat(line.render(4, true)).isEqualTo("\033[31mabc\033[0md");
    assertThat(line.render(4, false)).isEqualTo("abcd");
  }
}
