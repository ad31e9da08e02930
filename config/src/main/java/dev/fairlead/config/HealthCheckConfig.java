package dev.fairlead.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** How the servers of a backend are checked. */
public sealed interface HealthCheckConfig {

  /** When it is asked; the default when it never is. */
  Timing timing();

  /** How long a 403 of a server that was dead or starting means <i>unready</i>. */
  default Duration startupGrace() {
    return Duration.ZERO;
  }

  /** Never checked; always usable. */
  record Disabled() implements HealthCheckConfig {
    @Override
    public Timing timing() {
      return Timing.DEFAULT;
    }
  }

  /** Can it be connected to? Reset before the handshake's ACK, so the server never sees it. */
  record Tcp(Timing timing) implements HealthCheckConfig {}

  /** Does a TLS handshake succeed? */
  record Tls(Timing timing, TlsSettings tls) implements HealthCheckConfig {}

  /**
   * Does a GET answer as expected?
   *
   * @param tls empty for plain HTTP
   * @param fallbackPath asked once, from then on, when {@code path} is answered by 404
   * @param host value of the Host header; empty = the checked address
   * @param expectedStatuses ranges of status codes that mean healthy
   * @param bearerTokenFile read again for every check, since tokens rotate
   * @param checksPerConnection how many checks one connection carries; 1 = each opens its own
   * @param startupGrace how long a 403 from a server that was dead or starting means
   *     <i>unready</i>: an apiserver answers 403 until its RBAC is loaded
   */
  record Http(
      Timing timing,
      Optional<TlsSettings> tls,
      String path,
      Optional<String> fallbackPath,
      Optional<String> host,
      List<StatusRange> expectedStatuses,
      Optional<Path> bearerTokenFile,
      int checksPerConnection,
      Duration startupGrace)
      implements HealthCheckConfig {

    public Http {
      expectedStatuses = List.copyOf(expectedStatuses);
    }

    /** Whether a status code is one of the expected ones. */
    public boolean expects(int status) {
      return expectedStatuses.stream().anyMatch(range -> range.contains(status));
    }
  }

  /**
   * Does a program end with 0?
   *
   * @param command an absolute path and arguments, without a shell; {@code {address}} and {@code
   *     {port}} stand for the checked address
   */
  record Command(Timing timing, List<String> command) implements HealthCheckConfig {
    public Command {
      command = List.copyOf(command);
    }
  }

  /**
   * When checks happen, and how many agree before a state changes.
   *
   * @param interval between two checks of a server whose state is settled
   * @param fastInterval while the state is changing (some, but not yet enough, results disagree)
   *     and while the server is down
   * @param timeout for one whole check
   * @param rise consecutive successes that bring a server up
   * @param fall consecutive failures that take it down
   * @param jitter share of the interval, 0..0.5, by which each check is moved at random
   */
  record Timing(
      Duration interval,
      Duration fastInterval,
      Duration timeout,
      int rise,
      int fall,
      double jitter) {

    /** 2 s, 0.5 s while changing, timeout 2 s, rise 2, fall 3, 10 % jitter. */
    public static final Timing DEFAULT =
        new Timing(Duration.ofSeconds(2), Duration.ofMillis(500), Duration.ofSeconds(2), 2, 3, 0.1);
  }

  /**
   * How a probe encrypts.
   *
   * @param caFile PEM certificates that the server's chain must lead to; empty = not verified
   * @param certificateFile PEM certificate chain shown to the server
   * @param keyFile PEM key (PKCS#8, PKCS#1 or SEC1) of that certificate
   * @param serverName SNI, and the name that a verified certificate must carry; empty = no SNI, and
   *     the checked IP address must be in the certificate when it is verified
   */
  record TlsSettings(
      Optional<Path> caFile,
      Optional<Path> certificateFile,
      Optional<Path> keyFile,
      Optional<String> serverName) {

    /** Unverified, no client certificate, no SNI. */
    public static final TlsSettings UNVERIFIED =
        new TlsSettings(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
  }

  /** Inclusive range of HTTP status codes. */
  record StatusRange(int first, int last) {
    public boolean contains(int status) {
      return status >= first && status <= last;
    }
  }
}
