package dev.fairlead.daemon.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;

/** A running {@link SteadyClientCommand}, and what it has reported. */
public final class SteadyClient {

  private final ChildProcess process;
  private final ClientLog log;
  private final Duration deadline;

  private SteadyClient(ChildProcess process, ClientLog log, Duration deadline) {
    this.process = process;
    this.log = log;
    this.deadline = deadline;
  }

  /**
   * Starts one.
   *
   * @param errors file for what it has to complain about
   * @param inside wraps a command line so that it runs where the client lives
   */
  public static SteadyClient start(
      Installation installation, SteadyPlan plan, Path errors, UnaryOperator<List<String>> inside)
      throws IOException {
    ClientLog log = new ClientLog();
    List<String> command =
        installation.fairlead(Shell.command(List.of("demo", "client"), plan.arguments()));
    return new SteadyClient(
        ChildProcess.streamed(inside.apply(command), log::add, errors), log, plan.deadline());
  }

  /** What it has reported so far; goes on growing. */
  public ClientLog log() {
    return log;
  }

  /** Starts no more, and waits for the outcome of all that are under way. */
  public void finish() throws IOException, InterruptedException {
    process.hangUp();
    process.hasEndedWithin(deadline.plusSeconds(2));
  }

  /** Whether it still runs. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** Ends it at once. */
  public void kill() {
    process.kill();
  }
}
