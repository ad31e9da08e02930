package dev.fairlead.daemon.demo;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Shows the story while it is told: a live picture on a terminal, plain lines elsewhere. */
final class Painter implements Runnable {

  private static final Duration FRAME = Duration.ofMillis(125);

  /** Starting stty costs a few milliseconds of a small machine; nobody resizes all the time. */
  private static final int FRAMES_PER_MEASURE = 16;

  private final Stage stage;
  private final Story story;
  private final View view;
  private final Screen screen;
  private final long startNanos = System.nanoTime();
  private volatile boolean finished;

  Painter(Stage stage, Story story, View view, Screen screen) {
    this.stage = stage;
    this.story = story;
    this.view = view;
    this.screen = screen;
  }

  /** The next frame is the last. */
  void finish() {
    finished = true;
  }

  @Override
  public void run() {
    if (screen.isTerminal()) {
      paint();
    } else {
      narrate();
    }
  }

  private void paint() {
    for (int frame = 0; !finished && !stage.isClosed(); frame++) {
      if (frame % FRAMES_PER_MEASURE == 0) {
        screen.measure();
      }
      screen.draw(view.live(System.nanoTime(), screen.width()));
      pause();
    }
    screen.wipe();
  }

  /** A line for each change: of a phase, of a virtual router, of a server's health. */
  private void narrate() {
    List<Phase> before = story.phases();
    Map<String, String> statesBefore = new TreeMap<>();
    String saidLast = "";
    while (true) {
      boolean last = finished || stage.isClosed();
      List<Phase> phases = story.phases();
      for (int i = 0; i < phases.size(); i++) {
        if (phases.get(i).state() instanceof Phase.State.Over
            && !(before.get(i).state() instanceof Phase.State.Over)) {
          say(view.sentence(phases.get(i)));
        }
      }
      before = phases;
      String narration = story.narration();
      if (!narration.equals(saidLast)) {
        say(narration);
        saidLast = narration;
      }
      Map<String, String> states = states();
      states.forEach((name, state) -> {
        if (!state.equals(statesBefore.put(name, state))) {
          say("  " + name + ": " + state);
        }
      });
      if (last) {
        return;
      }
      pause();
    }
  }

  private void say(String text) {
    if (!text.isBlank()) {
      double seconds = (System.nanoTime() - startNanos) / 1e9;
      screen.print(String.format("%5.1f s  %s", seconds, text));
    }
  }

  private Map<String, String> states() {
    Map<String, String> states = new TreeMap<>();
    for (FairleadProcess fairlead : stage.fairleads()) {
      states.put(
          fairlead.name(),
          fairlead
              .status()
              .map(this::describe)
              .orElse(fairlead.isAlive() ? "starting" : "not running"));
    }
    return states;
  }

  private String describe(NodeStatus status) {
    String servers =
        stage.masters().stream()
            .map(master ->
                master.name()
                    + " "
                    + status.servers().getOrDefault(master.apiServer().endpoint(), "?"))
            .collect(Collectors.joining(", "));
    return status.virtualRouter().isEmpty()
        ? servers
        : status.virtualRouter() + ", sees " + servers;
  }

  private static void pause() {
    try {
      Thread.sleep(FRAME);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
