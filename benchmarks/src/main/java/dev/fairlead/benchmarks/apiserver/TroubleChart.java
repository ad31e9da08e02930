package dev.fairlead.benchmarks.apiserver;

import java.util.List;
import java.util.Locale;

/**
 * When requests failed (red) or were slow (amber), second by second after the beginning of each
 * fault: a row for each balancer, all rounds on top of each other. An empty row is what one wants.
 */
final class TroubleChart {
  private static final int WIDTH = 980;
  private static final int LEFT = 250;
  private static final int RIGHT = 190;
  private static final int TOP = 84;
  private static final int ROW = 15;
  private static final int GAP = 14;
  private static final double SECONDS = 30;
  private static final double BUCKET_SECONDS = 0.25;

  /** Of one bucket in all rounds: a full bar. */
  private static final double FULL = 12;

  private TroubleChart() {}

  static String render(RunFacts facts, Results results) {
    StringBuilder rows = new StringBuilder();
    int y = TOP;
    for (String ground : results.grounds()) {
      for (Fault fault : results.faults(ground)) {
        y = draw(results, ground, fault, y, rows);
      }
    }
    int height = y + 34;
    StringBuilder svg = new StringBuilder();
    svg.append(
        String.format(
            Locale.ROOT,
            """
            <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d"
              font-family="Helvetica, Arial, sans-serif" font-size="12">
            <rect width="100%%" height="100%%" fill="#ffffff"/>
            <text x="20" y="28" font-size="18" font-weight="bold">When clients of API servers had trouble</text>
            <text x="20" y="47" fill="#555555">50 new TLS connections per second · seconds after the fault · all rounds · %s · %s</text>
            <rect x="20" y="57" width="12" height="12" fill="#c0392b"/><text x="38" y="67">failed</text>
            <rect x="100" y="57" width="12" height="12" fill="#e0a030"/><text x="118" y="67">slower than 1 s</text>
            <text x="%d" y="67" fill="#555555">failed / slow: median (worst)</text>
            """,
            WIDTH,
            height,
            WIDTH,
            height,
            facts.machine().getOrDefault("kernel", "").replace("<", "&lt;"),
            facts.startedAt().toString().substring(0, 10),
            WIDTH - RIGHT + 8));
    for (int second = 0; second <= SECONDS; second += 5) {
      svg.append(
          String.format(
              Locale.ROOT,
              """
              <line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#e3e6e8"/>
              <text x="%.1f" y="%d" text-anchor="middle" fill="#555555">%d s</text>
              """,
              x(second),
              TOP - 6,
              x(second),
              y,
              x(second),
              y + 16,
              second));
    }
    return svg.append(rows).append("</svg>\n").toString();
  }

  private static int draw(Results results, String ground, Fault fault, int top, StringBuilder svg) {
    List<Contender> contenders = results.contenders();
    svg.append(
        String.format(
            Locale.ROOT,
            """
            <text x="20" y="%d" font-weight="bold">%s</text>
            <text x="20" y="%d" font-size="11" fill="#777777">%s</text>
            """,
            top + 12,
            fault.title(),
            top + 26,
            ground));
    int y = top;
    for (Contender contender : contenders) {
      List<Episode> episodes = results.of(ground, fault, contender.title());
      bars(episodes, y, svg);
      svg.append(
          String.format(
              Locale.ROOT,
              """
              <text x="%d" y="%d" text-anchor="end" font-size="11">%s</text>
              <line x1="%d" y1="%d" x2="%d" y2="%d" stroke="#b0b7bb" stroke-width="0.5"/>
              <text x="%d" y="%d" font-size="11">%s / %s</text>
              """,
              LEFT - 8,
              y + 11,
              contender.title(),
              LEFT,
              y + ROW - 1,
              WIDTH - RIGHT,
              y + ROW - 1,
              WIDTH - RIGHT + 8,
              y + 11,
              text(results, ground, fault, contender, Figure.FAILED),
              text(results, ground, fault, contender, Figure.SLOW)));
      y += ROW;
    }
    return y + GAP;
  }

  private static String text(
      Results results, String ground, Fault fault, Contender contender, Figure figure) {
    return results
        .spread(ground, fault, contender.title(), figure)
        .map(Results.Spread::text)
        .orElse("");
  }

  private static void bars(List<Episode> episodes, int top, StringBuilder svg) {
    int buckets = (int) (SECONDS / BUCKET_SECONDS);
    int[] failed = new int[buckets];
    int[] slow = new int[buckets];
    for (Episode episode : episodes) {
      for (Episode.Trouble trouble : episode.troubles()) {
        int bucket = (int) Math.floor(trouble.afterMillis() / 1000.0 / BUCKET_SECONDS);
        (trouble.failed() ? failed : slow)[Math.clamp(bucket, 0, buckets - 1)]++;
      }
    }
    for (int i = 0; i < buckets; i++) {
      double red = height(failed[i]);
      bar(i, top + ROW - 1 - red, red, "#c0392b", svg);
      double amber = Math.min(height(slow[i]), ROW - 2 - red);
      bar(i, top + ROW - 1 - red - amber, amber, "#e0a030", svg);
    }
  }

  /** One must be seen, too. */
  private static double height(int count) {
    return count == 0 ? 0 : Math.min(ROW - 2, 3 + (ROW - 5) * Math.min(1, count / FULL));
  }

  private static void bar(int bucket, double top, double height, String color, StringBuilder svg) {
    if (height > 0) {
      svg.append(
          String.format(
              Locale.ROOT,
              "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>\n",
              x(bucket * BUCKET_SECONDS),
              top,
              x(BUCKET_SECONDS) - x(0) - 0.3,
              height,
              color));
    }
  }

  private static double x(double seconds) {
    return LEFT + seconds / SECONDS * (WIDTH - LEFT - RIGHT);
  }
}
