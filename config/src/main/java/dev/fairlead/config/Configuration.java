package dev.fairlead.config;

import java.util.List;
import java.util.Optional;

/**
 * Everything one Fairlead process is asked to do. Names are unique within each list.
 *
 * @param frontends where clients connect, and the backend each leads to
 * @param backends named groups of servers
 * @param virtualRouters empty when this node holds no virtual IP
 */
public record Configuration(
    List<FrontendConfig> frontends,
    List<BackendConfig> backends,
    List<VirtualRouterConfig> virtualRouters,
    AdminConfig admin,
    LogConfig log,
    ProcessConfig process) {

  public Configuration {
    frontends = List.copyOf(frontends);
    backends = List.copyOf(backends);
    virtualRouters = List.copyOf(virtualRouters);
  }

  /** The backend of that name, if there is one. */
  public Optional<BackendConfig> backend(String name) {
    return backends.stream().filter(backend -> backend.name().equals(name)).findFirst();
  }
}
