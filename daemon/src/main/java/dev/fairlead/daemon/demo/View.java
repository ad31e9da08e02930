package dev.fairlead.daemon.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Turns what is on the stage into lines; reads everything, changes nothing. */
final class View {

  /** Narrower than this and words are cut. */
  static final int USUAL_WIDTH = 80;

  private static final Duration CELL = Duration.ofMillis(250);

  private final Stage stage;
  private final Story story;
  private final Glyphs glyphs;
  private final long startNanos;

  View(Stage stage, Story story, Glyphs glyphs, long startNanos) {
    this.stage = stage;
    this.story = story;
    this.glyphs = glyphs;
    this.startNanos = startNanos;
  }

  /** The whole picture of this moment. */
  List<Line> live(long now, int width) {
    List<Line> lines = new ArrayList<>();
    lines.add(title(now, width));
    lines.add(Line.of(""));
    lines.addAll(masters(now));
    lines.add(Line.of(""));
    lines.addAll(client(now, width));
    lines.add(Line.of(""));
    lines.add(tableHead());
    for (Phase phase : story.phases()) {
      lines.add(phase(phase, now));
    }
    lines.add(Line.of(""));
    for (String text : wrap(glyphs.adapt(story.narration()), width - 4)) {
      lines.add(Line.of("  " + text, Style.NOTICE));
    }
    return lines;
  }

  private Line title(long now, int width) {
    String what =
        stage.hasVirtualAddress() ? "three masters, one virtual IP" : "three servers on loopback";
    long seconds = Duration.ofNanos(now - startNanos).toSeconds();
    String time = String.format(Locale.ROOT, "%d:%02d ", seconds / 60, seconds % 60);
    String text = "  " + what + " " + stage.target();
    return Line.of(" Fairlead demo", Style.TITLE)
        .add(text)
        .add(" ".repeat(Math.max(1, Math.min(width, 100) - 14 - text.length() - time.length())))
        .add(time, Style.DIM);
  }

  private List<Line> masters(long now) {
    List<Line> lines = new ArrayList<>();
    boolean vip = stage.hasVirtualAddress();
    Line head = new Line().column("   NODE", 8, Style.DIM).column("ADDRESS", 17, Style.DIM);
    if (vip) {
      head.column("VIRTUAL IP", 12, Style.DIM);
    }
    head.column("API SERVER", 13, Style.DIM).column("CHECKED BY", 12, Style.DIM);
    if (vip) {
      for (Master master : stage.masters()) {
        head.column(master.name(), 5, Style.DIM);
      }
    }
    lines.add(head.number("ANSWERS", 9, Style.DIM));
    List<Request> lastSecond = stage.clientLog().endedSince(now - Duration.ofSeconds(1).toNanos());
    for (Master master : stage.masters()) {
      lines.add(master(master, lastSecond));
    }
    return lines;
  }

  private Line master(Master master, List<Request> lastSecond) {
    boolean holds = master.isVirtualRouterMaster();
    Line line =
        Line.of(holds ? " " + glyphs.current() + " " : "   ", Style.GOOD)
            .column(master.name(), 5, holds ? Style.BOLD : Style.PLAIN)
            .column(master.address(), 17, Style.PLAIN);
    master.fairlead().ifPresent(fairlead -> virtualRouter(line, master, fairlead));
    apiServer(line, master);
    line.column("", stage.hasVirtualAddress() ? 12 : 0, Style.PLAIN);
    for (FairleadProcess fairlead : stage.fairleads()) {
      seenBy(line, fairlead, master, stage.hasVirtualAddress() ? 5 : 12);
    }
    long answers =
        lastSecond.stream()
            .filter(request -> request.ok() && request.detail().equals(master.name()))
            .count();
    return line.number(answers + "/s", 9, answers == 0 ? Style.DIM : Style.PLAIN);
  }

  private static void virtualRouter(Line line, Master master, FairleadProcess fairlead) {
    Optional<NodeStatus> status = fairlead.status();
    if (master.isCrashed()) {
      line.column("no power", 12, Style.BAD);
    } else if (status.isPresent()) {
      line.column(
          status.get().virtualRouter().toLowerCase(Locale.ROOT),
          12,
          status.get().isMaster() ? Style.GOOD : Style.PLAIN);
    } else {
      line.column(fairlead.isAlive() ? "starting" : "stopped", 12, Style.NOTICE);
    }
  }

  private static void apiServer(Line line, Master master) {
    StandIn server = master.apiServer();
    if (master.isCrashed()) {
      line.column("no power", 13, Style.BAD);
    } else if (!server.isAlive()) {
      line.column("killed", 13, Style.BAD);
    } else if (!server.isReady()) {
      line.column("not ready", 13, Style.NOTICE);
    } else {
      line.column("running", 13, Style.GOOD);
    }
  }

  private static void seenBy(Line line, FairleadProcess fairlead, Master master, int width) {
    Optional<NodeStatus> status = fairlead.status();
    if (status.isEmpty()) {
      line.column("-", width, Style.DIM);
      return;
    }
    String state = status.get().servers().getOrDefault(master.apiServer().endpoint(), "?");
    Style style = state.equals("UP") ? Style.GOOD : state.equals("DEAD") ? Style.BAD : Style.NOTICE;
    String word = state.equals("STARTING") ? "new" : state.toLowerCase(Locale.ROOT);
    line.column(width < 6 && word.length() > 4 ? word.substring(0, 4) : word, width, style);
  }

  private List<Line> client(long now, int width) {
    ClientLog log = stage.clientLog();
    List<Request> lastSecond = log.endedSince(now - Duration.ofSeconds(1).toNanos());
    long answered = lastSecond.stream().filter(Request::ok).count();
    int failed = log.failed();
    Line numbers =
        Line.of("   client  ", Style.DIM)
            .add(answered + " requests/s", answered == 0 ? Style.BAD : Style.BOLD)
            .add("   answered " + log.succeeded())
            .add("   failed ")
            .add(Integer.toString(failed), failed == 0 ? Style.PLAIN : Style.BAD);
    return List.of(numbers, strip(now, Math.min(width, 100) - 22));
  }

  /** A cell for each quarter of a second: the height is answers, a cross is a failure. */
  private Line strip(long now, int cells) {
    Line line = Line.of("           ");
    // Whole cells of a fixed grid, or the picture would tremble at every redraw.
    long grid = CELL.toNanos();
    long end = Math.floorDiv(now, grid) * grid;
    List<Request> recent = stage.clientLog().endedSince(end - cells * grid);
    int[] answers = new int[cells];
    int[] failures = new int[cells];
    for (Request request : recent) {
      int cell = (int) Math.floorDiv(request.endNanos() - (end - cells * grid), grid);
      if (cell >= 0 && cell < cells) {
        (request.ok() ? answers : failures)[cell]++;
      }
    }
    double full = Stage.RATE * CELL.toNanos() / 1e9;
    for (int i = 0; i < cells; i++) {
      if (failures[i] > 0) {
        line.add(glyphs.failure(), Style.BAD);
      } else if (answers[i] == 0) {
        line.add(glyphs.silence(), Style.DIM);
      } else {
        int level = (int) Math.ceil(answers[i] / full * glyphs.levels().length());
        int index = Math.clamp(level - 1, 0, glyphs.levels().length() - 1);
        line.add(glyphs.levels().substring(index, index + 1), Style.GOOD);
      }
    }
    return line.add(" " + cells * CELL.toMillis() / 1000 + " s", Style.DIM);
  }

  private Line phase(Phase phase, long now) {
    return switch (phase.state()) {
      case Phase.State.Ahead() -> Line.of("   ").column(phase.name(), 18, Style.DIM);
      case Phase.State.Running(long from) ->
          figures(
              Line.of(" " + glyphs.current() + " ", Style.TITLE)
                  .column(phase.name(), 18, Style.BOLD),
              stage.clientLog().window(from, now),
              phase);
      case Phase.State.Over(long from, long to, Optional<String> problem) ->
          result(phase, from, to, problem);
    };
  }

  private Line result(Phase phase, long from, long to, Optional<String> problem) {
    ClientWindow window = stage.clientLog().window(from, to);
    boolean met = problem.isEmpty() && phase.expectation().isMet(window);
    Line line =
        Line.of(" " + (met ? glyphs.good() : glyphs.bad()) + " ", met ? Style.GOOD : Style.BAD)
            .column(phase.name(), 18, Style.PLAIN);
    figures(line, window, phase);
    problem.ifPresent(text -> line.add("  " + text, Style.BAD));
    return line;
  }

  private Line figures(Line line, ClientWindow window, Phase phase) {
    return line.number(Integer.toString(window.requests()), 9, Style.PLAIN)
        .number(
            Integer.toString(window.failed()), 7, window.failed() == 0 ? Style.PLAIN : Style.BAD)
        .number(Integer.toString(window.slow()), 6, Style.PLAIN)
        .number(Expectation.seconds(window.longestGap()), 8, Style.PLAIN)
        .add("   ")
        .column(glyphs.adapt(phase.expectation().text()), 25, Style.DIM);
  }

  /** Column heads of {@link #table}. */
  private Line tableHead() {
    return Line.of("   ")
        .column("PHASE", 18, Style.DIM)
        .number("REQUESTS", 9, Style.DIM)
        .number("FAILED", 7, Style.DIM)
        .number("> 1 S", 6, Style.DIM)
        .number("GAP", 8, Style.DIM)
        .add("   EXPECTED", Style.DIM);
  }

  /** What the client saw, phase by phase. */
  List<Line> table() {
    List<Line> lines = new ArrayList<>();
    lines.add(
        Line.of(
            " What the client saw: " + Stage.RATE + " new TLS connections/s to " + stage.target(),
            Style.TITLE));
    lines.add(Line.of(""));
    lines.add(tableHead());
    for (Phase phase : story.phases()) {
      if (phase.state() instanceof Phase.State.Over(var from, var to, var problem)) {
        lines.add(result(phase, from, to, problem));
        stage
            .clientLog()
            .failures(from, to)
            .forEach((reason, count) ->
                lines.add(
                    Line.of("     failed: " + count + " " + glyphs.failure() + " " + reason)));
      }
    }
    return lines;
  }

  /** Whether every phase is over and kept its promise. */
  boolean allExpectationsMet() {
    return story.phases().stream()
        .allMatch(phase ->
            phase.state() instanceof Phase.State.Over(var from, var to, var problem)
                && problem.isEmpty()
                && phase.expectation().isMet(stage.clientLog().window(from, to)));
  }

  /** For output that is not a terminal: what has happened to a phase, in a line. */
  String sentence(Phase phase) {
    if (phase.state() instanceof Phase.State.Over(var from, var to, var problem)) {
      return result(phase, from, to, problem).render(200, false).strip();
    }
    return glyphs.adapt(story.narration());
  }

  private static List<String> wrap(String text, int width) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ", -1)) {
      if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    if (!line.isEmpty()) {
      lines.add(line.toString());
    }
    return lines;
  }
}
