package dev.fairlead.daemon.metrics;

import dev.fairlead.health.CheckResult;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** How the checks of each server have ended since start. Control loop only. */
public final class CheckCounters {

  /** Which server of which backend. */
  public record Key(String backend, String server) {}

  /** What has been counted for one server. */
  public record Totals(
      Key key, Map<CheckResult.Outcome, Long> outcomes, long count, long durationNanos) {}

  private static final class Counter {
    final EnumMap<CheckResult.Outcome, Long> outcomes = new EnumMap<>(CheckResult.Outcome.class);
    long count;
    long durationNanos;
  }

  private final Map<Key, Counter> counters = new HashMap<>();

  /** Counts one check. */
  public void checked(String backend, String server, CheckResult result) {
    Counter counter = counters.computeIfAbsent(new Key(backend, server), key -> new Counter());
    counter.outcomes.merge(result.outcome(), 1L, Long::sum);
    counter.count++;
    counter.durationNanos += result.duration().toNanos();
  }

  /** Forgets the servers that are not among these: a reload has removed them. */
  public void retain(Set<Key> known) {
    counters.keySet().retainAll(known);
  }

  /** A copy, for another thread. */
  public List<Totals> totals() {
    List<Totals> totals = new ArrayList<>();
    counters.forEach((key, counter) ->
        totals.add(
            new Totals(key, Map.copyOf(counter.outcomes), counter.count, counter.durationNanos)));
    return totals;
  }
}
