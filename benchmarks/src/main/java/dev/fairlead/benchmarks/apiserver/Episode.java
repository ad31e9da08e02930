package dev.fairlead.benchmarks.apiserver;

import dev.fairlead.daemon.demo.ClientLog;
import dev.fairlead.daemon.demo.ClientWindow;
import dev.fairlead.daemon.demo.Request;
import dev.fairlead.daemon.demo.Watch;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one client saw of one fault.
 *
 * @param troubles requests that failed or were slow, in the order of their ends
 * @param reasons why requests failed, and how many for each
 */
record Episode(
    String ground,
    Fault fault,
    String contender,
    int round,
    Map<Figure, Double> figures,
    Map<String, Integer> reasons,
    List<Trouble> troubles) {

  /**
   * A request that a user would have noticed.
   *
   * @param afterMillis when it was due, from the beginning of the fault; may be negative
   * @param failed else it was slow
   * @param why why it failed, or who answered so late
   */
  record Trouble(long afterMillis, long tookMillis, boolean failed, String why) {}

  private static final double NANOS_PER_MILLI = 1e6;

  Episode {
    figures = Map.copyOf(figures);
    reasons = Map.copyOf(reasons);
    troubles = List.copyOf(troubles);
  }

  /** Judges a client's log. */
  static Episode of(String ground, String contender, Happening happening, ClientLog log) {
    return of(ground, contender, happening, log.requests(), log.endedWatches(), log.delays());
  }

  static Episode of(
      String ground,
      String contender,
      Happening happening,
      List<Request> all,
      List<Watch> watches,
      List<ClientLog.Delay> delays) {
    List<Request> requests = all.stream().filter(request -> belongs(request, happening)).toList();
    Map<Figure, Double> figures = new EnumMap<>(Figure.class);
    Map<String, Integer> reasons = new TreeMap<>();
    List<Trouble> troubles = new ArrayList<>();
    long failed = 0;
    long slow = 0;
    long longest = 0;
    for (Request request : requests) {
      long took = request.endNanos() - request.startNanos();
      if (!request.ok()) {
        failed++;
        reasons.merge(request.detail(), 1, Integer::sum);
      } else {
        longest = Math.max(longest, took);
      }
      boolean isSlow = request.ok() && took > ClientWindow.SLOW.toNanos();
      slow += isSlow ? 1 : 0;
      if (!request.ok() || isSlow) {
        troubles.add(
            new Trouble(
                Math.round((request.startNanos() - happening.beganAt()) / NANOS_PER_MILLI),
                Math.round(took / NANOS_PER_MILLI),
                !request.ok(),
                request.detail()));
      }
    }
    figures.put(Figure.REQUESTS, (double) requests.size());
    figures.put(Figure.FAILED, (double) failed);
    figures.put(Figure.SLOW, (double) slow);
    figures.put(Figure.LONGEST_MILLIS, millis(longest));
    figures.put(Figure.WATCHES_CUT, (double) cut(happening, watches));
    figures.put(Figure.LATE_MILLIS, late(happening, delays));
    happening
        .firstBackAt()
        .ifPresent(back -> {
          figures.put(Figure.REFUSED_MILLIS, millis(longestRefusal(happening, requests)));
          figures.put(Figure.NORMAL_AFTER_MILLIS, millis(normalAfter(back, requests)));
        });
    if (happening.fault() == Fault.SLOW) {
      figures.put(Figure.VICTIM_SHARE, victimShare(happening, requests));
    }
    return new Episode(
        ground, happening.fault(), contender, happening.round(), figures, reasons, troubles);
  }

  double figure(Figure figure) {
    return figures.getOrDefault(figure, Double.NaN);
  }

  /**
   * A request belongs to the fault during which it was due. One that was under way when the fault
   * began belongs to it as well, since whom a fault hits are those; but not one that had been
   * hanging for longer than it takes to be slow.
   */
  private static boolean belongs(Request request, Happening happening) {
    return isUnderWayAt(happening.beganAt(), request)
        || (request.startNanos() - happening.beganAt() >= 0
            && request.startNanos() - happening.endedAt() < 0
            && !isUnderWayAt(happening.endedAt(), request));
  }

  private static boolean isUnderWayAt(long nanos, Request request) {
    return request.startNanos() - nanos < 0
        && nanos - request.startNanos() < ClientWindow.SLOW.toNanos()
        && request.endNanos() - nanos >= 0;
  }

  private static double millis(long nanos) {
    return Math.round(nanos / NANOS_PER_MILLI);
  }

  private static long cut(Happening happening, List<Watch> watches) {
    return watches.stream()
        .filter(watch -> watch.endNanos() - happening.beganAt() >= 0)
        .filter(watch -> watch.endNanos() - happening.endedAt() < 0)
        // One that never began has not been cut.
        .filter(watch -> !watch.servedBy().equals("?") && !watch.reason().startsWith("status"))
        .filter(watch -> !happening.wasAbsent(watch.servedBy(), watch.endNanos()))
        .count();
  }

  private static double late(Happening happening, List<ClientLog.Delay> delays) {
    return delays.stream()
            .filter(delay -> delay.atNanos() - happening.beganAt() >= 0)
            .filter(delay -> delay.atNanos() - happening.endedAt() < 0)
            .mapToLong(ClientLog.Delay::micros)
            .max()
            .orElse(0)
        / 1000.0;
  }

  private static long longestRefusal(Happening happening, List<Request> requests) {
    return requests.stream()
        .filter(request -> !request.ok())
        .filter(request -> request.startNanos() - happening.inEffectAt() >= 0)
        .filter(request -> request.endNanos() - happening.relievedAt() < 0)
        .mapToLong(request -> request.endNanos() - request.startNanos())
        .max()
        .orElse(0);
  }

  /** Those who began before, and hung, are counted as failed; this is about who comes now. */
  private static long normalAfter(long backAt, List<Request> requests) {
    return requests.stream()
        .filter(request -> request.startNanos() - backAt >= 0)
        .filter(request ->
            !request.ok()
                || request.endNanos() - request.startNanos() > ClientWindow.SLOW.toNanos())
        .mapToLong(request -> request.startNanos() - backAt)
        .max()
        .orElse(0);
  }

  private static double victimShare(Happening happening, List<Request> requests) {
    List<Request> during =
        requests.stream()
            .filter(request -> request.startNanos() - happening.inEffectAt() >= 0)
            .filter(request -> request.startNanos() - happening.relievedAt() < 0)
            .filter(Request::ok)
            .toList();
    long onVictim =
        during.stream().filter(request -> request.detail().equals(happening.victim())).count();
    return during.isEmpty() ? 100 : Math.round(1000.0 * onVictim / during.size()) / 10.0;
  }
}
