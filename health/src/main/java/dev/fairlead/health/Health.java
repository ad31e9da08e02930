package dev.fairlead.health;

/** The operational state of a server, from checks alone. */
public enum Health {
  /** No result yet. */
  UNKNOWN,
  /** Answers and says yes. */
  UP,
  /** Listens but does not serve yet, after it was dead or refused: an apiserver that starts. */
  STARTING,
  /** Answers and says no: drain. */
  UNREADY,
  /**
   * Does not answer: no new connections. {@link ServerHealth#isGone} says when to close the old.
   */
  DEAD
}
