package dev.fairlead.lb;

/** Why a connection was reset before it became a session; in lower case it is a metric label. */
public enum Rejection {
  /** Its client's address may not come in. */
  DENIED,
  /** Its client has all the sessions it may have. */
  SOURCE_SESSIONS,
  /** Its client has opened too many within the window. */
  SOURCE_RATE,
  /** There was no room to remember its client. */
  SOURCES_FULL,
  /** It came from nobody who may send a PROXY protocol header, and others are not wanted. */
  PROXY_UNTRUSTED,
  /** It did not begin with a PROXY protocol header. */
  PROXY_MISSING,
  /** It began with something that looked like one. */
  PROXY_MALFORMED,
  /** The header's checksum was wrong. */
  PROXY_CHECKSUM,
  /** The header was longer than it may be. */
  PROXY_TOO_LONG,
  /** The header was not complete in time. */
  PROXY_TIMEOUT,
  /** It ended before its header did. */
  PROXY_ENDED
}
