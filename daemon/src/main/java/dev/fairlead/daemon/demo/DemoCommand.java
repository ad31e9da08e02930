package dev.fairlead.daemon.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code fairlead demo}: the whole product on one machine, in under a minute. */
@Command(
    name = "demo",
    description = {
      "Shows Fairlead at work, on this machine, without touching its network.",
      "",
      "As root on Linux: three masters, a client and a bridge in network namespaces. An API server"
          + " is killed, the master node crashes, Fairlead is stopped; a client that opens 50 new"
          + " TLS connections per second through the virtual IP counts what it notices. Nothing is"
          + " left behind.",
      "Without root: three servers and one Fairlead on 127.0.0.1, without a virtual IP."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sudo fairlead demo                 the whole story, 50 seconds",
      "  sudo fairlead demo --keep          then leave it running, to play with, until Ctrl-C",
      "  fairlead demo --seconds 40 | cat   plain lines instead of a live picture",
      "",
      "Exit status: 0 the client saw what was promised, 1 it did not, 2 wrong usage."
    },
    subcommands = {ApiServerCommand.class, SteadyClientCommand.class})
public final class DemoCommand implements Callable<Integer> {

  /** The crash needs its 3.65 s, and somebody must have the time to look. */
  private static final int MIN_SECONDS = 30;

  private static final int MAX_SECONDS = 3600;

  /** As a shell reports SIGINT. */
  private static final int INTERRUPTED = 130;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "50",
      description = "How long it takes in all, ${DEFAULT-VALUE} by default, at least 30.")
  private int seconds;

  @Option(names = "--keep", description = "Leave everything running after the story, until Ctrl-C.")
  private boolean keep;

  @Option(names = "--loopback", description = "The demo without a virtual IP, also as root.")
  private boolean loopback;

  @SuppressWarnings("UnusedVariable") // picocli itself acts on it
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this text.")
  private boolean help;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (seconds < MIN_SECONDS || seconds > MAX_SECONDS) {
      throw new ParameterException(
          spec.commandLine(),
          "--seconds must be " + MIN_SECONDS + ".." + MAX_SECONDS + ", but is " + seconds);
    }
    long startNanos = System.nanoTime();
    Screen screen = new Screen();
    screen.measure();
    boolean root = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
    int removed = Stage.removeAbandoned(root);
    if (removed > 0) {
      screen.print(" Removed " + removed + " leftovers of a demo that was killed.");
    }
    Stage stage = Stage.create(Installation.ofThisProcess());
    Thread hook =
        Thread.ofPlatform()
            .name("demo clean-up")
            .unstarted(() -> {
              boolean interrupted = !stage.isClosed();
              screen.restore();
              stage.close();
              if (interrupted) {
                screen.print(" Interrupted; everything that was built is removed.");
              }
            });
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      return run(stage, screen, root, startNanos);
    } catch (IOException | IllegalStateException e) {
      if (stage.isClosed()) {
        return INTERRUPTED; // Whatever failed, failed because everything was taken away.
      }
      screen.wipe();
      System.err.println("The demo cannot go on: " + e.getMessage());
      return 1;
    } finally {
      screen.restore();
      stage.close();
    }
  }

  private int run(Stage stage, Screen screen, boolean root, long startNanos)
      throws IOException, InterruptedException {
    build(stage, screen, root);
    Story story = new Story(stage, seconds);
    View view = new View(stage, story, screen.glyphs(), startNanos);
    Painter painter = new Painter(stage, story, view, screen);
    Thread painting = Thread.ofPlatform().daemon().name("painter").start(painter);
    try {
      story.tell();
    } finally {
      painter.finish();
      painting.join();
    }
    if (stage.isClosed()) {
      return INTERRUPTED;
    }
    screen.print("");
    screen.print(view.table());
    boolean met = view.allExpectationsMet();
    screen.print("");
    screen.print(met ? " Every expectation was met." : " NOT every expectation was met.");
    if (keep) {
      keepRunning(stage, screen);
    }
    return met ? 0 : 1;
  }

  private void build(Stage stage, Screen screen, boolean root)
      throws IOException, InterruptedException {
    if (root && !loopback) {
      try {
        stage.buildNamespaces();
        return;
      } catch (IOException e) {
        if (stage.isClosed() || stage.hasVirtualAddress()) {
          throw e;
        }
        screen.print(" No network namespaces here: " + e.getMessage());
      }
    } else if (!root) {
      screen.print(" Not root, so there are no network namespaces and no virtual IP here.");
    }
    screen.print(" This is the demo on loopback; the whole story is told to root.");
    stage.buildLoopback();
  }

  /** What to try, then wait for Ctrl-C, which ends in the shutdown hook. */
  private static void keepRunning(Stage stage, Screen screen) throws InterruptedException {
    screen.print("");
    screen.print(" Everything is still running. Ctrl-C ends it. Try in another terminal:");
    String inClient = "";
    if (stage.hasVirtualAddress()) {
      inClient = "ip netns exec " + stage.lan().namespace("client") + " ";
      String first = stage.masters().getFirst().name();
      screen.print("   ip -n " + stage.lan().namespace(first) + " address show eth0");
      screen.print("   ip netns exec " + stage.lan().namespace(first) + " bash");
    }
    screen.print("   " + inClient + "curl -k https://" + stage.target() + "/version");
    screen.print(
        "   " + inClient + "curl -kN 'https://" + stage.target() + "/api/v1/pods?watch=1'");
    FairleadProcess fairlead = stage.fairleads().getFirst();
    screen.print("   kill -9 " + fairlead.pid() + "   (" + fairlead.name() + ")");
    screen.print("   tail -f " + stage.directory() + "/*.log");
    Thread.currentThread().join();
  }
}
