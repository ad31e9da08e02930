package dev.fairlead.daemon.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One real {@code fairlead run}, and what it last said about itself. */
public final class FairleadProcess {

  private final String name;
  private final List<Path> configuration;
  private final Path controlSocket;
  private final Path log;
  private final Installation installation;
  private final UnaryOperator<List<String>> inside;
  private volatile @Nullable ChildProcess process;
  private volatile Optional<NodeStatus> status = Optional.empty();

  /**
   * Starts nothing yet.
   *
   * @param name for people
   * @param configuration files, later ones override earlier ones
   * @param controlSocket as configured there
   * @param inside wraps a command line so that it runs where the node lives
   */
  public FairleadProcess(
      String name,
      List<Path> configuration,
      Path controlSocket,
      Path log,
      Installation installation,
      UnaryOperator<List<String>> inside) {
    this.name = name;
    this.configuration = List.copyOf(configuration);
    this.controlSocket = controlSocket;
    this.log = log;
    this.installation = installation;
    this.inside = inside;
  }

  /** Starts it; an earlier one should have ended. */
  public void start() throws IOException {
    List<String> arguments = new ArrayList<>(List.of("run"));
    for (Path file : configuration) {
      arguments.add("-f");
      arguments.add(file.toString());
    }
    process = ChildProcess.logged(inside.apply(installation.fairlead(arguments)), log);
  }

  /** Whether the process last started still runs. */
  public boolean isAlive() {
    ChildProcess current = process;
    return current != null && current.isAlive();
  }

  /** kill -9. */
  public void kill() throws InterruptedException {
    ChildProcess current = process;
    if (current != null) {
      current.kill();
      current.hasEndedWithin(Duration.ofSeconds(5));
    }
    status = Optional.empty();
  }

  /** SIGTERM; it hands over, drains and ends on its own. */
  public void terminate() {
    ChildProcess current = process;
    if (current != null) {
      current.terminate();
    }
  }

  /** What it last said; empty while it does not answer. */
  public Optional<NodeStatus> status() {
    return status;
  }

  /** Asks it. */
  public void refresh() {
    status = isAlive() ? StatusReader.read(controlSocket) : Optional.empty();
  }

  /** The last lines of its log, for whoever must find out why it ended. */
  public List<String> lastLogLines(int count) throws IOException {
    if (!Files.exists(log)) {
      return List.of();
    }
    List<String> lines = Files.readAllLines(log);
    return lines.subList(Math.max(0, lines.size() - count), lines.size());
  }

  /** Where it can be asked. */
  public Path controlSocket() {
    return controlSocket;
  }

  /** Name of its master, or just {@code fairlead}. */
  public String name() {
    return name;
  }

  /** Of the process last started; -1 before the first. */
  public long pid() {
    ChildProcess current = process;
    return current == null ? -1 : current.pid();
  }
}
