package dev.fairlead.daemon.hook;

import dev.fairlead.config.HookConfig.State;
import dev.fairlead.config.IpText;
import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.config.VirtualRouterConfig.VirtualAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Events of a router "vip" for tests. */
final class HookEvents {

  private HookEvents() {}

  static HookEvent of(State state) {
    return new HookEvent(
        "vip",
        state,
        State.BACKUP,
        List.of(address("10.0.0.100"), address("10.0.0.101")),
        "eth0",
        51,
        100,
        "10.0.0.2",
        "no advertisement for 3.61 s",
        "m1",
        Instant.EPOCH);
  }

  private static VirtualAddress address(String text) {
    return new VirtualRouterConfig.VirtualAddress(
        IpText.parse(text).orElseThrow(), 24, Optional.empty(), Optional.empty());
  }
}
