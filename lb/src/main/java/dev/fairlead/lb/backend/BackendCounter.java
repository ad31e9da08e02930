package dev.fairlead.lb.backend;

/** What is counted for each backend on each event loop. */
public enum BackendCounter {
  /** Attempts after a failed one. */
  RETRIES,
  /** Retries that went to another server. */
  REDISPATCHES
}
