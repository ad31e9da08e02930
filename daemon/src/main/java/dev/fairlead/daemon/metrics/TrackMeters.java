package dev.fairlead.daemon.metrics;

import dev.fairlead.config.TrackConfig;
import dev.fairlead.daemon.hook.HookStatus;
import dev.fairlead.daemon.track.Look;
import dev.fairlead.daemon.track.Standing.Health;
import dev.fairlead.daemon.track.TrackStatus;
import java.util.List;
import java.util.Locale;

/** The meters of what virtual routers track, and of who is told of their changes. */
final class TrackMeters {

  private TrackMeters() {}

  static void tracks(Meters meters, List<TrackStatus> tracks) {
    for (TrackStatus track : tracks) {
      String kind = label(track.key().kind());
      String name = track.key().name();
      for (Health health : Health.values()) {
        meters.gauge(
            "fairlead.track.state",
            "1 for the state that looks have found the tracked thing in.",
            track.standing().health() == health ? 1 : 0,
            "kind",
            kind,
            "name",
            name,
            "state",
            label(health));
      }
      if (track.key().kind() == TrackConfig.Kind.INTERFACE) {
        continue;
      }
      meters.gauge(
          "fairlead.track.number",
          "The number in a tracked file.",
          track.standing().number(),
          "kind",
          kind,
          "name",
          name);
      for (Look.Outcome outcome : Look.Outcome.values()) {
        meters.counter(
            "fairlead.track.results",
            "Looks at tracked things, by how they ended.",
            track.looks().getOrDefault(outcome, 0L),
            "kind",
            kind,
            "name",
            name,
            "outcome",
            label(outcome));
      }
      meters.summary(
          "fairlead.track.duration.seconds",
          "Time that looks took.",
          track.looks().values().stream().mapToLong(Long::longValue).sum(),
          track.lookNanos(),
          "kind",
          kind,
          "name",
          name);
    }
  }

  static void hooks(Meters meters, List<HookStatus> hooks) {
    for (HookStatus hook : hooks) {
      for (HookStatus.Count count : HookStatus.Count.values()) {
        meters.counter(
            "fairlead.hook.events",
            "Changes of state to be told, by what became of it.",
            hook.counts().getOrDefault(count, 0L),
            "hook",
            hook.hook(),
            "router",
            hook.router(),
            "result",
            label(count));
      }
      meters.gauge(
          "fairlead.hook.last.succeeded",
          "1 if the last attempt succeeded, or none was made.",
          hook.last().isEmpty() || hook.last().get().succeeded() ? 1 : 0,
          "hook",
          hook.hook(),
          "router",
          hook.router());
      meters.gauge(
          "fairlead.hook.busy",
          "1 while somebody is being told, or will be told again.",
          hook.phase() == HookStatus.Phase.IDLE ? 0 : 1,
          "hook",
          hook.hook(),
          "router",
          hook.router());
      meters.summary(
          "fairlead.hook.duration.seconds",
          "Time that attempts took.",
          hook.attempts(),
          hook.attemptNanos(),
          "hook",
          hook.hook(),
          "router",
          hook.router());
    }
  }

  private static String label(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
