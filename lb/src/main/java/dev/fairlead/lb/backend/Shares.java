package dev.fairlead.lb.backend;

import java.util.List;

/** How many sessions servers have beyond their share, while others have less than theirs. */
final class Shares {

  /**
   * One server.
   *
   * @param sessions that it has
   * @param weight its share relative to the others; 0 = it should have none
   * @param limit most sessions it may have; 0 = no limit
   */
  record Load(int sessions, double weight, int limit) {}

  /** A tenth more than 200 is 220, not 220.00000000000003. */
  private static final double ROUNDING = 1e-6;

  private Shares() {}

  /**
   * What each should lose. Never more, together, than the others have room for in their shares:
   * whoever is sent away comes back somewhere.
   *
   * @param tolerance how much more than its share a server may keep; 0.1 = a tenth
   * @return in the order of {@code loads}; all 0 when the load is spread well enough
   */
  static int[] excess(List<Load> loads, double tolerance) {
    long total = 0;
    double weights = 0;
    for (Load load : loads) {
      total += load.sessions();
      weights += load.weight();
    }
    int[] excess = new int[loads.size()];
    if (weights == 0) {
      return excess;
    }
    long room = 0;
    for (int i = 0; i < excess.length; i++) {
      Load load = loads.get(i);
      double share = total * load.weight() / weights;
      excess[i] =
          (int) Math.max(0, load.sessions() - Math.ceil(share * (1 + tolerance) - ROUNDING));
      double most = load.limit() == 0 ? share : Math.min(share, load.limit());
      room += (long) Math.max(0, Math.floor(most) - load.sessions());
    }
    return limited(excess, room);
  }

  /**
   * The same, but not more than so many together; those with the largest excess lose first.
   *
   * @param most at least 0
   */
  static int[] limited(int[] excess, long most) {
    long left = 0;
    for (int each : excess) {
      left += each;
    }
    int[] limited = excess.clone();
    while (left > most) {
      int smallest = -1;
      for (int i = 0; i < limited.length; i++) {
        if (limited[i] > 0 && (smallest < 0 || limited[i] < limited[smallest])) {
          smallest = i;
        }
      }
      long less = Math.min(limited[smallest], left - most);
      limited[smallest] -= (int) less;
      left -= less;
    }
    return limited;
  }
}
