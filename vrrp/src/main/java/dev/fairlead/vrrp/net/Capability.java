package dev.fairlead.vrrp.net;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** What a process may be allowed to do without being root; see capabilities(7). */
public enum Capability {
  CAP_NET_BIND_SERVICE(10, "to listen on ports below 1024"),
  CAP_NET_ADMIN(12, "to add and remove virtual addresses, mark packets, use others' addresses"),
  CAP_NET_RAW(13, "to send and receive advertisements and gratuitous ARP, bind to another device"),
  CAP_IPC_LOCK(14, "to lock its memory"),
  CAP_SYS_NICE(23, "to be scheduled in real time");

  private static final Path STATUS = Path.of("/proc/thread-self/status");
  private static final String EFFECTIVE = "CapEff:";

  /** Without these there is no virtual router. */
  private static final List<Capability> OF_VIRTUAL_ROUTERS = List.of(CAP_NET_ADMIN, CAP_NET_RAW);

  private final int bit;
  private final String purpose;

  Capability(int bit, String purpose) {
    this.bit = bit;
    this.purpose = purpose;
  }

  /** Continues "is needed": {@code to lock its memory}. */
  public String purpose() {
    return purpose;
  }

  /**
   * Whether a mask holds it.
   *
   * @param mask the kernel's
   */
  public boolean isIn(long mask) {
    return (mask & (1L << bit)) != 0;
  }

  /** The calling thread's effective capabilities; empty = /proc does not say. */
  public static OptionalLong effective() {
    try {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith(EFFECTIVE))
          .mapToLong(line -> Long.parseUnsignedLong(line.substring(EFFECTIVE.length()).strip(), 16))
          .findFirst();
    } catch (IOException e) {
      // The system calls themselves will tell.
      return OptionalLong.empty();
    }
  }

  /** Sentences about what virtual routers lack; empty = nothing, or unknown. */
  static List<String> missing() {
    OptionalLong effective = effective();
    return effective.isPresent() ? missing(effective.getAsLong()) : List.of();
  }

  /**
   * Sentences about what virtual routers would lack.
   *
   * @param effective the kernel's bit mask
   */
  static List<String> missing(long effective) {
    return OF_VIRTUAL_ROUTERS.stream()
        .filter(capability -> !capability.isIn(effective))
        .map(capability ->
            "VRRP needs the capability %s %s: run as root, or grant it (systemd:"
                    .formatted(capability, capability.purpose)
                + " AmbientCapabilities=, Kubernetes: securityContext.capabilities)")
        .toList();
  }
}
