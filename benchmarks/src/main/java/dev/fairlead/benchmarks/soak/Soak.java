package dev.fairlead.benchmarks.soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** The command behind {@code benchmarks/soak}. */
@CommandLine.Command(
    name = "soak",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    description = {
      "Runs Fairlead under a mixed load with faults, and then looks at what is left.",
      "Fails when a session, socket, pipe, buffer or descriptor is left, when a session ended for"
          + " an error of our own, when a reload failed, when service fell below a third, when"
          + " something was logged as ERROR, or when memory grew: the median of resident memory in"
          + " the last third of the time more than 4 MiB above that of the first third."
    },
    footer = {
      "",
      "Faults, in turn: a server is killed and restarted; a reload adds or removes a frontend and"
          + " changes a weight; a server freezes; clients reset; clients stop reading; a server is"
          + " killed during a reload."
    })
public final class Soak implements Callable<Integer> {

  @Option(
      names = "--fairlead",
      paramLabel = "FILE",
      required = true,
      description = "bin/fairlead of the distribution.")
  private Path launcher = Path.of("bin/fairlead");

  @Option(names = "--minutes", paramLabel = "N", description = "Of load and faults (10).")
  private int minutes = 10;

  @Option(names = "--seconds", paramLabel = "N", description = "The same in seconds.")
  private @Nullable Integer seconds;

  @Option(names = "--step", paramLabel = "N", description = "Seconds each fault lasts (5).")
  private int step = 5;

  @Option(names = "--out", paramLabel = "DIR", required = true, description = "For the results.")
  private Path out = Path.of(".");

  @Option(names = "--prefix", hidden = true, description = "Of the namespaces' names.")
  private String prefix = "flsoak" + ProcessHandle.current().pid();

  public static void main(String[] args) {
    System.exit(new CommandLine(new Soak()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    Files.createDirectories(out);
    Duration time = seconds == null ? Duration.ofMinutes(minutes) : Duration.ofSeconds(seconds);
    try (SoakRun run =
        new SoakRun(
            launcher.toAbsolutePath(),
            prefix,
            out.toAbsolutePath(),
            line -> System.err.println(line))) {
      Verdict verdict = run.run(time, Duration.ofSeconds(step));
      System.out.println(verdict.text());
      Files.writeString(out.resolve("soak.txt"), verdict.text() + "\n");
      return verdict.isPassed() ? 0 : 1;
    }
  }
}
