package dev.fairlead.benchmarks.failover;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The client's gaps as bars on a logarithmic scale: the bar is the median, the line the highest.
 */
final class FailoverChart {
  private static final int WIDTH = 900;
  private static final int LEFT = 190;
  private static final int RIGHT = 110;
  private static final int TOP = 76;
  private static final int BAR = 12;
  private static final int GAP = 10;
  private static final double SHORTEST_MILLIS = 1;
  private static final double LONGEST_MILLIS = 20_000;

  private static final List<String> COLUMNS = List.of("keepalived", "expert", "fairlead");
  private static final Map<String, String> COLORS =
      Map.of("keepalived", "#9aa5ab", "expert", "#c98a1b", "fairlead", "#0b6e99");

  private FailoverChart() {}

  static String render(FailoverReport report) {
    StringBuilder body = new StringBuilder();
    int y = TOP;
    for (String group : report.results().groups()) {
      y += 18;
      body.append(text(20, y - 4, "bold", group));
      int top = y;
      StringBuilder bars = new StringBuilder();
      for (Fault fault : Fault.values()) {
        y = fault(report.results(), group, fault, y, bars);
      }
      for (double tick = SHORTEST_MILLIS; tick <= LONGEST_MILLIS; tick *= 10) {
        body.append(
            String.format(
                Locale.ROOT,
                "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#e3e6e8\"/>\n",
                x(tick),
                top,
                x(tick),
                y));
        body.append(text(x(tick) - 10, y + 12, "normal", (int) tick + " ms"));
      }
      body.append(bars);
      y += 26;
    }
    StringBuilder svg = new StringBuilder();
    svg.append(
        String.format(
            Locale.ROOT,
            """
            <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d"
              font-family="Helvetica, Arial, sans-serif" font-size="12">
            <rect width="100%%" height="100%%" fill="#ffffff"/>
            """,
            WIDTH,
            y + 10,
            WIDTH,
            y + 10));
    svg.append(
        "<text x=\"20\" y=\"28\" font-size=\"18\" font-weight=\"bold\">How long a client of the"
            + " virtual address is not answered</text>\n");
    svg.append(
        text(
            20,
            46,
            "normal",
            "bar: median, line: highest, logarithmic · "
                + report.startedAt().toString().substring(0, 10)));
    int x = 20;
    for (String column : COLUMNS) {
      svg.append(
          String.format(
              Locale.ROOT,
              "<rect x=\"%d\" y=\"56\" width=\"12\" height=\"12\" fill=\"%s\"/>\n",
              x,
              color(column)));
      svg.append(text(x + 18, 66, "normal", FailoverReport.title(column)));
      x += 220;
    }
    return svg.append(body).append("</svg>\n").toString();
  }

  private static int fault(Results results, String group, Fault fault, int top, StringBuilder svg) {
    int y = top;
    for (String column : COLUMNS) {
      Optional<Results.Spread> spread = results.spread(group, column, fault, Episode::gap);
      if (spread.isEmpty()) {
        continue;
      }
      double median = x(spread.get().median());
      double highest = x(spread.get().highest());
      svg.append(
          String.format(
              Locale.ROOT,
              """
              <rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>
              <line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#333333"/>
              """,
              LEFT,
              y,
              Math.max(1, median - LEFT),
              BAR - 2,
              color(column),
              median,
              y + BAR / 2,
              highest,
              y + BAR / 2));
      svg.append(
          text(
              highest + 5,
              y + BAR - 2,
              "normal",
              FailoverReport.millis(spread.get().median())
                  + " / "
                  + FailoverReport.millis(spread.get().highest())));
      y += BAR;
    }
    if (y > top) {
      svg.append(text(20, (top + y) / 2 + 4, "normal", fault.label()));
      y += GAP;
    }
    return y;
  }

  private static String text(double x, int y, String weight, String content) {
    return String.format(
        Locale.ROOT,
        "<text x=\"%.1f\" y=\"%d\" font-weight=\"%s\" fill=\"#333333\">%s</text>\n",
        x,
        y,
        weight,
        content.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"));
  }

  private static double x(double millis) {
    double shown = Math.clamp(millis, SHORTEST_MILLIS, LONGEST_MILLIS);
    return LEFT
        + Math.log(shown / SHORTEST_MILLIS)
            / Math.log(LONGEST_MILLIS / SHORTEST_MILLIS)
            * (WIDTH - LEFT - RIGHT);
  }

  private static String color(String column) {
    return COLORS.getOrDefault(column, "#777777");
  }
}
