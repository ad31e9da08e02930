package dev.fairlead.health;

import java.time.Duration;

/**
 * How one check ended.
 *
 * @param detail for people: "HTTP 500", "connection refused", "certificate expired"; no payload
 * @param status HTTP status code; 0 = none
 * @param duration of the check
 */
public record CheckResult(Outcome outcome, String detail, int status, Duration duration) {

  /** The name in lower case is a metric label. */
  public enum Outcome {
    /** As expected. */
    OK,
    /** Answered, with a status that is not expected. */
    UNEXPECTED_STATUS,
    /** 403: perhaps its RBAC is not loaded yet. */
    FORBIDDEN,
    /** Connected, but what came was no TLS or HTTP. */
    PROTOCOL_ERROR,
    /** TLS handshake failed. */
    TLS_FAILED,
    /** Connection refused or reset, host unreachable. */
    CONNECT_FAILED,
    /** No connection within the timeout. */
    CONNECT_TIMEOUT,
    /** Connected, but no complete answer within the timeout. */
    RESPONSE_TIMEOUT,
    /** The check itself could not run: unreadable token, no descriptors. Counts as no result. */
    NOT_RUN
  }
}
