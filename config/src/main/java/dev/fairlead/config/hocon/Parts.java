package dev.fairlead.config.hocon;

import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.FrontendConfig;
import dev.fairlead.config.HookConfig;
import dev.fairlead.config.ListenerConfig;
import dev.fairlead.config.TrackConfig;
import dev.fairlead.config.VirtualRouterConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What has been read so far, and where it stood; mutable, for the length of one read. */
final class Parts {

  final List<Placed<FrontendConfig>> frontends = new ArrayList<>();
  final List<Placed<BackendConfig>> backends = new ArrayList<>();
  final List<Placed<VirtualRouterConfig>> routers = new ArrayList<>();

  List<TrackConfig> tracks = List.of();
  List<HookConfig> hooks = List.of();

  /** Of the other nodes, by the virtual router's name; missing = not known. */
  final Map<String, List<Integer>> peerPriorities = new HashMap<>();

  /** Of frontends and of the admin section. */
  final List<Placed<ListenerConfig>> listeners = new ArrayList<>();

  List<FrontendConfig> frontendConfigs() {
    return frontends.stream().map(Placed::value).toList();
  }
}
