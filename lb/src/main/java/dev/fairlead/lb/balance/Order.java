package dev.fairlead.lb.balance;

/** What makes one server come before another. Keys are finite; the lowest is chosen. */
sealed interface Order permits DueTurn, FewestSessions, FileOrder {

  /** As it is at this moment. */
  double key(int index);

  /** It has been chosen. */
  void chosen(int index);

  /** It has room again, after a while without. {@code earliest} is the lowest key of the others. */
  void back(int index, double earliest);

  /** Weights may have changed: it looks at them again. */
  void reweigh(long nowNanos);

  /** By how much all keys have just been moved, so that they stay exact; almost always 0. */
  double shifted();
}
