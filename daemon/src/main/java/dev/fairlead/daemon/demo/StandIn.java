package dev.fairlead.daemon.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One API server stand-in, which can be started and killed again and again; one thread. */
public final class StandIn {

  private static final String SERVING = "serving ";

  private final String name;
  private final String endpoint;
  private final Path keystore;
  private final Path log;
  private final Installation installation;
  private final UnaryOperator<List<String>> inside;
  private volatile @Nullable ChildProcess process;
  private volatile boolean ready = true;

  /** Of its log, which grows over all its lives; characters. */
  private volatile int earlierOutput;

  /**
   * Starts nothing yet.
   *
   * @param endpoint address and port it listens on
   * @param keystore PKCS#12, as {@code fairlead demo} makes it
   * @param inside wraps a command line so that it runs where the server lives
   */
  public StandIn(
      String name,
      String endpoint,
      Path keystore,
      Path log,
      Installation installation,
      UnaryOperator<List<String>> inside) {
    this.name = name;
    this.endpoint = endpoint;
    this.keystore = keystore;
    this.log = log;
    this.installation = installation;
    this.inside = inside;
  }

  public String name() {
    return name;
  }

  /** Address and port. */
  public String endpoint() {
    return endpoint;
  }

  /** Starts it; it listens some hundred milliseconds later. */
  public void start() throws IOException {
    start(StartUp.AT_ONCE);
  }

  /** The same, and it takes its time until it serves. */
  public void start(StartUp startUp) throws IOException {
    ready = true;
    ChildProcess before = process;
    earlierOutput = before == null ? 0 : before.output().length();
    process =
        ChildProcess.logged(
            inside.apply(
                installation.fairlead(
                    "demo",
                    "api-server",
                    "--name",
                    name,
                    "--listen",
                    endpoint,
                    "--keystore",
                    keystore.toString(),
                    "--start-up",
                    startUp.toText())),
            log);
  }

  public boolean isAlive() {
    ChildProcess current = process;
    return current != null && current.isAlive();
  }

  /** Whether it was last told to answer /readyz with yes. */
  public boolean isReady() {
    return ready;
  }

  /** Whether it has ever said that it listens. */
  public boolean hasListened() throws IOException {
    ChildProcess current = process;
    return current != null && current.output().contains("listening ");
  }

  /** When it began to serve, {@code nanoTime}; empty while it does not. */
  public OptionalLong servingSince() throws IOException {
    ChildProcess current = process;
    if (current == null) {
      return OptionalLong.empty();
    }
    return current
        .output()
        .substring(earlierOutput)
        .lines()
        .filter(line -> line.startsWith(SERVING))
        .mapToLong(line -> Long.parseLong(line.substring(SERVING.length())))
        .findFirst();
  }

  /** SIGTERM; it stops listening after so long, and ends when its last watch has ended. */
  public void terminate(Duration shutdownDelay) throws IOException, InterruptedException {
    String command = "shutdown-delay " + shutdownDelay.toMillis();
    running().say(command);
    // The signal must not overtake it.
    while (isAlive() && !running().output().substring(earlierOutput).contains("now " + command)) {
      TimeUnit.MILLISECONDS.sleep(1);
    }
    ready = false;
    // Not Process.destroy(): that closes its standard input as well, whose end ends it at once.
    running().signal("TERM");
  }

  /** kill -9. */
  public void kill() throws InterruptedException {
    ChildProcess current = process;
    if (current != null) {
      current.kill();
      current.hasEndedWithin(Duration.ofSeconds(5));
    }
  }

  /** What /readyz says from now on. */
  public void ready(boolean yes) throws IOException {
    running().say(yes ? "ready" : "unready");
    ready = yes;
  }

  /** Holds every answer back for so long. */
  public void slow(Duration delay) throws IOException {
    running().say("slow " + delay.toMillis());
  }

  /** Sends a signal, e.g. {@code STOP} or {@code CONT}. */
  public void signal(String signal) throws IOException, InterruptedException {
    running().signal(signal);
  }

  private ChildProcess running() {
    ChildProcess current = process;
    if (current == null) {
      throw new IllegalStateException(name + " was never started");
    }
    return current;
  }
}
