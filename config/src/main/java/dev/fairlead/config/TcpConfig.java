package dev.fairlead.config;

import java.time.Duration;

/**
 * How TCP treats one side of a session: how a dead peer is found on a connection that may be silent
 * for hours (a watch), and when it acknowledges.
 *
 * @param keepAlive whether SO_KEEPALIVE is set at all
 * @param keepAliveIdle TCP_KEEPIDLE, whole seconds
 * @param keepAliveInterval TCP_KEEPINTVL, whole seconds
 * @param keepAliveProbes TCP_KEEPCNT
 * @param userTimeout TCP_USER_TIMEOUT: how long sent bytes may stay unacknowledged; zero = the
 *     kernel's default (about 15 minutes)
 * @param delayedAcks whether acknowledgements ride on data from the first packet on (TCP_QUICKACK
 *     off) instead of being packets of their own
 */
public record TcpConfig(
    boolean keepAlive,
    Duration keepAliveIdle,
    Duration keepAliveInterval,
    int keepAliveProbes,
    Duration userTimeout,
    boolean delayedAcks) {

  /** Keepalive 30 s / 10 s / 3 probes, TCP_USER_TIMEOUT 60 s, delayed acknowledgements. */
  public static final TcpConfig DEFAULT =
      new TcpConfig(
          true, Duration.ofSeconds(30), Duration.ofSeconds(10), 3, Duration.ofSeconds(60), true);
}
