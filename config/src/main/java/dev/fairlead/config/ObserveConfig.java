package dev.fairlead.config;

/**
 * What the connections of clients say about a server's health, between its checks.
 *
 * @param errors connections in a row that could not be opened, or were reset before the server sent
 *     its first byte, until {@code onError} happens; 0 = never
 */
public record ObserveConfig(int errors, OnError onError) {

  /** Connections that fail are a reason to check at once, and nothing else. */
  public static final ObserveConfig OFF = new ObserveConfig(0, OnError.FAIL_CHECK);

  /** haproxy's {@code on-error}. */
  public enum OnError {
    /** Check at once. */
    CHECK,
    /** Counts as one more failed check. */
    FAIL_CHECK,
    /** The next failed check takes the server down. */
    SUDDEN_DEATH,
    /** No new connections until checks have passed again. */
    MARK_DOWN
  }
}
