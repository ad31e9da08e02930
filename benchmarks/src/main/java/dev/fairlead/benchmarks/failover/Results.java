package dev.fairlead.benchmarks.failover;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** All episodes of a run, and the figures they come to. */
record Results(List<Episode> episodes) {
  private static final List<String> COLUMNS =
      List.of("keepalived", "expert", "fairlead", "fairlead->keepalived", "keepalived->fairlead");

  Results {
    episodes =
        episodes.stream()
            .sorted(
                Comparator.comparing(Episode::setup, Comparator.comparing(Setup::group))
                    .thenComparingInt(episode -> COLUMNS.indexOf(episode.column()))
                    .thenComparing(Episode::fault)
                    .thenComparingInt(Episode::repetition))
            .toList();
  }

  /** The middle of some figures, the highest, and how many there were. */
  record Spread(double median, double highest, int count) {
    static Optional<Spread> of(double[] values) {
      if (values.length == 0) {
        return Optional.empty();
      }
      double[] sorted = values.clone();
      Arrays.sort(sorted);
      int middle = sorted.length / 2;
      double median =
          sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
      return Optional.of(new Spread(median, sorted[sorted.length - 1], sorted.length));
    }
  }

  Results with(List<EarlierRun> earlier) {
    List<Episode> all = new ArrayList<>(episodes);
    earlier.forEach(run -> all.addAll(run.episodes()));
    return new Results(all);
  }

  List<String> groups() {
    List<String> groups = new ArrayList<>();
    for (Profile profile : Profile.values()) {
      for (boolean ipv6 : new boolean[] {false, true}) {
        String group = new Setup(profile, ipv6, Pair.FAIRLEAD).group();
        if (episodes.stream().anyMatch(episode -> episode.setup().group().equals(group))) {
          groups.add(group);
        }
      }
    }
    return groups;
  }

  List<String> columns(String group) {
    return COLUMNS.stream()
        .filter(column ->
            episodes.stream()
                .anyMatch(e -> e.setup().group().equals(group) && e.column().equals(column)))
        .toList();
  }

  List<Episode> of(String group, String column, Fault fault) {
    return episodes.stream()
        .filter(
            e -> e.setup().group().equals(group) && e.column().equals(column) && e.fault() == fault)
        .toList();
  }

  Optional<Spread> spread(
      String group, String column, Fault fault, ToDoubleFunction<Episode> figure) {
    return Spread.of(of(group, column, fault).stream().mapToDouble(figure).toArray());
  }

  /** Longest standstills of the probe itself: what it cannot have seen. */
  Optional<Spread> stalls() {
    return Spread.of(episodes.stream().mapToDouble(Episode::probeStallMillis).toArray());
  }
}
