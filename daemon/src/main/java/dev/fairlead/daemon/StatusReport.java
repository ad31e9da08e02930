package dev.fairlead.daemon;

import dev.fairlead.config.Configuration;
import dev.fairlead.daemon.access.AccessLogStatus;
import dev.fairlead.daemon.hook.HookStatus;
import dev.fairlead.daemon.names.Names;
import dev.fairlead.health.HealthChecker;
import dev.fairlead.lb.LoadBalancerSnapshot;
import dev.fairlead.vrrp.net.VirtualRouterStatus;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The whole process at one moment, gathered on the control loop, rendered elsewhere.
 *
 * @param takenAtNanos {@code System.nanoTime()} of that moment
 * @param configuration what is in force, which the files need not be any more
 * @param verdicts what tracking has decided for each virtual router, by name
 * @param points what it adds to their priorities
 * @param tracked what they track beside Fairlead itself
 * @param hooks who is told of their changes
 * @param scheduling how this process runs
 * @param names of servers, and what they stand for
 * @param accessLogs of frontends that have one
 */
record StatusReport(
    String version,
    long pid,
    Phase phase,
    Duration uptime,
    long takenAtNanos,
    List<Path> files,
    Configuration configuration,
    Optional<LastReload> lastReload,
    LoadBalancerSnapshot loadBalancer,
    List<HealthChecker.Status> health,
    List<VirtualRouterStatus> virtualRouters,
    Map<String, Tracking.Verdict> verdicts,
    Map<String, Tracking.Points> points,
    List<Tracks.TrackedBy> tracked,
    List<HookStatus> hooks,
    Scheduling.State scheduling,
    List<Names.Status> names,
    List<AccessLogStatus> accessLogs) {

  /** Where the process is in its life. */
  enum Phase {
    STARTING,
    RUNNING,
    /** Handing over, draining. */
    STOPPING
  }

  /** The last reload since start. */
  record LastReload(boolean succeeded, String sentence, long atNanos) {}

  /** What health knows of a server; empty when it is not checked. */
  Optional<HealthChecker.Status> health(String backend, String server) {
    return health.stream()
        .filter(status -> status.backend().equals(backend) && status.server().equals(server))
        .findFirst();
  }
}
