package dev.fairlead.daemon.demo;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What happens on the stage, one phase after the other; told by one thread, shown by another.
 *
 * <p>A phase begins just before its event, so that the gap an event causes belongs to its phase.
 */
final class Story {

  /** VRRPv2, 1 s, priority 90: 3 × 1 s + 166/256 s = 3.65 s; the rest is ours. */
  private static final Duration CRASH_GAP = Duration.ofMillis(3800);

  private static final Duration CLEAN_STOP_GAP = Duration.ofMillis(100);

  /** For things that should take a second or two, on a machine that is busy with something else. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  /** Time before the story: processes start, and nobody is master for the first 3.6 s. */
  private static final double SETUP_SECONDS = 8;

  private final Stage stage;
  private final double secondsPerWeight;
  private final List<Phase> phases = new ArrayList<>();
  private volatile String narration = "";

  /** One phase before it is told. */
  private record Script(
      String name, Expectation expectation, double weight, double atLeastSeconds, Scene scene) {}

  /** Makes something happen, and says what; returns what went wrong, if anything. */
  @FunctionalInterface
  private interface Scene {
    Optional<String> play(long fromNanos) throws IOException, InterruptedException;
  }

  private final List<Script> scripts;

  /**
   * Plans it.
   *
   * @param seconds of the whole demo, setting up included
   */
  Story(Stage stage, int seconds) {
    this.stage = stage;
    this.scripts = stage.hasVirtualAddress() ? threeMasters() : loopback();
    double weights = scripts.stream().mapToDouble(Script::weight).sum();
    this.secondsPerWeight = Math.max(0, seconds - SETUP_SECONDS) / weights;
    scripts.forEach(script -> phases.add(Phase.ahead(script.name(), script.expectation())));
  }

  private List<Script> threeMasters() {
    return List.of(
        new Script("steady", new Expectation.AtMostFailed(0), 4, 2, from -> steady()),
        new Script("API server kill -9", new Expectation.AtMostFailed(1), 6, 3, this::killServer),
        new Script("API server back", new Expectation.AtMostFailed(0), 5, 2, this::restartServer),
        new Script("master node crash", new Expectation.GapAtMost(CRASH_GAP), 9, 8, this::crash),
        new Script("crashed node back", new Expectation.AtMostFailed(0), 6, 2, this::boot),
        new Script(
            "master clean stop",
            new Expectation.GapAndFailedAtMost(CLEAN_STOP_GAP, 1),
            6,
            3,
            this::cleanStop),
        new Script("stopped node back", new Expectation.AtMostFailed(0), 5, 2, this::startAgain));
  }

  private List<Script> loopback() {
    return List.of(
        new Script("steady", new Expectation.AtMostFailed(0), 4, 2, from -> steady()),
        new Script("API server kill -9", new Expectation.AtMostFailed(1), 6, 3, this::killServer),
        new Script("API server back", new Expectation.AtMostFailed(0), 5, 2, this::restartServer),
        new Script("not ready", new Expectation.AtMostFailed(0), 6, 3, this::unready),
        new Script("ready again", new Expectation.AtMostFailed(0), 5, 2, this::readyAgain));
  }

  /** Who the story is about, once it is decided. */
  private @Nullable Master victim;

  /** Tells it to the end; everything has been built, and nothing runs yet. */
  void tell() throws IOException, InterruptedException {
    narration =
        stage.hasVirtualAddress()
            ? "Three masters start. Nobody holds the address yet, so the first election takes the"
                + " full 3.6 s."
            : "Three API servers and one Fairlead start.";
    stage.start();
    narration = "The client starts.";
    stage.startClient();
    for (int i = 0; i < scripts.size() && !stage.isClosed(); i++) {
      Script script = scripts.get(i);
      long from = System.nanoTime();
      set(i, phases.get(i).running(from));
      Optional<String> problem = script.scene().play(from);
      double seconds = Math.max(script.atLeastSeconds(), script.weight() * secondsPerWeight);
      stage.await(
          Duration.ofNanos((long) (seconds * 1e9) - (System.nanoTime() - from)), stage::isClosed);
      set(i, phases.get(i).over(from, System.nanoTime(), problem));
    }
    narration = "";
    stage.stopClient();
  }

  private synchronized void set(int index, Phase phase) {
    phases.set(index, phase);
  }

  synchronized List<Phase> phases() {
    return List.copyOf(phases);
  }

  /** What is going on, in a sentence or two. */
  String narration() {
    return narration;
  }

  private Optional<String> steady() {
    narration =
        "Everything is well. The client opens "
            + Stage.RATE
            + " new TLS connections per second to "
            + stage.target()
            + " and asks each for /version.";
    return Optional.empty();
  }

  private Optional<String> killServer(long from) throws InterruptedException {
    Master master = anyBackup();
    victim = master;
    narration =
        "kill -9 of the API server on "
            + master.name()
            + ". A refused connect is tried again on another server at once, and is a hint to"
            + " check the server now instead of in two seconds.";
    master.apiServer().kill();
    return until("nobody noticed", () -> allSee(master, false));
  }

  private Optional<String> restartServer(long from) throws IOException {
    Master master = requireVictim();
    narration =
        "The API server on "
            + master.name()
            + " starts again. It gets connections when two checks of /readyz in a row say so.";
    master.apiServer().start();
    return until("it was not taken back", stage::isHealthy);
  }

  private Optional<String> crash(long from) throws IOException, InterruptedException {
    Master master = requireVirtualRouterMaster();
    victim = master;
    narration =
        "The master node "
            + master.name()
            + " loses power: cable out, every process killed, no last word. The next node waits"
            + " three advertisement intervals and a bit (VRRPv2, 1 s: up to 3.65 s), then takes"
            + " the address.";
    master.crash(stage.lan());
    return until("no new master", () -> stage.virtualRouterMaster().isPresent());
  }

  private Optional<String> boot(long from) throws IOException, InterruptedException {
    Master master = requireVictim();
    narration =
        "Power is back on "
            + master.name()
            + ". It joins as a backup: taking the address back would cut every session for"
            + " nothing.";
    master.boot(stage.lan());
    return until("it did not come back", stage::isHealthy);
  }

  private Optional<String> cleanStop(long from) {
    Master master = requireVirtualRouterMaster();
    victim = master;
    narration =
        "Fairlead on the master "
            + master.name()
            + " is stopped (SIGTERM), as for an upgrade. It resigns, keeps serving until the"
            + " successor is heard, and only then lets go of the address.";
    master.fairlead().orElseThrow().terminate();
    return until(
        "no new master",
        () -> stage.virtualRouterMaster().filter(now -> now != master).isPresent());
  }

  private Optional<String> startAgain(long from) throws IOException {
    Master master = requireVictim();
    FairleadProcess fairlead = master.fairlead().orElseThrow();
    Optional<String> stopped = until("the stopped Fairlead did not end", () -> !fairlead.isAlive());
    narration = "Fairlead on " + master.name() + " starts again, as a backup.";
    fairlead.start();
    return stopped.or(() -> until("it did not come back", stage::isHealthy));
  }

  private Optional<String> unready(long from) throws IOException {
    Master master = stage.masters().getLast();
    victim = master;
    narration =
        "The API server on "
            + master.name()
            + " answers /readyz with 500, as before a shutdown: no new connections, and the old"
            + " ones live on.";
    master.apiServer().ready(false);
    return until("nobody noticed", () -> allSee(master, false));
  }

  private Optional<String> readyAgain(long from) throws IOException {
    Master master = requireVictim();
    narration = "The API server on " + master.name() + " is ready again.";
    master.apiServer().ready(true);
    return until("it was not taken back", stage::isHealthy);
  }

  private Optional<String> until(String otherwise, BooleanSupplier condition) {
    return stage.await(PATIENCE, condition) || stage.isClosed()
        ? Optional.empty()
        : Optional.of(otherwise);
  }

  private boolean allSee(Master master, boolean up) {
    return stage.fairleads().stream()
        .allMatch(fairlead ->
            fairlead
                .status()
                .filter(status -> status.seesUp(master.apiServer().endpoint()) == up)
                .isPresent());
  }

  /** So that the first fault is an API server's alone. */
  private Master anyBackup() {
    return stage.masters().stream()
        .filter(master -> !master.isVirtualRouterMaster())
        .findFirst()
        .orElseThrow();
  }

  private Master requireVirtualRouterMaster() {
    return stage
        .virtualRouterMaster()
        .orElseThrow(() -> new IllegalStateException("there is no master to take down"));
  }

  private Master requireVictim() {
    Master master = victim;
    if (master == null) {
      throw new IllegalStateException("nobody was taken down");
    }
    return master;
  }
}
