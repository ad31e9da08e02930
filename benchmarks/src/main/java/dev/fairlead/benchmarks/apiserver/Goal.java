package dev.fairlead.benchmarks.apiserver;

import java.util.List;

/**
 * What Fairlead promises clients of API servers; the worst round counts.
 *
 * @param limit the highest figure that is good enough
 */
record Goal(Fault fault, Figure figure, double limit) {

  /** A third of the requests would be a slow server's fair share. */
  private static final double PREFERS_OTHERS_PERCENT = 5;

  /** From one check to the next, of a server that was down (Fairlead's default interval). */
  private static final double CHECK_INTERVAL_MILLIS = 2000;

  static List<Goal> all() {
    return List.of(
        new Goal(Fault.CALM, Figure.FAILED, 0),
        new Goal(Fault.CALM, Figure.SLOW, 0),
        new Goal(Fault.CALM, Figure.WATCHES_CUT, 0),
        new Goal(Fault.KILL, Figure.FAILED, 1),
        new Goal(Fault.KILL, Figure.SLOW, 0),
        new Goal(Fault.KILL, Figure.WATCHES_CUT, 0),
        new Goal(Fault.RESTART, Figure.FAILED, 2),
        new Goal(Fault.RESTART, Figure.SLOW, 0),
        new Goal(Fault.RESTART, Figure.WATCHES_CUT, 0),
        new Goal(Fault.TERMINATE, Figure.FAILED, 0),
        new Goal(Fault.TERMINATE, Figure.SLOW, 0),
        new Goal(Fault.TERMINATE, Figure.WATCHES_CUT, 0),
        new Goal(Fault.DRAIN, Figure.FAILED, 0),
        new Goal(Fault.DRAIN, Figure.SLOW, 0),
        new Goal(Fault.DRAIN, Figure.WATCHES_CUT, 0),
        new Goal(Fault.FREEZE, Figure.FAILED, 0),
        new Goal(Fault.FREEZE, Figure.SLOW, 0),
        new Goal(Fault.FREEZE, Figure.WATCHES_CUT, 0),
        new Goal(Fault.UNPLUG, Figure.FAILED, 0),
        new Goal(Fault.UNPLUG, Figure.SLOW, 0),
        new Goal(Fault.UNPLUG, Figure.WATCHES_CUT, 0),
        new Goal(Fault.SLOW, Figure.FAILED, 0),
        new Goal(Fault.SLOW, Figure.VICTIM_SHARE, PREFERS_OTHERS_PERCENT),
        new Goal(Fault.SLOW, Figure.WATCHES_CUT, 0),
        new Goal(Fault.ALL, Figure.REFUSED_MILLIS, 100),
        new Goal(Fault.ALL, Figure.NORMAL_AFTER_MILLIS, CHECK_INTERVAL_MILLIS),
        new Goal(Fault.ALL, Figure.WATCHES_CUT, 0));
  }

  boolean isMet(double worst) {
    return worst <= limit;
  }
}
