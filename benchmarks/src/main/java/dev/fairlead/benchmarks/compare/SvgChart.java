package dev.fairlead.benchmarks.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The ratios to haproxy as bars: shorter is cheaper, the line is haproxy, a black mark is the goal.
 *
 * <p>Written by hand because a chart of bars is a hundred lines and a chart library is megabytes.
 */
final class SvgChart {
  private static final int WIDTH = 900;
  private static final int LEFT = 330;
  private static final int RIGHT = 90;
  private static final int TOP = 96;
  private static final int BAR = 13;
  private static final int GAP = 12;

  /** Longer bars are cut here; their number still says how long they are. */
  private static final double LONGEST = 2.0;

  private static final Map<String, String> COLORS =
      Map.of("fairlead", "#0b6e99", "haproxy-splice", "#b87a10", "nginx", "#7d8a91");
  private static final List<String> ORDER = List.of("fairlead", "haproxy-splice", "nginx");

  private SvgChart() {}

  private record Bar(String contender, Summary.Spread ratio) {}

  private record Group(String label, List<Bar> bars, Optional<Double> goal) {}

  static String render(Report report) {
    List<Group> groups = groups(report);
    int height = TOP + 50;
    for (Group group : groups) {
      height += group.bars().size() * BAR + GAP;
    }
    StringBuilder svg = new StringBuilder();
    svg.append(
        String.format(
            Locale.ROOT,
            """
            <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d"
              font-family="Helvetica, Arial, sans-serif" font-size="12">
            <rect width="100%%" height="100%%" fill="#ffffff"/>
            <text x="20" y="28" font-size="18" font-weight="bold">Cost relative to haproxy</text>
            <text x="20" y="47" fill="#555555">%s</text>
            """,
            WIDTH,
            height,
            WIDTH,
            height,
            escaped(subtitle(report))));
    legend(svg);
    int bottom = height - 34;
    for (double tick = 0; tick <= LONGEST; tick += 0.25) {
      boolean haproxy = tick == 1.0;
      svg.append(
          String.format(
              Locale.ROOT,
              """
              <line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="%s" stroke-width="%s"/>
              <text x="%.1f" y="%d" text-anchor="middle" fill="#555555">%s</text>
              """,
              x(tick),
              TOP - 8,
              x(tick),
              bottom,
              haproxy ? "#c0392b" : "#e3e6e8",
              haproxy ? "1.5" : "1",
              x(tick),
              bottom + 16,
              haproxy ? "haproxy" : String.format(Locale.ROOT, "%.2f", tick)));
    }
    int y = TOP;
    for (Group group : groups) {
      y = draw(group, y, svg);
    }
    return svg.append("</svg>\n").toString();
  }

  private static String subtitle(Report report) {
    return "shorter is better · median of the rounds' ratios, whiskers: all rounds · "
        + report.machine().getOrDefault("cpu", "")
        + " · "
        + report.machine().getOrDefault("kernel", "")
        + " · "
        + report.startedAt().toString().substring(0, 10);
  }

  private static List<Group> groups(Report report) {
    List<Group> groups = new ArrayList<>();
    for (Workload workload : report.workloads()) {
      for (Metric metric : charted(workload)) {
        List<Bar> bars = new ArrayList<>();
        for (String contender : ORDER) {
          report
              .summary()
              .ratio(workload.name(), contender, "haproxy", metric)
              .ifPresent(ratio -> bars.add(new Bar(contender, ratio)));
        }
        if (!bars.isEmpty()) {
          groups.add(new Group(Caption.of(workload, metric), bars, goal(workload.name(), metric)));
        }
      }
    }
    return groups;
  }

  /** Costs only: more throughput would be a longer bar that is better. */
  static List<Metric> charted(Workload workload) {
    return switch (workload) {
      case Workload.Steady steady when steady.unit() == Workload.Unit.SECOND ->
          List.of(Metric.CPU_SHARE, Metric.P50_ADDED, Metric.P99_ADDED, Metric.P999_ADDED);
      case Workload.Idle idle ->
          List.of(Metric.BYTES_PER_IDLE_CONNECTION, Metric.RSS_START, Metric.RSS_IDLE);
      default -> workload.headline().subList(0, 1);
    };
  }

  private static Optional<Double> goal(String workload, Metric metric) {
    return Goal.all().stream()
        .filter(goal -> goal.workload().equals(workload) && goal.metric() == metric)
        .filter(goal -> goal.against().equals(Optional.of("haproxy")))
        .map(Goal::limit)
        .findFirst();
  }

  private static void legend(StringBuilder svg) {
    int x = 20;
    for (String contender : ORDER) {
      svg.append(
          String.format(
              Locale.ROOT,
              """
              <rect x="%d" y="60" width="12" height="12" fill="%s"/>
              <text x="%d" y="70">%s</text>
              """,
              x,
              color(contender),
              x + 18,
              contender));
      x += 130;
    }
    svg.append(
        String.format(
            Locale.ROOT,
            """
            <line x1="%d" y1="58" x2="%d" y2="74" stroke="#000000" stroke-width="2.5"/>
            <text x="%d" y="70">goal</text>
            """,
            x,
            x,
            x + 10));
  }

  private static int draw(Group group, int top, StringBuilder svg) {
    int height = group.bars().size() * BAR;
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n",
            LEFT - 10,
            top + height / 2 + 4,
            escaped(group.label())));
    int y = top;
    for (Bar bar : group.bars()) {
      Summary.Spread ratio = bar.ratio();
      int middle = y + BAR / 2;
      svg.append(
          String.format(
              Locale.ROOT,
              """
              <rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>
              <line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#333333"/>
              <text x="%d" y="%d" font-size="11" text-anchor="middle" fill="%s"%s>%.2f</text>
              """,
              LEFT,
              y,
              Math.max(1, x(ratio.median()) - LEFT),
              BAR - 2,
              color(bar.contender()),
              x(ratio.lowest()),
              middle,
              x(ratio.highest()),
              middle,
              WIDTH - RIGHT / 2,
              y + BAR - 3,
              color(bar.contender()),
              bar.contender().equals("fairlead") ? " font-weight=\"bold\"" : "",
              ratio.median()));
      if (ratio.median() > LONGEST) {
        svg.append(
            String.format(
                Locale.ROOT,
                "<path d=\"M%.1f %d l-7 %d\" stroke=\"#ffffff\" stroke-width=\"3\"/>\n",
                x(LONGEST) - 8,
                y - 1,
                BAR));
      }
      if (bar.contender().equals("fairlead") && group.goal().isPresent()) {
        double goal = x(group.goal().get());
        svg.append(
            String.format(
                Locale.ROOT,
                "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#000000\""
                    + " stroke-width=\"2.5\"/>\n",
                goal,
                y - 2,
                goal,
                y + BAR));
      }
      y += BAR;
    }
    return y + GAP;
  }

  private static double x(double ratio) {
    double shown = Math.max(0, Math.min(LONGEST, ratio));
    return LEFT + shown / LONGEST * (WIDTH - LEFT - RIGHT);
  }

  private static String color(String contender) {
    return COLORS.getOrDefault(contender, "#777777");
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
