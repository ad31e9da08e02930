package dev.fairlead.lb.backend;

/** What is counted for each server on each event loop. */
public enum ServerCounter {
  /** Established since start. */
  CONNECTIONS,
  /** Refused, unreachable, or reset while connecting. */
  CONNECT_FAILURES,
  /** No answer within the connect timeout. */
  CONNECT_TIMEOUTS,
  /** Attempts that did not leave this node, as for want of a source port. */
  LOCAL_FAILURES,
  /** Reset by the server before it had sent a byte. */
  EARLY_RESETS,
  /** Sum of the times that established connections took, nanoseconds. */
  CONNECT_NANOS,
  BYTES_TO_SERVER,
  BYTES_FROM_SERVER,
  /** Races that it has won as the one that was asked later. */
  RACES_WON,
  /** Races that it has lost though it was asked earlier. */
  RACES_LOST,
  /** ClientHellos sent to it that had been sent to another server before. */
  HELLOS_RETRIED,
  /** Sessions closed because others had come back and it had more than its share. */
  REBALANCED
}
