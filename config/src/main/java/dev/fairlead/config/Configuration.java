package dev.fairlead.config;

import java.util.List;
import java.util.Optional;

/**
 * Everything one Fairlead process is asked to do. Names are unique within each list.
 *
 * @param frontends where clients connect, and the backend each leads to
 * @param backends named groups of servers
 * @param virtualRouters empty when this node holds no virtual IP
 * @param tracks what virtual routers may track beside Fairlead itself
 * @param hooks who is told of their changes
 */
public record Configuration(
    List<FrontendConfig> frontends,
    List<BackendConfig> backends,
    List<VirtualRouterConfig> virtualRouters,
    List<TrackConfig> tracks,
    List<HookConfig> hooks,
    AdminConfig admin,
    LogConfig log,
    ProcessConfig process) {

  public Configuration {
    frontends = List.copyOf(frontends);
    backends = List.copyOf(backends);
    virtualRouters = List.copyOf(virtualRouters);
    tracks = List.copyOf(tracks);
    hooks = List.copyOf(hooks);
  }

  /** Without tracks and hooks. */
  public Configuration(
      List<FrontendConfig> frontends,
      List<BackendConfig> backends,
      List<VirtualRouterConfig> virtualRouters,
      AdminConfig admin,
      LogConfig log,
      ProcessConfig process) {
    this(frontends, backends, virtualRouters, List.of(), List.of(), admin, log, process);
  }

  /** The same with other backends. */
  public Configuration withBackends(List<BackendConfig> others) {
    return new Configuration(frontends, others, virtualRouters, tracks, hooks, admin, log, process);
  }

  /** The backend of that name, if there is one. */
  public Optional<BackendConfig> backend(String name) {
    return backends.stream().filter(backend -> backend.name().equals(name)).findFirst();
  }
}
