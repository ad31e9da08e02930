package dev.fairlead.lb.balance;

/** What an algorithm may know of a server. Any event loop asks. */
public interface Candidate {

  /** A small number that no other server of the backend has, and that it keeps; at least 0. */
  int slot();

  /**
   * Share of the traffic relative to the others, above 0. Less than the configured weight while the
   * server is new again.
   */
  double weight(long nowNanos);

  /** Whether {@link #weight} will be more a moment later. */
  boolean isRamping(long nowNanos);

  /** Sessions and connection attempts at this moment, over all event loops. */
  int load();

  /** Whether it has all the sessions it may have. */
  boolean isFull();
}
