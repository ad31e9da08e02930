package dev.fairlead.daemon.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;

/** A running {@link SteadyClientCommand}, and what it has reported. */
public final class SteadyClient {

  /** More than the connect timeout to a dead server (2 s), less than anybody's patience. */
  public static final Duration DEADLINE = Duration.ofSeconds(3);

  private final ChildProcess process;
  private final ClientLog log;

  private SteadyClient(ChildProcess process, ClientLog log) {
    this.process = process;
    this.log = log;
  }

  /**
   * Starts one.
   *
   * @param target address and port
   * @param trust PEM certificate of the servers
   * @param rate new connections per second
   * @param errors file for what it has to complain about
   * @param inside wraps a command line so that it runs where the client lives
   */
  public static SteadyClient start(
      Installation installation,
      String target,
      Path trust,
      int rate,
      Path errors,
      UnaryOperator<List<String>> inside)
      throws IOException {
    ClientLog log = new ClientLog();
    List<String> command =
        installation.fairlead(
            "demo",
            "client",
            "--connect",
            target,
            "--trust",
            trust.toString(),
            "--rate",
            Integer.toString(rate),
            "--deadline",
            Long.toString(DEADLINE.toMillis()));
    return new SteadyClient(
        ChildProcess.streamed(inside.apply(command), line -> log.add(Request.parse(line)), errors),
        log);
  }

  /** What it has reported so far; goes on growing. */
  public ClientLog log() {
    return log;
  }

  /** Starts no more, and waits for the outcome of all that are under way. */
  public void finish() throws IOException, InterruptedException {
    process.hangUp();
    process.hasEndedWithin(DEADLINE.plusSeconds(2));
  }

  /** Ends it at once. */
  public void kill() {
    process.kill();
  }
}
