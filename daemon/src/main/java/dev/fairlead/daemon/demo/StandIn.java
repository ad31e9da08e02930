package dev.fairlead.daemon.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One API server stand-in, which can be started and killed again and again; one thread. */
public final class StandIn {

  private final String name;
  private final String endpoint;
  private final Path keystore;
  private final Path log;
  private final Installation installation;
  private final UnaryOperator<List<String>> inside;
  private volatile @Nullable ChildProcess process;
  private volatile boolean ready = true;

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
    ready = true;
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
                    keystore.toString())),
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
