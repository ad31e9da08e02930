package dev.fairlead.config;

import java.util.Optional;

/**
 * What the packets of one side's sockets are like, beyond TCP.
 *
 * @param device SO_BINDTODEVICE: the only interface (or VRF) that they come and go through
 * @param dscp their class of service, 0..63 (RFC 2474); 0 = best effort, as without it
 * @param mark SO_MARK, 0..4294967295, for routing rules and firewalls; 0 = none
 */
public record SocketConfig(Optional<String> device, int dscp, long mark) {

  /** Whatever the kernel does by itself. */
  public static final SocketConfig NONE = new SocketConfig(Optional.empty(), 0, 0);

  /** Whether nothing is asked of the kernel. */
  public boolean isPlain() {
    return device.isEmpty() && dscp == 0 && mark == 0;
  }
}
