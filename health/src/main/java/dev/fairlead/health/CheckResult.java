package dev.fairlead.health;

import dev.fairlead.config.HealthCheckConfig;
import java.time.Duration;

/**
 * How one check ended.
 *
 * @param detail for people: "HTTP 500", "connection refused", "certificate has expired"; no payload
 * @param status HTTP status code; 0 = none
 * @param duration from the start of the connect to the end of the check
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
    /** Answered with TLS, but the handshake failed: its certificate or ours is not accepted. */
    TLS_FAILED,
    /** Connection refused, reset or closed without an answer: its host lives and says so. */
    CONNECT_FAILED,
    /** No way to its host. */
    UNREACHABLE,
    /** No connection within the timeout. */
    CONNECT_TIMEOUT,
    /** Connected, which its kernel does for it, but not a word within the timeout. */
    RESPONSE_TIMEOUT,
    /** A new connection's TLS handshake was done, so it lives, but no answer within the timeout. */
    SLOW,
    /** The command ended, but not with 0. */
    COMMAND_FAILED,
    /** The command did not end within the timeout, and was killed. */
    COMMAND_TIMEOUT,
    /** No check: connections of clients failed, as often as {@code observe} allows. */
    TRAFFIC_FAILED,
    /** The check itself could not run: unreadable token, no descriptors. Counts as no result. */
    NOT_RUN
  }

  /** What a server that is not checked is said to have answered. */
  public static final CheckResult NOT_CHECKED =
      new CheckResult(Outcome.OK, "not checked", 0, Duration.ZERO);

  /**
   * What an HTTP status means to this check.
   *
   * <p>401 says that the server authenticates its clients, hence serves; with {@code
   * anonymous-auth=false} an apiserver never says anything else to a check without credentials.
   */
  public static CheckResult answered(HealthCheckConfig.Http check, int status, Duration duration) {
    String detail = "HTTP " + status;
    if (check.expects(status)) {
      return new CheckResult(Outcome.OK, detail, status, duration);
    }
    return switch (status) {
      case 401 ->
          new CheckResult(Outcome.OK, "HTTP 401, alive but wants a login", status, duration);
      case 403 -> new CheckResult(Outcome.FORBIDDEN, detail, status, duration);
      default -> new CheckResult(Outcome.UNEXPECTED_STATUS, detail, status, duration);
    };
  }
}
