package dev.fairlead.benchmarks.apiserver;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** All episodes of a run, and what they add up to. */
record Results(List<Episode> episodes) {

  /** Over the rounds. */
  record Spread(double median, double worst) {
    String text() {
      return median == worst
          ? Figure.format(worst)
          : Figure.format(median) + " (" + Figure.format(worst) + ")";
    }
  }

  Results {
    episodes = List.copyOf(episodes);
  }

  List<Episode> of(String ground, Fault fault, String contender) {
    return episodes.stream()
        .filter(episode -> episode.ground().equals(ground))
        .filter(episode -> episode.fault() == fault)
        .filter(episode -> episode.contender().equals(contender))
        .sorted(Comparator.comparingInt(Episode::round))
        .toList();
  }

  /** Empty where it was not measured. */
  Optional<Spread> spread(String ground, Fault fault, String contender, Figure figure) {
    List<Double> values =
        of(ground, fault, contender).stream()
            .filter(episode -> episode.figures().containsKey(figure))
            .map(episode -> episode.figure(figure))
            .sorted()
            .toList();
    return values.isEmpty()
        ? Optional.empty()
        // Of an even number the higher one: these are figures of trouble.
        : Optional.of(new Spread(values.get(values.size() / 2), values.getLast()));
  }

  List<String> grounds() {
    return episodes.stream().map(Episode::ground).distinct().toList();
  }

  List<Fault> faults(String ground) {
    return episodes.stream()
        .filter(episode -> episode.ground().equals(ground))
        .map(Episode::fault)
        .distinct()
        .sorted()
        .toList();
  }

  /** Those who took part, in the order of the tables. */
  List<Contender> contenders() {
    return List.of(Contender.values()).stream()
        .filter(contender ->
            episodes.stream().anyMatch(episode -> episode.contender().equals(contender.title())))
        .toList();
  }
}
