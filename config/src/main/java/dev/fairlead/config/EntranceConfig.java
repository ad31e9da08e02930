package dev.fairlead.config;

import java.time.Duration;
import java.util.Optional;

/**
 * What a frontend's listeners are beyond an address, and whom they let in.
 *
 * @param socket marks of the client side
 * @param transparent IP_TRANSPARENT: accepts connections that a firewall redirects here (TPROXY),
 *     whatever address they are for
 * @param fastOpen TCP Fast Open: connections that may wait with data in their SYN; 0 = off
 * @param unix how unix sockets are made
 * @param acceptProxy empty = clients speak for themselves
 * @param access which client addresses are let in
 * @param limits what each client address may take
 */
public record EntranceConfig(
    SocketConfig socket,
    boolean transparent,
    int fastOpen,
    UnixSocketConfig unix,
    Optional<AcceptProxyConfig> acceptProxy,
    AccessList access,
    SourceLimitsConfig limits) {

  /** Everybody is let in as he comes. */
  public static final EntranceConfig NONE =
      new EntranceConfig(
          SocketConfig.NONE,
          false,
          0,
          UnixSocketConfig.DEFAULT,
          Optional.empty(),
          AccessList.EVERYBODY,
          SourceLimitsConfig.NONE);

  /** Whether a connection is looked at before it becomes a session. */
  public boolean isGuarded() {
    return acceptProxy.isPresent() || !access.isEverybody() || limits.isLimited();
  }

  /**
   * A PROXY protocol header is expected first.
   *
   * @param from from whom; others are clients themselves, or not wanted
   * @param rejectOthers whether a connection from anybody else is reset
   * @param timeout from the accept to the end of the header
   */
  public record AcceptProxyConfig(AccessList from, boolean rejectOthers, Duration timeout) {}

  /**
   * A unix socket's file.
   *
   * @param mode permission bits, 0..0777
   * @param user its owner; empty = this process's
   * @param group its group; empty = this process's
   */
  public record UnixSocketConfig(int mode, Optional<String> user, Optional<String> group) {

    /** For owner and group. */
    public static final UnixSocketConfig DEFAULT =
        new UnixSocketConfig(0660, Optional.empty(), Optional.empty());
  }
}
