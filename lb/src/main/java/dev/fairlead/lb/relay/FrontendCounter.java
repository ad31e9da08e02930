package dev.fairlead.lb.relay;

/** What is counted for each frontend on each event loop. */
public enum FrontendCounter {
  /** Accepted since start. */
  CONNECTIONS,
  /** Times a listener paused because the frontend had all the sessions it may have. */
  MAX_CONNECTIONS_REACHED,
  /** Failed accepts: out of descriptors or memory. */
  ACCEPT_ERRORS,
  BYTES_FROM_CLIENT,
  BYTES_TO_CLIENT
}
