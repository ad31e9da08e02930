package dev.fairlead.benchmarks.apiserver;

import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A run as JSON (every figure, every request that failed or was slow) and as Markdown. */
final class ApiServerReport {

  /** Of one episode; more of the same say nothing new. Their number and reasons are complete. */
  private static final int TROUBLES = 60;

  private final RunFacts facts;
  private final Results results;

  ApiServerReport(RunFacts facts, Results results) {
    this.facts = facts;
    this.results = results;
  }

  String json() {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("startedAt", facts.startedAt().toString());
    root.put("command", facts.command());
    root.put("machine", facts.machine());
    root.put("versions", facts.versions());
    root.put("notes", facts.notes());
    root.put("episodes", results.episodes().stream().map(ApiServerReport::episode).toList());
    root.put("goals", goals());
    return ConfigValueFactory.fromMap(root).render(ConfigRenderOptions.concise().setFormatted(true))
        + "\n";
  }

  private static Map<String, Object> episode(Episode episode) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("ground", episode.ground());
    entry.put("fault", episode.fault().title());
    entry.put("contender", episode.contender());
    entry.put("round", episode.round());
    Map<String, Object> figures = new LinkedHashMap<>();
    new TreeMap<>(episode.figures()).forEach((figure, value) -> figures.put(figure.key(), value));
    entry.put("figures", figures);
    if (!episode.reasons().isEmpty()) {
      entry.put("whyFailed", episode.reasons());
    }
    if (!episode.troubles().isEmpty()) {
      entry.put(
          "troubles",
          episode.troubles().stream()
              .limit(TROUBLES)
              .map(trouble ->
                  "%s: due at %d ms, took %d ms: %s"
                      .formatted(
                          trouble.failed() ? "failed" : "slow",
                          trouble.afterMillis(),
                          trouble.tookMillis(),
                          trouble.why()))
              .toList());
    }
    return entry;
  }

  private List<Map<String, Object>> goals() {
    List<Map<String, Object>> entries = new ArrayList<>();
    for (String ground : results.grounds()) {
      for (Goal goal : Goal.all()) {
        fairlead(ground, goal)
            .ifPresent(spread -> {
              Map<String, Object> entry = new LinkedHashMap<>();
              entry.put("ground", ground);
              entry.put("fault", goal.fault().title());
              entry.put("figure", goal.figure().key());
              entry.put("atMost", goal.limit());
              entry.put("median", spread.median());
              entry.put("worst", spread.worst());
              entry.put("met", goal.isMet(spread.worst()));
              entries.add(entry);
            });
      }
    }
    return entries;
  }

  private Optional<Results.Spread> fairlead(String ground, Goal goal) {
    return results.spread(ground, goal.fault(), Contender.FAIRLEAD.title(), goal.figure());
  }

  /** Goals that were not met, in words. */
  List<String> missed() {
    List<String> missed = new ArrayList<>();
    for (String ground : results.grounds()) {
      for (Goal goal : Goal.all()) {
        fairlead(ground, goal)
            .filter(spread -> !goal.isMet(spread.worst()))
            .ifPresent(spread ->
                missed.add(
                    "%s, %s: %s %s, goal %s"
                        .formatted(
                            ground,
                            goal.fault().title(),
                            goal.figure().label(),
                            spread.text(),
                            Figure.format(goal.limit()))));
      }
    }
    return missed;
  }

  String markdown() {
    StringBuilder text = new StringBuilder();
    text.append("# What clients of API servers notice\n\nRun at ")
        .append(facts.startedAt())
        .append(" by\n\n```\n")
        .append(facts.command())
        .append("\n```\n\n");
    facts.notes().forEach(note -> text.append("> ").append(note).append("\n>\n"));
    text.append(
        """
        50 new TLS connections per second and 10 idle watches through each balancer, all of them in \
        front of the same three servers at the same moment. Median of the rounds, the worst in \
        brackets where it differs.

        ![when requests failed or were slow](apiserver.svg)

        """);
    for (Contender contender : results.contenders()) {
      text.append("- **")
          .append(contender.title())
          .append("**: ")
          .append(contender.what())
          .append('\n');
    }
    text.append('\n');
    for (Ground.Kind ground : Ground.Kind.values()) {
      if (results.grounds().contains(ground.title())) {
        ground(ground, text);
      }
    }
    facts("Machine", facts.machine(), text);
    facts("Versions", facts.versions(), text);
    return text.toString();
  }

  private void ground(Ground.Kind ground, StringBuilder text) {
    List<Contender> contenders = results.contenders();
    text.append("## ").append(ground.title()).append(": ").append(ground.what()).append("\n\n");
    goalTable(ground, contenders, text);
    for (Fault fault : results.faults(ground.title())) {
      text.append("### ")
          .append(fault.title())
          .append("\n\n")
          .append(fault.what())
          .append(".\n\n| | ");
      List<Figure> columns =
          List.of(Figure.values()).stream()
              .filter(figure ->
                  results
                      .spread(ground.title(), fault, contenders.getFirst().title(), figure)
                      .isPresent())
              .toList();
      text.append(columns.stream().map(Figure::label).collect(Collectors.joining(" | ")))
          .append(" | why they failed |\n|---")
          .append("|---".repeat(columns.size()))
          .append("|---|\n");
      for (Contender contender : contenders) {
        text.append("| ").append(contender.title());
        for (Figure figure : columns) {
          text.append(" | ").append(cell(ground, fault, contender, figure));
        }
        text.append(" | ").append(reasons(ground, fault, contender)).append(" |\n");
      }
      text.append('\n');
    }
  }

  private void goalTable(Ground.Kind ground, List<Contender> contenders, StringBuilder text) {
    text.append("| fault | figure | goal");
    contenders.forEach(contender -> text.append(" | ").append(contender.title()));
    text.append(" | met |\n|---|---|---")
        .append("|---".repeat(contenders.size()))
        .append("|---|\n");
    for (Goal goal : Goal.all()) {
      Optional<Results.Spread> own = fairlead(ground.title(), goal);
      if (own.isEmpty()) {
        continue;
      }
      text.append("| ")
          .append(goal.fault().title())
          .append(" | ")
          .append(goal.figure().label())
          .append(" | ≤ ")
          .append(Figure.format(goal.limit()));
      for (Contender contender : contenders) {
        text.append(" | ").append(cell(ground, goal.fault(), contender, goal.figure()));
      }
      text.append(goal.isMet(own.get().worst()) ? " | yes |\n" : " | **no** |\n");
    }
    text.append('\n');
  }

  private String cell(Ground.Kind ground, Fault fault, Contender contender, Figure figure) {
    return results
        .spread(ground.title(), fault, contender.title(), figure)
        .map(Results.Spread::text)
        .orElse("");
  }

  private String reasons(Ground.Kind ground, Fault fault, Contender contender) {
    Map<String, Integer> all = new TreeMap<>();
    results
        .of(ground.title(), fault, contender.title())
        .forEach(episode ->
            episode.reasons().forEach((reason, count) -> all.merge(reason, count, Integer::sum)));
    return all.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
        .limit(3)
        .map(entry -> entry.getValue() + " " + entry.getKey())
        .collect(Collectors.joining(", "));
  }

  private static void facts(String title, Map<String, String> facts, StringBuilder text) {
    text.append("## ").append(title).append("\n\n");
    facts.forEach(
        (key, value) -> text.append("- ").append(key).append(": ").append(value).append('\n'));
    text.append('\n');
  }
}
