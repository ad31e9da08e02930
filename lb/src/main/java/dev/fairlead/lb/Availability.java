package dev.fairlead.lb;

/** What health knows of a server, in the only terms the data path needs. */
public enum Availability {
  /** Not checked yet, or never checked: may be tried. */
  UNKNOWN,
  /** Answers, and says yes. */
  USABLE,
  /** Answers, but says no: takes no new connections and keeps the old. */
  UNREADY,
  /** Refuses connections, but its host lives: takes no new connections and keeps the old. */
  REFUSING,
  /** Does not answer: takes no new connections, and its sessions are closed, paced. */
  DEAD
}
