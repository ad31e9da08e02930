package dev.fairlead.daemon;

import dev.fairlead.config.AdminConfig;
import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.config.ListenerConfig;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.config.TrackConfig;
import dev.fairlead.config.TrackedItem;
import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.daemon.Participant.Prepared;
import dev.fairlead.daemon.Participant.RefusedException;
import dev.fairlead.daemon.admin.AdminHttp;
import dev.fairlead.daemon.admin.Page;
import dev.fairlead.daemon.hook.Hooks;
import dev.fairlead.daemon.metrics.CheckCounters;
import dev.fairlead.daemon.track.NodeTracks;
import dev.fairlead.health.HealthChecker;
import dev.fairlead.lb.Availability;
import dev.fairlead.lb.ListenException;
import dev.fairlead.lb.LoadBalancer;
import dev.fairlead.vrrp.net.VirtualRouters;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;

/** How each module follows the configuration. */
final class Participants {

  private Participants() {}

  static Participant listeners(ServiceLoop control, LoadBalancer loadBalancer) {
    return next -> {
      LoadBalancer.Change change =
          call(
              control,
              () -> {
                try {
                  return loadBalancer.prepare(next);
                } catch (ListenException e) {
                  throw new RefusedException(List.of(String.valueOf(e.getMessage())));
                }
              });
      return prepared(change::commit, change::abort);
    };
  }

  static Participant election(ServiceLoop control, VirtualRouters virtualRouters) {
    return next -> {
      List<String> problems = call(control, () -> virtualRouters.problems(next.virtualRouters()));
      if (!problems.isEmpty()) {
        throw new RefusedException(problems);
      }
      return () -> virtualRouters.apply(next.virtualRouters());
    };
  }

  static Participant scheduling(Scheduling scheduling) {
    return next -> () -> scheduling.apply(next.process());
  }

  /** What is tracked by nobody is not looked at. */
  static Participant tracks(NodeTracks tracks) {
    return next -> {
      List<String> problems = Privileges.programProblems(next);
      if (!problems.isEmpty()) {
        throw new RefusedException(problems);
      }
      Set<TrackConfig.Key> tracked =
          next.virtualRouters().stream()
              .flatMap(router -> router.track().items().stream())
              .map(TrackedItem::key)
              .collect(Collectors.toSet());
      List<TrackConfig> wanted =
          next.tracks().stream().filter(track -> tracked.contains(track.key())).toList();
      return () -> tracks.apply(wanted);
    };
  }

  static Participant hooks(Hooks hooks) {
    return next ->
        () ->
            hooks.apply(
                next.hooks(),
                next.virtualRouters().stream().map(VirtualRouterConfig::name).toList());
  }

  static Participant checks(
      HealthChecker healthChecker, LoadBalancer loadBalancer, CheckCounters counters) {
    return next ->
        () -> {
          // The listeners have committed before: what operators have changed still holds, or not.
          healthChecker.apply(next.backends().stream().map(loadBalancer::adjusted).toList());
          Set<CheckCounters.Key> known = new HashSet<>();
          for (BackendConfig backend : next.backends()) {
            boolean unchecked = backend.check() instanceof HealthCheckConfig.Disabled;
            for (ServerConfig server : backend.servers()) {
              known.add(new CheckCounters.Key(backend.name(), server.name()));
              if (unchecked) {
                // What checks have found before they were switched off no longer counts.
                loadBalancer.availability(backend.name(), server.name(), Availability.USABLE);
              }
            }
          }
          counters.retain(known);
        };
  }

  /**
   * @param metrics served where {@code admin.metrics} says
   * @param probes served where {@code admin.probes} says; may be the same listener
   */
  static Participant adminListeners(AdminHttp http, List<Page> metrics, List<Page> probes) {
    return next -> {
      Map<ListenerConfig, List<Page>> wanted = new HashMap<>();
      AdminConfig admin = next.admin();
      Function<ListenerConfig, List<Page>> none = absent -> new ArrayList<>();
      admin.metrics().ifPresent(at -> wanted.computeIfAbsent(at, none).addAll(metrics));
      admin.probes().ifPresent(at -> wanted.computeIfAbsent(at, none).addAll(probes));
      try {
        AdminHttp.Change change = http.prepare(wanted);
        return prepared(change::commit, change::abort);
      } catch (IOException e) {
        throw new RefusedException(List.of(String.valueOf(e.getMessage())));
      }
    };
  }

  private static Prepared prepared(Runnable commit, Runnable abort) {
    return new Prepared() {
      @Override
      public void commit() {
        commit.run();
      }

      @Override
      public void abort() {
        abort.run();
      }
    };
  }

  private static <T> T call(ServiceLoop control, Callable<T> task) throws RefusedException {
    try {
      return control.call(task);
    } catch (RefusedException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
