package dev.fairlead.benchmarks.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** The command behind {@code benchmarks/pauses}. */
@CommandLine.Command(
    name = "pauses",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    description =
        "How long Fairlead's JVM stands still under compare's mixed load, from its own log: an"
            + " advertisement that is due then is late by that much.")
public final class Pauses implements Callable<Integer> {

  @Option(
      names = "--fairlead",
      paramLabel = "FILE",
      required = true,
      description = "bin/fairlead of the distribution.")
  private Path launcher = Path.of("bin/fairlead");

  @Option(names = "--seconds", paramLabel = "N", description = "Of load (60).")
  private int seconds = 60;

  @Option(
      names = "--workload",
      paramLabel = "NAME",
      description = "One of compare's steady ones (mixed).")
  private String name = "mixed";

  @Option(
      names = "--java-options",
      paramLabel = "OPTIONS",
      description = "More for the JVM, e.g. another collector.")
  private String javaOptions = "";

  @Option(names = "--out", paramLabel = "DIR", required = true, description = "For the results.")
  private Path out = Path.of(".");

  @Option(names = "--prefix", hidden = true, description = "Of the namespaces' names.")
  private String prefix = "flpauses" + ProcessHandle.current().pid();

  public static void main(String[] args) {
    System.exit(new CommandLine(new Pauses()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    Workload.Steady workload =
        Workload.all().stream()
            .filter(each -> each.name().equals(name))
            .filter(Workload.Steady.class::isInstance)
            .map(Workload.Steady.class::cast)
            .findFirst()
            .orElseThrow(
                () -> new IllegalArgumentException("no steady workload is called " + name));
    Files.createDirectories(out);
    Path log = out.toAbsolutePath().resolve("safepoints.log");
    Files.deleteIfExists(log);
    Settings settings =
        new Settings(
            1,
            Duration.ofSeconds(2),
            Duration.ofSeconds(seconds),
            1,
            Optional.empty(),
            Compare.descriptorLimit(),
            0);
    Path directory = Files.createTempDirectory("fairlead-pauses-");
    Lab lab = new Lab(prefix, "reno");
    Runtime.getRuntime().addShutdownHook(new Thread(lab::close, "remove-lab"));
    lab.build();
    try (Bench bench = new Bench(settings, lab, directory)) {
      Measurement measurement =
          bench.measure(
              workload,
              new Contender.Variant(
                  "fairlead",
                  launcher.toAbsolutePath(),
                  Lab.SERVER_ADDRESSES.size(),
                  1,
                  SafepointLog.option(log) + " " + javaOptions),
              1);
      String text = text(workload, measurement, SafepointLog.read(log));
      Files.writeString(out.resolve("pauses.txt"), text);
      System.out.print(text);
    } finally {
      lab.close();
      Compare.delete(directory);
    }
    return 0;
  }

  private String text(Workload.Steady workload, Measurement measurement, SafepointLog pauses) {
    return String.format(
            Locale.ROOT,
            """
            %s, %d s, start included: %s
            pauses of the JVM: %d, longest %.2f ms
            of the collector:  %d, longest %.2f ms
            """,
            workload.title(),
            seconds,
            javaOptions.isEmpty() ? "the distribution's options" : javaOptions,
            pauses.nanos().size(),
            pauses.longestMillis(),
            pauses.collectionNanos().size(),
            pauses.longestCollectionMillis())
        + measurement.figures().entrySet().stream()
            .filter(figure ->
                figure.getKey() == Metric.DELIVERED
                    || figure.getKey() == Metric.CPU_SHARE
                    || figure.getKey() == Metric.FAILED)
            .map(figure ->
                figure.getKey().label() + " " + figure.getKey().format(figure.getValue()) + "\n")
            .sorted()
            .reduce("", String::concat);
  }
}
