package dev.fairlead.benchmarks.failover;

import dev.fairlead.benchmarks.compare.Command;
import dev.fairlead.benchmarks.compare.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** The command behind {@code benchmarks/failover}. */
@CommandLine.Command(
    name = "failover",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    description = {
      "The same faults for keepalived with haproxy, as guides print it and as an expert sets it up,"
          + " for Fairlead, and for one beside the other.",
      "Writes failover.json, failover.md and failover.svg. Exit status 0: all goals met; 1: not.",
      "While it runs each episode goes to episodes.jsonl: --repetitions 0 --add DIR reports those of"
          + " a run that was cut short."
    },
    footer = {
      "",
      "Examples:",
      "  benchmarks/failover --quick",
      "  benchmarks/failover --setups v2-1s/fairlead --faults crash,kill --repetitions 30",
      "Needs root (network namespaces), keepalived, haproxy, curl, nft, iproute2."
    })
public final class Failover implements Callable<Integer> {
  private static final int REPETITIONS = 15;
  private static final int QUICK_REPETITIONS = 2;

  @Option(
      names = "--fairlead",
      paramLabel = "FILE",
      required = true,
      description = "bin/fairlead of the distribution.")
  private Path launcher = Path.of("bin/fairlead");

  @Option(names = "--quick", description = "2 repetitions: to see that all works, not to publish.")
  private boolean quick;

  @Option(names = "--repetitions", paramLabel = "N", description = "Of each fault (15).")
  private @Nullable Integer repetitions;

  @Option(
      names = "--setups",
      paramLabel = "NAME",
      split = ",",
      description = "Those whose names begin so; default all. --list shows them.")
  private List<String> setups = List.of("");

  @Option(
      names = "--faults",
      paramLabel = "NAME",
      split = ",",
      description = "Those whose names begin so; default all. --list shows them.")
  private List<String> faults = List.of("");

  @Option(
      names = "--add",
      paramLabel = "DIR",
      split = ",",
      description = "Report the episodes of earlier runs, too. With --repetitions 0: those alone.")
  private List<Path> earlier = List.of();

  @Option(names = "--list", description = "List setups and faults and end.")
  private boolean list;

  @Option(names = "--out", paramLabel = "DIR", required = true, description = "For the results.")
  private Path out = Path.of(".");

  @Option(names = "--prefix", hidden = true, description = "Of the namespaces' names.")
  private String prefix = "flfailover" + ProcessHandle.current().pid();

  @Option(names = "--command", hidden = true, description = "What the user typed.")
  private String command = "benchmarks/failover";

  @Option(names = "--note", paramLabel = "TEXT", description = "A remark for the reader.")
  private List<String> remarks = List.of();

  public static void main(String[] args) {
    System.exit(new CommandLine(new Failover()).execute(args));
  }

  /** Each in its table; where a column would teach nothing new it is left out. */
  private static List<Setup> allSetups() {
    List<Setup> all = new ArrayList<>();
    for (Pair pair : Pair.values()) {
      all.add(new Setup(Profile.V2_1S, false, pair));
    }
    for (Pair pair : Pair.values()) {
      all.add(new Setup(Profile.V3_100MS, false, pair));
    }
    for (Pair pair : List.of(Pair.EXPERT, Pair.FAIRLEAD, Pair.MIXED)) {
      all.add(new Setup(Profile.V3_100MS, true, pair));
    }
    for (Pair pair : List.of(Pair.EXPERT, Pair.FAIRLEAD)) {
      all.add(new Setup(Profile.V3_20MS, false, pair));
    }
    return all;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (list) {
      allSetups().forEach(setup -> System.out.println(setup.name() + "\t" + setup.pair().title()));
      for (Fault fault : Fault.values()) {
        System.out.println(fault.label() + "\t" + fault.title());
      }
      return 0;
    }
    List<Setup> chosen =
        allSetups().stream()
            .filter(setup -> setups.stream().anyMatch(setup.name()::startsWith))
            .toList();
    List<Fault> struck =
        Arrays.stream(Fault.values())
            .filter(fault -> faults.stream().anyMatch(fault.label()::startsWith))
            .toList();
    if (chosen.isEmpty() || struck.isEmpty()) {
      System.err.println("nothing is called " + (chosen.isEmpty() ? setups : faults));
      return 2;
    }
    // First, so that a name mistyped is not told after half an hour.
    List<EarlierRun> added = earlier.stream().map(EarlierRun::read).toList();
    Files.createDirectories(out);
    Path directory = Files.createTempDirectory("fairlead-failover-");
    Instant startedAt = Instant.now();
    Map<String, String> machine = Machine.describe();
    Campaign campaign =
        new Campaign(
            launcher.toAbsolutePath(),
            prefix,
            directory,
            out.resolve(EarlierRun.EPISODES),
            System.err::println);
    campaign.run(
        chosen,
        struck,
        repetitions != null ? repetitions : quick ? QUICK_REPETITIONS : REPETITIONS);
    machine.put("load average at the end", loadAverage());
    Results results = campaign.results().with(added);
    FailoverReport report =
        new FailoverReport(
            startedAt, command, machine, versions(), notes(campaign, added), results);
    Files.writeString(out.resolve("failover.json"), report.json());
    Files.writeString(out.resolve("failover.md"), report.markdown());
    Files.writeString(out.resolve("failover.svg"), FailoverChart.render(report));
    Files.deleteIfExists(out.resolve(EarlierRun.EPISODES));
    System.err.println("results are in " + out);
    if (campaign.failures().isEmpty()) {
      Command.run("rm", "-rf", directory.toString());
    } else {
      System.err.println("logs of the labs are in " + directory);
    }
    boolean met =
        Goal.all().stream()
            .flatMap(goal -> goal.achieved(results).stream())
            .allMatch(Goal.Achieved::met);
    return met && campaign.failures().isEmpty() ? 0 : 1;
  }

  private List<String> notes(Campaign campaign, List<EarlierRun> added) {
    List<String> notes = new ArrayList<>(remarks);
    for (EarlierRun run : added) {
      notes.add("With the episodes of `" + run.command() + "`.");
      notes.addAll(run.notes());
    }
    campaign
        .results()
        .stalls()
        .ifPresent(stalls ->
            notes.add(
                String.format(
                    Locale.ROOT,
                    "%sThe probe itself stood still for up to %.0f ms in an episode (median %.0f"
                        + " ms): no gap is known better than that. %d episodes were repeated"
                        + " because it had stood still for more than %.0f ms.",
                    stalls.highest() > Campaign.CALM_MILLIS ? "The machine was not calm. " : "",
                    stalls.highest(),
                    stalls.median(),
                    campaign.repeated(),
                    Campaign.CALM_MILLIS)));
    List<String> failures = campaign.failures();
    if (!failures.isEmpty()) {
      notes.add("Labs lost: " + String.join("; ", failures));
    }
    return notes;
  }

  private Map<String, String> versions() {
    Map<String, String> versions = new LinkedHashMap<>();
    version(versions, "fairlead", launcher.toString(), "version");
    version(versions, "keepalived", "keepalived", "--version");
    version(versions, "haproxy", "haproxy", "-v");
    return versions;
  }

  private static void version(Map<String, String> versions, String name, String... words) {
    Command.tryRun(words)
        .flatMap(text -> text.lines().filter(line -> !line.isBlank()).findFirst())
        .ifPresent(line -> versions.put(name, line.strip()));
  }

  private static String loadAverage() throws IOException {
    return Files.readString(Path.of("/proc/loadavg")).strip();
  }
}
