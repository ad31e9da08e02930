package dev.fairlead.daemon;

import dev.fairlead.config.TrackedItem;
import dev.fairlead.daemon.access.AccessLogStatus;
import dev.fairlead.daemon.hook.HookResult;
import dev.fairlead.daemon.hook.HookStatus;
import dev.fairlead.daemon.names.Names;
import dev.fairlead.daemon.track.ItemState;
import dev.fairlead.health.CheckResult;
import dev.fairlead.health.Health;
import dev.fairlead.health.HealthChecker;
import dev.fairlead.lb.LoadBalancerSnapshot;
import dev.fairlead.vrrp.Ability;
import dev.fairlead.vrrp.net.VirtualRouterStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A {@link StatusReport} for people: fits 80 columns unless names are long. */
final class StatusTable {

  private static final int WIDTH = 80;

  /** Of the last column, where names are long. */
  private static final int LEAST_ROOM = 8;

  /** SGR codes of the few meanings a colour has here. */
  enum Tone {
    PLAIN(""),
    HEADING("1"),
    GOOD("32"),
    CHANGING("33"),
    BAD("31");

    private final String code;

    Tone(String code) {
      this.code = code;
    }
  }

  private final boolean colour;
  private final StringBuilder out = new StringBuilder();

  private StatusTable(boolean colour) {
    this.colour = colour;
  }

  static String render(StatusReport report, boolean colour) {
    StatusTable table = new StatusTable(colour);
    table.header(report);
    table.routers(report);
    table.tracked(report);
    table.hooks(report);
    table.frontends(report.loadBalancer().frontends());
    table.accessLogs(report.accessLogs());
    table.backends(report);
    return table.out.toString();
  }

  private void header(StatusReport report) {
    line(
        "Fairlead %s, %s, up %s, pid %d"
            .formatted(
                report.version(),
                report.phase().name().toLowerCase(Locale.ROOT),
                duration(report.uptime()),
                report.pid()));
    line(
        report.files().isEmpty()
            ? "configured by flags"
            : "configured by "
                + report.files().stream().map(Object::toString).collect(Collectors.joining(", ")));
    report
        .lastReload()
        .ifPresent(reload ->
            line(
                "last reload %s ago: %s"
                    .formatted(
                        duration(Duration.ofNanos(report.takenAtNanos() - reload.atNanos())),
                        reload.sentence())));
  }

  private void routers(StatusReport report) {
    if (report.virtualRouters().isEmpty()) {
      return;
    }
    List<Row> rows = new ArrayList<>();
    for (VirtualRouterStatus router : report.virtualRouters()) {
      var config = router.config();
      String priority =
          router.priority() == config.election().priority()
              ? String.valueOf(router.priority())
              : router.priority() + " of " + config.election().priority();
      rows.add(
          new Row(
              tone(router.state()),
              2,
              config.name(),
              config.addresses().stream().map(Object::toString).collect(Collectors.joining(" ")),
              router.state().name(),
              duration(Duration.ofNanos(report.takenAtNanos() - router.sinceNanos())),
              priority,
              router.master().isEmpty() ? "-" : router.master(),
              config.interfaceName() + "/" + config.routerId()));
    }
    table(List.of("VIRTUAL ROUTER", "ADDRESSES", "STATE", "FOR", "PRIORITY", "MASTER", "ON"), rows);
    for (VirtualRouterStatus router : report.virtualRouters()) {
      String name = router.config().name();
      Tracking.Verdict verdict = report.verdicts().get(name);
      if (verdict != null && verdict.ability() != Ability.ABLE) {
        line("  %s: %s: %s".formatted(name, verdict.ability(), verdict.reason()));
      }
      if (router.released()) {
        line("  %s: released, keeps out of mastership until `fairlead vip resume`".formatted(name));
      }
      Tracking.Points points = report.points().get(name);
      if (points != null && points.points() != 0) {
        line("  %s: priority: %s".formatted(name, points.reason()));
      }
    }
  }

  private void tracked(StatusReport report) {
    List<Row> rows = new ArrayList<>();
    for (Tracks.TrackedBy tracked : report.tracked()) {
      ItemState state = tracked.state();
      String effect =
          switch (state.item().effect()) {
            case TrackedItem.Effect.Resign() -> "resign";
            case TrackedItem.Effect.Weight(int weight) ->
                (state.integer() ? "x " : weight > 0 ? "+" : "") + weight;
          };
      rows.add(
          new Row(
              switch (state.health()) {
                case WELL -> Tone.GOOD;
                case UNKNOWN -> Tone.CHANGING;
                case FAILED -> Tone.BAD;
              },
              2,
              state.item().key().toString(),
              tracked.router(),
              state.health().name(),
              state.since().isZero() ? "-" : duration(state.since()),
              effect,
              state.detail().isEmpty() ? "-" : state.detail()));
    }
    if (!rows.isEmpty()) {
      table(List.of("TRACK", "OF", "STATE", "FOR", "WEIGHT", "LAST RESULT"), rows);
    }
  }

  private void hooks(StatusReport report) {
    List<Row> rows = new ArrayList<>();
    for (HookStatus hook : report.hooks()) {
      Tone tone =
          hook.last().map(last -> last.succeeded() ? Tone.GOOD : Tone.BAD).orElse(Tone.PLAIN);
      rows.add(
          new Row(
              hook.phase() == HookStatus.Phase.IDLE ? tone : Tone.CHANGING,
              2,
              hook.hook(),
              hook.router(),
              hook.phase().name(),
              hook.last().map(last -> last.state().name()).orElse("-"),
              hook.last()
                  .map(last ->
                      duration(Duration.ofNanos(report.takenAtNanos() - last.endedAtNanos())))
                  .orElse("-"),
              hook.last().map(HookResult::detail).orElse("-")));
    }
    if (!rows.isEmpty()) {
      table(List.of("HOOK", "OF", "STATE", "LAST TOLD", "AGO", "LAST RESULT"), rows);
    }
  }

  private void frontends(List<LoadBalancerSnapshot.Frontend> frontends) {
    List<Row> rows = new ArrayList<>();
    for (LoadBalancerSnapshot.Frontend frontend : frontends) {
      String listeners =
          frontend.listeners().stream().map(Object::toString).collect(Collectors.joining(" "));
      rows.add(
          new Row(
              frontend.accepting() ? Tone.GOOD : Tone.BAD,
              2,
              frontend.name(),
              listeners,
              frontend.accepting() ? "ACCEPTING" : "CLOSED",
              String.valueOf(frontend.sessions()),
              String.valueOf(frontend.connections()),
              bytes(frontend.bytesIn()),
              bytes(frontend.bytesOut())));
    }
    table(List.of("FRONTEND", "LISTENS ON", "STATE", "SESSIONS", "TOTAL", "IN", "OUT"), rows);
    for (LoadBalancerSnapshot.Frontend frontend : frontends) {
      rejections(frontend);
    }
  }

  private void rejections(LoadBalancerSnapshot.Frontend frontend) {
    String reasons =
        frontend.rejected().entrySet().stream()
            .filter(each -> each.getValue() > 0)
            .map(each ->
                each.getKey().name().toLowerCase(Locale.ROOT).replace('_', ' ')
                    + " "
                    + each.getValue())
            .collect(Collectors.joining(", "));
    if (!reasons.isEmpty()) {
      line("  %s: reset before they were sessions: %s".formatted(frontend.name(), reasons));
    }
    frontend
        .sources()
        .ifPresent(sources ->
            line(
                "  %s: %d of %d client addresses known%s"
                    .formatted(
                        frontend.name(),
                        sources.used(),
                        sources.size(),
                        sources.untracked() == 0
                            ? ""
                            : ", no room for " + sources.untracked() + " connections")));
  }

  private void accessLogs(List<AccessLogStatus> logs) {
    if (logs.isEmpty()) {
      return;
    }
    List<Row> rows = new ArrayList<>();
    for (AccessLogStatus log : logs) {
      rows.add(
          new Row(
              log.lost() == 0 ? Tone.GOOD : Tone.BAD,
              3,
              log.frontend(),
              log.target(),
              String.valueOf(log.lines()),
              String.valueOf(log.lost()),
              String.valueOf(log.rateLimited())));
    }
    table(List.of("ACCESS LOG OF", "TO", "LINES", "LOST", "LIMITED"), rows);
  }

  private void backends(StatusReport report) {
    for (LoadBalancerSnapshot.Backend backend : report.loadBalancer().backends()) {
      List<Row> rows = new ArrayList<>();
      for (LoadBalancerSnapshot.Server server : backend.servers()) {
        rows.add(server(server, report.health(backend.name(), server.name())));
      }
      int room =
          table(
              List.of(
                  "BACKEND " + backend.name(), "ADDRESS", "STATE", "FOR", "SESSIONS", "LAST CHECK"),
              rows);
      cutDetails(rows, room).forEach(this::line);
      PlacementStatus.lines(backend).forEach(text -> line("  " + text));
      RaceStatus.lines(backend).forEach(text -> line("  " + text));
      names(report, backend.name());
    }
  }

  /** A name that stands for nothing would else not be seen at all. */
  private void names(StatusReport report, String backend) {
    for (Names.Status name : report.names()) {
      if (name.backend().equals(backend) && !name.problem().isEmpty()) {
        line("  name %s: %s".formatted(name.host(), name.problem()));
      }
    }
  }

  /**
   * Lines below a table: what its last column had no room for, of rows that are not well. That is
   * what somebody asks for who looks at them.
   *
   * @param room of the last column
   */
  static List<String> cutDetails(List<Row> rows, int room) {
    return rows.stream()
        .filter(row -> row.tone() == Tone.BAD || row.tone() == Tone.CHANGING)
        .filter(row -> row.cells().getLast().length() > room)
        .map(row -> "  " + row.cells().getFirst() + ": " + row.cells().getLast())
        .toList();
  }

  private static Row server(
      LoadBalancerSnapshot.Server server, Optional<HealthChecker.Status> health) {
    String administrative =
        switch (server.config().administrative()) {
          case READY -> "";
          case DRAIN -> " DRAIN";
          case MAINTENANCE -> " MAINT";
        };
    return new Row(
        health.map(status -> tone(status.health())).orElse(Tone.PLAIN),
        2,
        server.name(),
        // A server without a name is called by its address: once is enough.
        server.name().equals(StatusJson.address(server)) ? "" : StatusJson.address(server),
        health.map(StatusTable::state).orElse("UNCHECKED")
            + (server.config().backup() ? " BACKUP" : "")
            + administrative,
        health.map(status -> duration(status.sinceChange())).orElse("-"),
        String.valueOf(server.sessions()),
        check(health.map(HealthChecker.Status::lastResult).orElse(null)));
  }

  private static String state(HealthChecker.Status status) {
    return status.health().name() + (status.advice().down() ? " (AGENT)" : "");
  }

  private static String check(@Nullable CheckResult result) {
    return result == null
        ? "-"
        : "%s, %d ms".formatted(result.detail(), result.duration().toMillis());
  }

  private static Tone tone(VirtualRouterStatus.State state) {
    return switch (state) {
      case MASTER -> Tone.GOOD;
      case BACKUP -> Tone.PLAIN;
      case RESIGNING -> Tone.CHANGING;
      case FAULT -> Tone.BAD;
    };
  }

  private static Tone tone(Health health) {
    return switch (health) {
      case UP -> Tone.GOOD;
      case UNKNOWN, STARTING, UNREADY -> Tone.CHANGING;
      case DEAD -> Tone.BAD;
    };
  }

  /** Cells of one line; the one at {@code tonedCell} is coloured. */
  record Row(Tone tone, int tonedCell, List<String> cells) {
    Row(Tone tone, int tonedCell, String... cells) {
      this(tone, tonedCell, List.of(cells));
    }
  }

  /** Writes a table; how much room its last column had. */
  private int table(List<String> headings, List<Row> rows) {
    int[] widths = headings.stream().mapToInt(String::length).toArray();
    for (Row row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.cells().get(i).length());
      }
    }
    out.append('\n');
    tableLine(widths, headings, Tone.HEADING, -1);
    for (Row row : rows) {
      tableLine(widths, row.cells(), row.tone(), row.tonedCell());
    }
    return room(widths);
  }

  private static int room(int[] widths) {
    int used = 0;
    for (int i = 0; i < widths.length - 1; i++) {
      used += widths[i] + 2;
    }
    return Math.max(WIDTH - used, LEAST_ROOM);
  }

  /** A long text is cut rather than wrapped. */
  static String cut(String text, int room) {
    return text.length() <= room ? text : text.substring(0, room - 1) + "…";
  }

  /**
   * One line of a table.
   *
   * @param tonedCell -1 = the whole line
   */
  private void tableLine(int[] widths, List<String> cells, Tone tone, int tonedCell) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      boolean last = i == widths.length - 1;
      // Only the last column is free text.
      String cell = last ? cut(cells.get(i), room(widths)) : cells.get(i);
      String padding = last ? "" : " ".repeat(widths[i] - cell.length() + 2);
      line.append(tonedCell == i ? toned(tone, cell) : cell).append(padding);
    }
    line(tonedCell < 0 ? toned(tone, line.toString().stripTrailing()) : line.toString());
  }

  private String toned(Tone tone, String text) {
    return colour && !tone.code.isEmpty() ? "\u001b[" + tone.code + "m" + text + "\u001b[0m" : text;
  }

  private void line(String text) {
    out.append(text).append('\n');
  }

  /** Two units at most: {@code 3d4h}, {@code 5m12s}, {@code 7.3s}. */
  static String duration(Duration duration) {
    long seconds = duration.toSeconds();
    if (seconds < 60) {
      return String.format(Locale.ROOT, "%.1fs", duration.toMillis() / 1000.0);
    }
    if (seconds < 3600) {
      return "%dm%ds".formatted(seconds / 60, seconds % 60);
    }
    if (seconds < 86_400) {
      return "%dh%dm".formatted(seconds / 3600, seconds / 60 % 60);
    }
    return "%dd%dh".formatted(seconds / 86_400, seconds / 3600 % 24);
  }

  /** {@code 17}, {@code 1.2k}, {@code 34M}: three digits and a binary unit. */
  static String bytes(long count) {
    double value = count;
    String units = " kMGTP";
    int unit = 0;
    while (value >= 1000 && unit < units.length() - 1) {
      value /= 1024;
      unit++;
    }
    if (unit == 0) {
      return String.valueOf(count);
    }
    return String.format(Locale.ROOT, value < 10 ? "%.1f%c" : "%.0f%c", value, units.charAt(unit));
  }
}
