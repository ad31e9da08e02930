package dev.fairlead.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.HookConfig;
import dev.fairlead.config.TrackConfig.Key;
import dev.fairlead.config.TrackConfig.Kind;
import dev.fairlead.config.TrackedItem;
import dev.fairlead.config.TrackedItem.Effect;
import dev.fairlead.config.hocon.Json;
import dev.fairlead.daemon.access.AccessLogStatus;
import dev.fairlead.daemon.hook.HookResult;
import dev.fairlead.daemon.hook.HookStatus;
import dev.fairlead.daemon.track.ItemState;
import dev.fairlead.daemon.track.Standing.Health;
import dev.fairlead.lb.LoadBalancerSnapshot;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is tracked, and who was told, as people and scripts see it. */
class StatusViewTest {

  private static final long NOW = Duration.ofHours(1).toNanos();

  @Test
  void peopleSeeWhatFailedForHowLongAndWhy() {
    assertThat(StatusTable.render(report(), false))
        .contains(
            """
            TRACK           OF   STATE   FOR   WEIGHT  LAST RESULT
            script chk      vip  FAILED  7.0s  resign  exit status 1
            file drain      vip  FAILED  2.0s  x 1     -20
            interface eth1  vip  WELL    -     -5      up
            """,
            """
            HOOK  OF   STATE    LAST TOLD  AGO   LAST RESULT
            tell  vip  WAITING  MASTER     3.0s  exit status 2, "no route"
            mail  vip  IDLE     -          -     -
            """);
  }

  @Test
  void scriptsReadTheSame() {
    assertThat(Json.pretty(StatusJson.of(report())))
        .contains(
            "\"phase\" : \"WAITING\"",
            "\"superseded\" : 4",
            "\"detail\" : \"exit status 2, \\\"no route\\\"\"",
            "\"attempt\" : 2",
            "\"realtime\" : true",
            "\"memory_locked\" : false",
            "\"lost_buffer_full\" : 3",
            "\"event loops: 1, data path auto, drain on stop 7s\"",
            "\"target\" : \"syslog:/dev/log\"");
  }

  private static StatusReport report() {
    return new StatusReport(
        "1.2.3",
        77,
        StatusReport.Phase.RUNNING,
        Duration.ofMinutes(1),
        NOW,
        List.of(),
        Configurations.empty(Duration.ofSeconds(7)),
        Optional.empty(),
        new LoadBalancerSnapshot(
            List.of(),
            List.of(),
            List.of(),
            new LoadBalancerSnapshot.Resources(0, 0, 0, 0, 0, 0, 0, 0)),
        List.of(),
        List.of(),
        Map.of(),
        Map.of(),
        List.of(
            tracked(Kind.SCRIPT, "chk", new Effect.Resign(), false, 0, "exit status 1", 7),
            tracked(Kind.FILE, "drain", new Effect.Weight(1), true, -20, "-20", 2),
            new Tracks.TrackedBy(
                "vip",
                ItemState.link(
                    new TrackedItem(new Key(Kind.INTERFACE, "eth1"), new Effect.Weight(-5)),
                    true))),
        List.of(
            new HookStatus(
                "tell",
                "vip",
                HookStatus.Phase.WAITING,
                Optional.of(
                    new HookResult(
                        HookConfig.State.MASTER,
                        false,
                        2,
                        "exit status 2, \"no route\"",
                        Duration.ofMillis(5),
                        NOW - Duration.ofSeconds(3).toNanos())),
                Map.of(HookStatus.Count.SUPERSEDED, 4L),
                2,
                0),
            new HookStatus("mail", "vip", HookStatus.Phase.IDLE, Optional.empty(), Map.of(), 0, 0)),
        new Scheduling.State(true, false),
        List.of(),
        List.of(new AccessLogStatus("api", "syslog:/dev/log", 12, 3, 4, 5)));
  }

  private static Tracks.TrackedBy tracked(
      Kind kind,
      String name,
      Effect effect,
      boolean integer,
      int number,
      String detail,
      int seconds) {
    return new Tracks.TrackedBy(
        "vip",
        new ItemState(
            new TrackedItem(new Key(kind, name), effect),
            Health.FAILED,
            integer,
            number,
            detail,
            Duration.ofSeconds(seconds)));
  }
}
