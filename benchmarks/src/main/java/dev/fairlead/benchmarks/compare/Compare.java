package dev.fairlead.benchmarks.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** The command behind {@code benchmarks/compare}. */
@CommandLine.Command(
    name = "compare",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    description =
        "Runs Fairlead, haproxy, nginx and no proxy at all on the same load, alternated, and writes"
            + " compare.json, compare.md and compare.svg.",
    footer = {
      "",
      "Examples:",
      "  benchmarks/compare --quick",
      "  benchmarks/compare --workloads bulk,small64 --rounds 9",
      "  benchmarks/compare --as root --workloads bulk96-down",
      "Needs root (network namespaces, strace) and haproxy, nginx with its stream module, h2load,",
      "strace, openssl, iproute2 (with ss), util-linux."
    })
public final class Compare implements Callable<Integer> {
  static final int SERVER_PORT = 6000;
  static final int TLS_SERVER_PORT = 6443;

  /** Descriptors a proxy and a generator use besides connections. */
  private static final int SPARE_DESCRIPTORS = 500;

  /** Busier than this without our load, and the figures are another program's. */
  private static final double CALM = 0.05;

  /** From here on a figure says more about the machine than about a proxy. */
  private static final double BUSY = 0.2;

  @Option(
      names = "--fairlead",
      paramLabel = "FILE",
      required = true,
      description = "bin/fairlead of the distribution.")
  private Path launcher = Path.of("bin/fairlead");

  @Option(
      names = "--quick",
      description = "3 rounds with windows of 1 s: to see that all works, not to publish.")
  private boolean quick;

  @Option(names = "--rounds", paramLabel = "N", description = "Rounds of each workload (5).")
  private @Nullable Integer rounds;

  @Option(names = "--seconds", paramLabel = "N", description = "Length of a window (3).")
  private @Nullable Integer seconds;

  @Option(
      names = "--workloads",
      paramLabel = "NAME",
      split = ",",
      description = "Those whose names begin so; default all. --list shows them.")
  private List<String> names = List.of("");

  @Option(
      names = "--contenders",
      paramLabel = "NAME",
      split = ",",
      description = "fairlead, haproxy, haproxy-splice, nginx; default all. direct always runs.")
  private List<String> contenderNames = List.of("fairlead", "haproxy", "haproxy-splice", "nginx");

  @Option(names = "--threads", paramLabel = "1|2", description = "Of each proxy (1).")
  private int threads = 1;

  @Option(
      names = "--as",
      paramLabel = "USER",
      description = "Run the proxies as this user (nobody: root is exempt from the pipe quota).")
  private String user = "nobody";

  @Option(names = "--idle", paramLabel = "N", description = "Idle connections (as many as fit).")
  private @Nullable Integer idle;

  @Option(
      names = "--congestion",
      paramLabel = "NAME",
      description =
          "TCP congestion control in all namespaces (reno: allowed everywhere, no pacing).")
  private String congestion = "reno";

  @Option(names = "--out", paramLabel = "DIR", required = true, description = "For the results.")
  private Path out = Path.of(".");

  @Option(names = "--list", description = "List the workloads and end.")
  private boolean list;

  @Option(names = "--prefix", hidden = true, description = "Of the namespaces' names.")
  private String prefix = "flbench" + ProcessHandle.current().pid();

  @Option(names = "--command", hidden = true, description = "What the user typed.")
  private String command = "benchmarks/compare";

  @Option(names = "--note", paramLabel = "TEXT", description = "A remark for the reader.")
  private List<String> remarks = List.of();

  private final List<Lab> labs = new CopyOnWriteArrayList<>();
  private volatile boolean interrupted;

  public static void main(String[] args) {
    Compare compare = new Compare();
    CommandLine line = new CommandLine(compare);
    line.setExecutionExceptionHandler((broken, _, _) -> {
      // After Ctrl-C everything fails at once, and none of it is news.
      if (!compare.interrupted) {
        System.err.println("compare: " + broken.getMessage());
        @Nullable Throwable cause = broken.getCause();
        if (cause != null) {
          System.err.println("compare: because " + cause);
        }
      }
      return 1;
    });
    System.exit(line.execute(args));
  }

  @Override
  public Integer call() throws IOException {
    List<Workload> every =
        Stream.concat(Workload.all().stream(), Workload.withTwoThreads().stream()).toList();
    List<Workload> workloads =
        every.stream()
            .filter(workload -> names.stream().anyMatch(workload.name()::startsWith))
            .toList();
    if (list) {
      every.forEach(w -> System.out.println(w.name() + "\t" + w.title()));
      return 0;
    }
    if (workloads.isEmpty()) {
      System.err.println("no workload is called " + names);
      return 2;
    }
    Path directory =
        Files.createTempDirectory(
            "fairlead-compare-",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    labs.add(new Lab(prefix, congestion));
    labs.add(new Lab(prefix + "-2", congestion));
    // Both ways out, the end and Ctrl-C, lead through here, so that nothing is left behind.
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  interrupted = true;
                  labs.forEach(Lab::close);
                  delete(directory);
                },
                "remove-lab"));
    run(directory, workloads, contenders(directory));
    return 0;
  }

  /** One thread for each proxy first, then two where asked for. */
  private void run(Path directory, List<Workload> workloads, List<Contender> contenders)
      throws IOException {
    List<Measurement> measurements = new ArrayList<>();
    Run started = new Run(Instant.now(), workloads, new ArrayList<>(remarks));
    for (boolean two : List.of(false, true)) {
      List<Workload> now = workloads.stream().filter(w -> w.isWithTwoThreads() == two).toList();
      if (now.isEmpty()) {
        continue;
      }
      Settings settings = settings(two ? 2 : threads);
      Lab lab = labs.get(two ? 1 : 0);
      lab.build();
      Path own = Files.createDirectory(directory.resolve(two ? "two" : "one"));
      try (Bench bench = new Bench(settings, lab, own)) {
        run(bench, settings, now, contenders, measurements, started);
      } finally {
        lab.close();
      }
    }
    System.err.println("results are in " + out);
  }

  /** What of a run is known before its figures. */
  private record Run(Instant startedAt, List<Workload> workloads, List<String> notes) {}

  private Settings settings(int threads) {
    int descriptors = descriptorLimit();
    int most = (descriptors - SPARE_DESCRIPTORS) / 2 / 100 * 100;
    return new Settings(
        rounds != null ? rounds : quick ? 3 : 5,
        Duration.ofMillis(quick ? 400 : 1000),
        Duration.ofSeconds(seconds != null ? seconds : quick ? 1 : 3),
        threads,
        user.equals("root") ? Optional.empty() : Optional.of(user),
        descriptors,
        idle != null ? idle : most);
  }

  static int descriptorLimit() {
    return Integer.parseInt(Command.run("bash", "-c", "ulimit -Hn").strip());
  }

  /** In the order of the tables; direct first, because others are measured against it. */
  private List<Contender> contenders(Path directory) {
    List<Contender> all =
        List.of(
            new Contender.Direct(),
            new Contender.Haproxy(false),
            new Contender.Haproxy(true),
            new Contender.NginxStream(),
            new Contender.Fairlead(reachable(directory)));
    for (String name : contenderNames) {
      if (all.stream().noneMatch(contender -> contender.name().equals(name))) {
        throw new IllegalArgumentException("no contender is called " + name);
      }
    }
    return all.stream()
        .filter(c -> c instanceof Contender.Direct || contenderNames.contains(c.name()))
        .toList();
  }

  /** A copy of the distribution: the user may not read the folder it was built in. */
  private Path reachable(Path directory) {
    if (!contenderNames.contains("fairlead")) {
      return launcher.toAbsolutePath();
    }
    Path copy = directory.resolve("distribution");
    // With its times, or the start-up cache would not be valid.
    Command.run(
        "cp",
        "-a",
        launcher.toAbsolutePath().resolve("../..").normalize().toString(),
        copy.toString());
    return copy.resolve("bin/fairlead");
  }

  private void run(
      Bench bench,
      Settings settings,
      List<Workload> workloads,
      List<Contender> contenders,
      List<Measurement> measurements,
      Run started)
      throws IOException {
    List<String> notes = started.notes();
    Map<String, String> machine = Machine.describe();
    machine.put("congestion control", congestion);
    machine.put("descriptor limit", Integer.toString(settings.descriptors()));
    machine.put("proxies run as", settings.user().orElse("root"));
    machine.put("proxies' CPUs", settings.proxyCpus().toString());
    machine.put(
        "load generator's CPUs",
        settings.clientCpu() + " client, " + settings.serverCpu() + " server");
    double busy = bench.idleBusyShare();
    if (busy > CALM) {
      notes.add(
          "The machine was not calm: the proxies' CPU was %.0f %% busy before any load. %s"
              .formatted(
                  100 * busy,
                  busy > BUSY
                      ? "Take no figure from here."
                      : "Figures may be off by as much, ratios by less."));
    }
    if (settings.isShared()) {
      notes.add(
          "With %d threads proxies and load generator share a CPU: CPU per unit is comparable, rates and latencies are not."
              .formatted(settings.threads()));
    }
    notes.forEach(note -> System.err.println("note: " + note));
    Map<String, String> versions = new LinkedHashMap<>();
    for (Contender contender : contenders) {
      Bench.version(contender).ifPresent(text -> versions.put(contender.name(), text));
    }
    bench.start(contenders);
    for (Workload workload : workloads) {
      for (int round = 1; round <= settings.rounds(); round++) {
        for (Contender contender : order(contenders, round)) {
          if (Bench.applies(workload, contender)) {
            measurements.add(measure(bench, workload, contender, round));
          }
        }
      }
      // After each workload, so that a run that is cut short leaves what it has.
      write(
          new Report(
              started.startedAt(),
              command,
              machine,
              versions,
              notes,
              started.workloads(),
              new Summary(sorted(measurements, contenders))));
    }
  }

  /** Direct first; the others take turns in being first after it. */
  private static List<Contender> order(List<Contender> contenders, int round) {
    List<Contender> rest = new ArrayList<>(contenders.subList(1, contenders.size()));
    Collections.rotate(rest, 1 - round);
    List<Contender> order = new ArrayList<>(contenders.subList(0, 1));
    order.addAll(rest);
    return order;
  }

  private static Measurement measure(
      Bench bench, Workload workload, Contender contender, int round) {
    Measurement measurement;
    try {
      measurement = bench.measure(workload, contender, round);
    } catch (RuntimeException failed) {
      // Whatever it is: half an hour of other figures is worth more than one.
      measurement =
          new Measurement(
              workload.name(),
              contender.name(),
              round,
              Map.of(),
              Map.of("error", String.valueOf(failed.getMessage())));
    }
    StringBuilder line = new StringBuilder();
    for (Metric metric : Metric.values()) {
      Double value = measurement.figures().get(metric);
      if (value != null && (metric != Metric.FAILED || value > 0)) {
        line.append("  ").append(metric.label()).append(' ').append(metric.format(value));
      }
    }
    measurement
        .remarks()
        .forEach((key, value) -> line.append("  ").append(key).append(": ").append(value));
    System.err.printf("%-17s round %d  %-14s%s%n", workload.name(), round, contender.name(), line);
    return measurement;
  }

  private static List<Measurement> sorted(
      List<Measurement> measurements, List<Contender> contenders) {
    List<String> names = contenders.stream().map(Contender::name).toList();
    return measurements.stream()
        .sorted(Comparator.comparingInt(m -> names.indexOf(m.contender())))
        .toList();
  }

  private void write(Report report) throws IOException {
    Files.createDirectories(out);
    Files.writeString(out.resolve("compare.json"), JsonReport.render(report));
    Files.writeString(out.resolve("compare.md"), MarkdownReport.render(report));
    Files.writeString(out.resolve("compare.svg"), SvgChart.render(report));
    Files.writeString(out.resolve("summary.md"), ShortReport.render(report));
  }

  static void delete(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException kept) {
      System.err.println("could not remove " + directory + ": " + kept);
    }
  }
}
