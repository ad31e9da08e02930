package dev.fairlead.benchmarks.compare;

import dev.fairlead.benchmarks.load.LoadPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** The command behind {@code benchmarks/scale}: Fairlead beside itself, in the small and large. */
@CommandLine.Command(
    name = "scale",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    description =
        "How Fairlead's CPU per unit grows: from 100 to 9,000 connections, from 3 to 500 servers,"
            + " from one event loop to two. Writes scale.md. Rounds alternate; the median of the"
            + " rounds' ratios counts.")
public final class Scale implements Callable<Integer> {
  private static final int FEW_CONNECTIONS = 100;
  private static final int MANY_CONNECTIONS = 9000;
  private static final int FEW_SERVERS = 3;
  private static final int MANY_SERVERS = 500;

  @Option(
      names = "--fairlead",
      paramLabel = "FILE",
      required = true,
      description = "bin/fairlead of the distribution.")
  private Path launcher = Path.of("bin/fairlead");

  @Option(names = "--rounds", paramLabel = "N", description = "Of each pair (5).")
  private int rounds = 5;

  @Option(names = "--seconds", paramLabel = "N", description = "Length of a window (3).")
  private int seconds = 3;

  @Option(names = "--out", paramLabel = "DIR", required = true, description = "For the results.")
  private Path out = Path.of(".");

  @Option(names = "--prefix", hidden = true, description = "Of the namespaces' names.")
  private String prefix = "flscale" + ProcessHandle.current().pid();

  private String head = "";
  private final List<String> rows = new ArrayList<>();

  /** Rounds that failed, and why. */
  private final List<String> spoiled = new ArrayList<>();

  /** One load on one Fairlead. */
  private record Side(Workload.Steady workload, Contender.Variant variant) {}

  /** Two sides of which the second is larger in one respect. */
  private record Pair(String title, Metric metric, Side small, Side large, double goal) {}

  public static void main(String[] args) {
    System.exit(new CommandLine(new Scale()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    Files.createDirectories(out);
    head =
        "# Scale\n\n"
            + Machine.describe().entrySet().stream()
                .map(fact -> "- " + fact.getKey() + ": " + fact.getValue())
                .collect(Collectors.joining("\n"))
            + "\n- rounds: %d, windows of %d s\n\n".formatted(rounds, seconds)
            + Growth.HEADER;
    run(1, List.of(connections(), idleConnections(), servers()));
    run(2, List.of(loops()));
    System.out.print(text());
    return spoiled.isEmpty() ? 0 : 1;
  }

  private String text() {
    return Stream.concat(rows.stream(), spoiled.stream().map(why -> "\n" + why))
        .collect(Collectors.joining("\n", head, "\n"));
  }

  private Pair connections() {
    Contender.Variant fairlead = variant("plain", FEW_SERVERS, 1);
    return new Pair(
        "requests on %,d → %,d connections".formatted(FEW_CONNECTIONS, MANY_CONNECTIONS),
        Metric.CPU_PER_REQUEST,
        new Side(requests(none().withConversations(FEW_CONNECTIONS, 0)), fairlead),
        new Side(requests(none().withConversations(MANY_CONNECTIONS, 0)), fairlead),
        1.15);
  }

  private Pair idleConnections() {
    Contender.Variant fairlead = variant("plain", FEW_SERVERS, 1);
    return new Pair(
        "requests on %,d connections, beside 0 → %,d silent ones"
            .formatted(FEW_CONNECTIONS, MANY_CONNECTIONS - FEW_CONNECTIONS),
        Metric.CPU_PER_REQUEST,
        new Side(requests(none().withConversations(FEW_CONNECTIONS, 0)), fairlead),
        new Side(
            requests(
                none()
                    .withConversations(FEW_CONNECTIONS, 0)
                    .withIdle(MANY_CONNECTIONS - FEW_CONNECTIONS)),
            fairlead),
        1.15);
  }

  private Pair servers() {
    Workload.Steady opening =
        new Workload.Steady(
            "new", "new connections", Workload.Unit.CONNECTION, none().withOpeners(32, 0, false));
    return new Pair(
        "new connections over %d → %d servers".formatted(FEW_SERVERS, MANY_SERVERS),
        Metric.CPU_PER_CONNECTION,
        new Side(opening, variant("plain", FEW_SERVERS, 1)),
        new Side(opening, variant("many-servers", MANY_SERVERS, 1)),
        1.05);
  }

  private Pair loops() {
    Workload.Steady asking = requests(none().withConversations(64, 0));
    return new Pair(
        "requests on 64 connections, 1 → 2 event loops",
        Metric.CPU_PER_REQUEST,
        new Side(asking, variant("one-loop", FEW_SERVERS, 1)),
        new Side(asking, variant("two-loops", FEW_SERVERS, 2)),
        1.10);
  }

  private static LoadPlan none() {
    return LoadPlan.to("0.0.0.0:0");
  }

  private static Workload.Steady requests(LoadPlan plan) {
    return new Workload.Steady("requests", "requests", Workload.Unit.REQUEST, plan);
  }

  private Contender.Variant variant(String name, int servers, int eventLoops) {
    return new Contender.Variant(name, launcher.toAbsolutePath(), servers, eventLoops, "");
  }

  private void run(int threads, List<Pair> pairs) throws IOException {
    Settings settings =
        new Settings(
            rounds,
            // 9,000 connections are opened in the first of them.
            Duration.ofSeconds(2),
            Duration.ofSeconds(seconds),
            threads,
            Optional.empty(),
            Compare.descriptorLimit(),
            0);
    Path directory = Files.createTempDirectory("fairlead-scale-");
    Lab lab = new Lab(prefix + "-" + threads, "reno");
    Runtime.getRuntime().addShutdownHook(new Thread(lab::close, "remove-lab"));
    lab.build();
    lab.manyServers();
    try (Bench bench = new Bench(settings, lab, directory)) {
      for (Pair pair : pairs) {
        List<Double> small = new ArrayList<>();
        List<Double> large = new ArrayList<>();
        for (int round = 1; round <= rounds; round++) {
          round(bench, pair, round, small, large);
        }
        if (!small.isEmpty()) {
          String row = new Growth(pair.title(), pair.metric(), small, large, pair.goal()).row();
          System.err.println(row);
          rows.add(row);
        }
        // After each pair, so that a run that is cut short leaves what it has.
        Files.writeString(out.resolve("scale.md"), text());
      }
    } finally {
      lab.close();
      Compare.delete(directory);
    }
  }

  /** Both sides, in turn the one and the other first. A round in which one fails takes no part. */
  private void round(Bench bench, Pair pair, int round, List<Double> small, List<Double> large) {
    boolean largeFirst = round % 2 == 0;
    try {
      double first = measure(bench, largeFirst ? pair.large() : pair.small(), pair.metric(), round);
      double second =
          measure(bench, largeFirst ? pair.small() : pair.large(), pair.metric(), round);
      small.add(largeFirst ? second : first);
      large.add(largeFirst ? first : second);
    } catch (IllegalStateException failed) {
      String why = "%s, round %d: %s".formatted(pair.title(), round, failed.getMessage());
      System.err.println(why);
      spoiled.add(why);
    }
  }

  private static double measure(Bench bench, Side side, Metric metric, int round) {
    Map<Metric, Double> figures = bench.measure(side.workload(), side.variant(), round).figures();
    Double figure = figures.get(metric);
    Double failed = figures.get(Metric.FAILED);
    if (figure == null || failed == null || failed > 0) {
      throw new IllegalStateException(
          side.variant().name() + " with " + side.workload().plan().line() + ": " + figures);
    }
    return figure;
  }
}
