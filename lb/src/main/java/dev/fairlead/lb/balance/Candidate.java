package dev.fairlead.lb.balance;

/** What an algorithm may know of a server. */
public interface Candidate {

  /** Share of the traffic relative to the others, at least 1. */
  int weight();

  /** Sessions and connection attempts at this moment, over all event loops. */
  int load();
}
