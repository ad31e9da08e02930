package dev.fairlead.lb;

/** Why a session ended; the name in lower case is a metric label. */
public enum SessionEnd {
  /** Both sides closed in good order. */
  NORMAL,
  /** The client reset. */
  CLIENT_RESET,
  /** The server reset. */
  SERVER_RESET,
  /** The client was silent for longer than its idle timeout. */
  CLIENT_IDLE,
  /** The server was silent for longer than its idle timeout. */
  SERVER_IDLE,
  /** One direction had ended and the other stayed silent. */
  HALF_CLOSED_TIMEOUT,
  /** The client left before a server was connected. */
  CLIENT_ABORTED,
  /** No server could be connected to: refused, timed out, or unreachable, on every attempt. */
  CONNECT_FAILED,
  /** Every server is in maintenance, or none is usable and all-down says refuse. */
  NO_SERVER,
  /** It had waited for a place on a server for too long. */
  QUEUE_TIMEOUT,
  /** Every server had all the sessions it may have, and too many connections waited already. */
  QUEUE_FULL,
  /** The server was found dead, or put into maintenance. */
  SERVER_DEAD,
  /** Others had come back, and its server had more than its share. */
  REBALANCED,
  /** This process is stopping. */
  SHUTDOWN,
  /** Out of descriptors, buffers or other means of our own. */
  RESOURCES,
  /** An error of ours; the log says which. */
  INTERNAL
}
