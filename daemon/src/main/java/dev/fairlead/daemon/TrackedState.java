package dev.fairlead.daemon;

import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.Configuration;
import dev.fairlead.config.FrontendConfig;
import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.config.VirtualRouterConfig.Track;
import dev.fairlead.daemon.Tracking.Servers;
import dev.fairlead.daemon.Tracking.TrackedFrontend;
import dev.fairlead.health.Health;
import dev.fairlead.health.HealthChecker;
import dev.fairlead.lb.LoadBalancerSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Gathers what {@link Tracking} decides upon, from what the modules say of themselves. */
final class TrackedState {

  private TrackedState() {}

  /** The frontends that {@code track} names, as they are now. */
  static List<TrackedFrontend> frontends(
      Track track,
      Configuration configuration,
      LoadBalancerSnapshot snapshot,
      List<HealthChecker.Status> health) {
    List<TrackedFrontend> tracked = new ArrayList<>();
    for (FrontendConfig frontend : configuration.frontends()) {
      if (track.frontends().contains(frontend.name())) {
        Servers servers =
            configuration
                .backend(frontend.backend())
                .map(backend -> servers(backend, snapshot, health))
                .orElse(new Servers(0, 0, Duration.ZERO, 0));
        tracked.add(
            new TrackedFrontend(
                frontend.name(),
                isListening(frontend.name(), snapshot),
                frontend.backend(),
                servers));
      }
    }
    return tracked;
  }

  private static boolean isListening(String frontend, LoadBalancerSnapshot snapshot) {
    return snapshot.frontends().stream()
        .anyMatch(one -> one.name().equals(frontend) && !one.listeners().isEmpty());
  }

  private static Servers servers(
      BackendConfig backend, LoadBalancerSnapshot snapshot, List<HealthChecker.Status> health) {
    boolean unchecked = backend.check() instanceof HealthCheckConfig.Disabled;
    int usable = 0;
    int waiting = 0;
    Duration waitingFor = Duration.ZERO;
    for (ServerConfig written : backend.servers()) {
      ServerConfig server = inForce(written, backend.name(), snapshot);
      if (server.administrative() != ServerConfig.Administrative.READY || server.weight() == 0) {
        continue;
      }
      if (unchecked) {
        usable++;
        continue;
      }
      for (HealthChecker.Status status : health) {
        if (!status.backend().equals(backend.name()) || !status.server().equals(server.name())) {
          continue;
        }
        if (status.health() == Health.UP) {
          usable++;
        } else if (status.health() == Health.UNKNOWN) {
          waiting++;
          if (status.sinceChange().compareTo(waitingFor) > 0) {
            waitingFor = status.sinceChange();
          }
        }
      }
    }
    return new Servers(usable, waiting, waitingFor, backend.servers().size());
  }

  /** Operators may have changed it at run time. */
  private static ServerConfig inForce(
      ServerConfig written, String backend, LoadBalancerSnapshot snapshot) {
    return snapshot.backends().stream()
        .filter(one -> one.name().equals(backend))
        .flatMap(one -> one.servers().stream())
        .filter(one -> one.name().equals(written.name()))
        .map(LoadBalancerSnapshot.Server::config)
        .findFirst()
        .orElse(written);
  }
}
