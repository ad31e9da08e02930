package dev.fairlead.benchmarks.failover;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * What Fairlead must not exceed.
 *
 * @param group whose name begins so
 * @param columns of a result
 * @param medianMillis of all repetitions; infinite for none
 * @param highestMillis of all repetitions
 */
record Goal(
    Fault fault,
    String group,
    List<String> columns,
    String what,
    ToDoubleFunction<Episode> figure,
    double medianMillis,
    double highestMillis) {

  private static final String OURS = "fairlead";
  private static final List<String> ALONE = List.of(OURS);
  private static final List<String> LEAVING = List.of(OURS, "fairlead->keepalived");

  /**
   * The question for the holder is asked every 10 ms, so that two answers to one are 10 ms and
   * some.
   */
  private static final double ONE_QUESTION = 12;

  static List<Goal> all() {
    return List.of(
        of(Fault.CLEAN_STOP, "", LEAVING, "client's gap", Episode::gap, 10, 100),
        of(Fault.CLEAN_STOP, "", LEAVING, "both hold", e -> e.during().twoHold(), 50),
        of(Fault.CRASH, "v2-1s", ALONE, "client's gap", Episode::gap, 3700),
        of(Fault.CRASH, "v3-100ms", ALONE, "client's gap", Episode::gap, 400),
        of(Fault.KILL, "v2-1s", LEAVING, "both hold", e -> e.during().twoHold(), 0),
        of(Fault.KILL, "", LEAVING, "both answer", e -> e.during().twoAnswer(), 0),
        of(Fault.FREEZE, "v2-1s", LEAVING, "both hold", e -> e.during().twoHold(), 0),
        of(Fault.FREEZE, "", LEAVING, "both answer", e -> e.during().twoAnswer(), 0),
        of(
            Fault.FREEZE,
            "",
            LEAVING,
            "both answer after wake-up",
            e -> e.after().twoAnswer(),
            ONE_QUESTION),
        of(
            Fault.PARTITION,
            "",
            List.of(OURS, "fairlead->keepalived", "keepalived->fairlead"),
            "client's gap after the heal",
            Episode::gap,
            200),
        of(Fault.BACKENDS_DEAD, "v2-1s", LEAVING, "gap through the balancer", Episode::gap, 1000),
        of(Fault.BACKENDS_DEAD, "v3-100ms", LEAVING, "gap through the balancer", Episode::gap, 200),
        of(Fault.VIP_DELETED, "", LEAVING, "client's gap", Episode::gap, 50));
  }

  private static Goal of(
      Fault fault,
      String group,
      List<String> columns,
      String what,
      ToDoubleFunction<Episode> figure,
      double highest) {
    return of(fault, group, columns, what, figure, Double.POSITIVE_INFINITY, highest);
  }

  private static Goal of(
      Fault fault,
      String group,
      List<String> columns,
      String what,
      ToDoubleFunction<Episode> figure,
      double median,
      double highest) {
    return new Goal(fault, group, columns, what, figure, median, highest);
  }

  /** What was achieved in one group and column. */
  record Achieved(
      Goal goal, String group, String column, Results.Spread spread, int missed, boolean met) {}

  List<Achieved> achieved(Results results) {
    List<Achieved> achieved = new ArrayList<>();
    for (String found : results.groups()) {
      // v3-100ms means both families.
      if (!found.startsWith(group)) {
        continue;
      }
      for (String column : columns) {
        Optional<Results.Spread> spread = results.spread(found, column, fault, figure);
        int missed =
            (int)
                results.of(found, column, fault).stream()
                    .filter(episode -> figure.applyAsDouble(episode) > highestMillis)
                    .count();
        spread.ifPresent(value ->
            achieved.add(
                new Achieved(
                    this,
                    found,
                    column,
                    value,
                    missed,
                    missed == 0 && value.median() <= medianMillis)));
      }
    }
    return achieved;
  }

  String text() {
    String highest = String.format(Locale.ROOT, "≤ %.0f ms", highestMillis);
    return Double.isInfinite(medianMillis)
        ? highest
        : String.format(Locale.ROOT, "median ≤ %.0f ms, %s", medianMillis, highest);
  }
}
