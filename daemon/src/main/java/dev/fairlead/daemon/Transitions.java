package dev.fairlead.daemon;

import dev.fairlead.config.HookConfig;
import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.daemon.hook.HookEvent;
import dev.fairlead.vrrp.net.VirtualRouterStatus;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/** What hooks are told of a virtual router's transition. */
final class Transitions {

  private Transitions() {}

  /**
   * The event, if it is one for hooks: that a master resigns is told when it is no longer master.
   */
  static Optional<HookEvent> event(
      VirtualRouterStatus.State before, VirtualRouterStatus now, String node) {
    Optional<HookConfig.State> state =
        switch (now.state()) {
          case MASTER -> Optional.of(HookConfig.State.MASTER);
          case BACKUP -> Optional.of(HookConfig.State.BACKUP);
          case FAULT -> Optional.of(now.stopped() ? HookConfig.State.STOP : HookConfig.State.FAULT);
          case RESIGNING -> Optional.empty();
        };
    VirtualRouterConfig config = now.config();
    return state.map(to ->
        new HookEvent(
            config.name(),
            to,
            switch (before) {
              case MASTER, RESIGNING -> HookConfig.State.MASTER;
              case BACKUP -> HookConfig.State.BACKUP;
              case FAULT -> HookConfig.State.FAULT;
            },
            config.addresses(),
            config.interfaceName(),
            config.routerId(),
            now.priority(),
            now.peer(),
            now.reason(),
            node,
            Instant.now()));
  }

  /** As the kernel has it: a lookup could block. */
  static String hostName() {
    // In one piece, as everything in /proc/sys.
    try (InputStream in = Files.newInputStream(Path.of("/proc/sys/kernel/hostname"))) {
      return new String(in.readNBytes(256), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return "localhost";
    }
  }
}
