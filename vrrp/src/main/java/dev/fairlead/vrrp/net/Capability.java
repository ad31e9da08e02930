package dev.fairlead.vrrp.net;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** What a process must be allowed to do to run a virtual router; see capabilities(7). */
enum Capability {
  CAP_NET_ADMIN(12, "to add and remove virtual addresses"),
  CAP_NET_RAW(13, "to send and receive advertisements and gratuitous ARP");

  private static final Path STATUS = Path.of("/proc/thread-self/status");
  private static final String EFFECTIVE = "CapEff:";

  private final int bit;
  private final String purpose;

  Capability(int bit, String purpose) {
    this.bit = bit;
    this.purpose = purpose;
  }

  /** Sentences about what is missing; empty = all there, or unknown. */
  static List<String> missing() {
    try {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith(EFFECTIVE))
          .findFirst()
          .map(line ->
              missing(Long.parseUnsignedLong(line.substring(EFFECTIVE.length()).strip(), 16)))
          .orElse(List.of());
    } catch (IOException e) {
      // Without /proc the sockets themselves will tell.
      return List.of();
    }
  }

  /**
   * Sentences about what is missing from a mask.
   *
   * @param effective the kernel's bit mask
   */
  static List<String> missing(long effective) {
    return Arrays.stream(values())
        .filter(capability -> (effective & (1L << capability.bit)) == 0)
        .map(capability ->
            "VRRP needs the capability %s %s: run as root, or grant it (systemd:"
                    .formatted(capability, capability.purpose)
                + " AmbientCapabilities=, Kubernetes: securityContext.capabilities)")
        .toList();
  }
}
