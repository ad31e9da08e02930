package dev.fairlead.benchmarks.apiserver;

import dev.fairlead.benchmarks.compare.Command;
import dev.fairlead.benchmarks.compare.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** The command behind {@code benchmarks/apiserver}. */
@CommandLine.Command(
    name = "apiserver",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    description = {
      "Lets API servers (and the members of an etcd cluster) die, restart, freeze, drain, lose their"
          + " link and become slow behind Fairlead and behind haproxy with two configurations, and"
          + " counts what clients notice: 50 new TLS connections per second, 10 idle watches, 9"
          + " source addresses for each.",
      "Writes apiserver.json, apiserver.md and apiserver.svg. Fails when a goal was not met."
    },
    footer = {
      "",
      "Examples:",
      "  benchmarks/apiserver --quick",
      "  benchmarks/apiserver --grounds apiserver --faults freeze,link --rounds 5"
    })
public final class ApiServerBench implements Callable<Integer> {
  private static final int ROUNDS = 3;

  /** Later than this the client's own machine explains what it saw. */
  private static final double LATE_MILLIS = 250;

  @Option(
      names = "--fairlead",
      paramLabel = "FILE",
      required = true,
      description = "bin/fairlead of the distribution.")
  private Path launcher = Path.of("bin/fairlead");

  @Option(names = "--quick", description = "One round: to see that all works, not to publish.")
  private boolean quick;

  @Option(names = "--rounds", paramLabel = "N", description = "Rounds of all faults (3).")
  private @Nullable Integer rounds;

  @Option(
      names = "--grounds",
      paramLabel = "NAME",
      split = ",",
      description = "apiserver, etcd; default both.")
  private List<String> groundNames =
      Arrays.stream(Ground.Kind.values()).map(Ground.Kind::title).toList();

  @Option(
      names = "--faults",
      paramLabel = "NAME",
      split = ",",
      description = "Those whose names begin so; default all. --list shows them.")
  private List<String> faultNames = List.of("");

  @Option(
      names = "--contenders",
      paramLabel = "NAME",
      split = ",",
      description = "fairlead, haproxy-guide, haproxy-expert; default all.")
  private List<String> contenderNames =
      Arrays.stream(Contender.values()).map(Contender::title).toList();

  @Option(names = "--out", paramLabel = "DIR", required = true, description = "For the results.")
  private Path out = Path.of(".");

  @Option(names = "--list", description = "List the faults and end.")
  private boolean list;

  @Option(names = "--note", paramLabel = "TEXT", description = "A remark for the reader.")
  private List<String> remarks = List.of();

  @Option(names = "--prefix", hidden = true, description = "Of the namespaces' names.")
  private String prefix = "flapiserver" + ProcessHandle.current().pid();

  @Option(names = "--command", hidden = true, description = "What the user typed.")
  private String command = "benchmarks/apiserver";

  private final List<Episode> episodes = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  public static void main(String[] args) {
    System.exit(new CommandLine(new ApiServerBench()).execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (list) {
      Arrays.stream(Fault.values())
          .forEach(fault -> System.out.println(fault.title() + "\t" + fault.what()));
      return 0;
    }
    List<Fault> faults = Fault.named(faultNames);
    List<Contender> contenders =
        Arrays.stream(Contender.values())
            .filter(contender -> contenderNames.contains(contender.title()))
            .toList();
    List<Ground.Kind> kinds =
        Arrays.stream(Ground.Kind.values())
            .filter(kind -> groundNames.contains(kind.title()))
            .toList();
    if (faults.isEmpty() || contenders.isEmpty() || kinds.isEmpty()) {
      System.err.println("no fault, contender or ground is called so");
      return 2;
    }
    notes.addAll(remarks);
    Instant startedAt = Instant.now();
    long began = System.nanoTime();
    Map<String, String> machine = Machine.describe();
    Map<String, String> versions = versions(contenders);
    Files.createDirectories(out);
    RunFacts facts = new RunFacts(startedAt, command, machine, versions, notes);
    boolean complete = true;
    for (Ground.Kind kind : kinds) {
      try {
        run(kind, faults, contenders, facts);
      } catch (IllegalStateException broken) {
        // The other ground's figures are worth having.
        complete = false;
        String note = "%s was cut short: %s".formatted(kind.title(), broken.getMessage());
        System.err.println(note);
        notes.add(note);
        write(facts);
      }
    }
    List<String> missed = new ApiServerReport(facts, new Results(episodes)).missed();
    missed.forEach(goal -> System.err.println("goal missed: " + goal));
    System.err.printf(
        "%d s; results are in %s%n", (System.nanoTime() - began) / 1_000_000_000L, out);
    return missed.isEmpty() && complete ? 0 : 1;
  }

  private void run(Ground.Kind kind, List<Fault> faults, List<Contender> contenders, RunFacts facts)
      throws IOException, InterruptedException {
    // Its own each time: certificates and etcd's data of an earlier run would be in the way.
    Path directory =
        Files.createTempDirectory(Files.createDirectories(out.resolve("logs")), kind.title() + "-");
    try (Ground ground =
        Ground.build(
            kind, launcher.toAbsolutePath(), prefix, directory.toAbsolutePath(), contenders)) {
      for (int round = 1; round <= (rounds != null ? rounds : quick ? 1 : ROUNDS); round++) {
        List<Happening> happenings = new ArrayList<>();
        for (Fault fault : ground.faults()) {
          if (faults.contains(fault)) {
            System.err.printf("%s, round %d: %s%n", kind.title(), round, fault.what());
            happenings.add(ground.perform(fault, round));
          }
        }
        ground.settle();
        for (Happening happening : happenings) {
          List<Episode> seen = ground.judge(happening);
          seen.forEach(ApiServerBench::print);
          seen.stream()
              .filter(episode -> episode.figure(Figure.LATE_MILLIS) > LATE_MILLIS)
              .forEach(episode ->
                  notes.add(
                      "%s, %s, round %d: the client of %s was itself up to %.0f ms late."
                          .formatted(
                              episode.ground(),
                              episode.fault().title(),
                              episode.round(),
                              episode.contender(),
                              episode.figure(Figure.LATE_MILLIS))));
          episodes.addAll(seen);
        }
        // After each round, so that a run that is cut short leaves what it has.
        write(facts);
      }
    }
  }

  private static void print(Episode episode) {
    System.err.printf(
        "%-9s %-13s round %d  %-14s %s%s%n",
        episode.ground(),
        episode.fault().title(),
        episode.round(),
        episode.contender(),
        Arrays.stream(Figure.values())
            .filter(episode.figures()::containsKey)
            .map(figure -> figure.label() + " " + Figure.format(episode.figure(figure)))
            .collect(Collectors.joining(", ")),
        episode.reasons().isEmpty() ? "" : " " + episode.reasons());
  }

  private Map<String, String> versions(List<Contender> contenders) {
    Map<String, String> versions = new LinkedHashMap<>();
    for (Contender contender : contenders) {
      versions.put(
          contender.title(),
          Command.run(contender.versionCommand(launcher.toAbsolutePath()), Duration.ofSeconds(20))
              .lines()
              .findFirst()
              .orElse("unknown"));
    }
    Command.tryRun("etcd", "--version")
        .flatMap(text -> text.lines().findFirst())
        .ifPresent(text -> versions.put("etcd", text));
    return versions;
  }

  private void write(RunFacts facts) throws IOException {
    Results results = new Results(episodes);
    ApiServerReport report = new ApiServerReport(facts, results);
    Files.writeString(out.resolve("apiserver.json"), report.json());
    Files.writeString(out.resolve("apiserver.md"), report.markdown());
    Files.writeString(out.resolve("apiserver.svg"), TroubleChart.render(facts, results));
  }
}
