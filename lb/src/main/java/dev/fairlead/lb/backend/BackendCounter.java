package dev.fairlead.lb.backend;

/** What is counted for each backend on each event loop. */
public enum BackendCounter {
  /** Attempts after a failed one. */
  RETRIES,
  /** Retries that went to another server. */
  REDISPATCHES,
  /** Connections that had to wait for a place. */
  QUEUED,
  /** Connections that were refused because the queue was full. */
  QUEUE_REFUSED,
  /** Connections that had waited for too long. */
  QUEUE_TIMEOUTS,
  /** Clients that went while they were waiting. */
  QUEUE_LEFT,
  /** Connections whose client was in the stick table. */
  STICK_HITS,
  /** Connections whose client was not. */
  STICK_MISSES,
  /** Connections whose client was in the stick table, but could not be given its server. */
  STICK_REDISPATCHES,
  /** Connections for which a second server was asked before the first one was connected to. */
  CONNECT_RACES,
  /** Connections whose ClientHello went to a second server. */
  HELLO_RACES,
  /** Connections that were offered to nobody else because too many races had been for nothing. */
  RACES_REFUSED
}
