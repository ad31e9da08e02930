package dev.fairlead.daemon.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.AdminConfig;
import dev.fairlead.config.Configuration;
import dev.fairlead.config.DataPath;
import dev.fairlead.config.HookConfig;
import dev.fairlead.config.ListenerConfig;
import dev.fairlead.config.LogConfig;
import dev.fairlead.config.ProcessConfig;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.config.TrackConfig;
import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.daemon.access.AccessLogStatus;
import dev.fairlead.daemon.hook.HookResult;
import dev.fairlead.daemon.hook.HookStatus;
import dev.fairlead.daemon.names.Names;
import dev.fairlead.daemon.track.Look;
import dev.fairlead.daemon.track.Standing;
import dev.fairlead.daemon.track.TrackStatus;
import dev.fairlead.health.AgentAdvice;
import dev.fairlead.health.CheckResult;
import dev.fairlead.health.Health;
import dev.fairlead.health.HealthChecker;
import dev.fairlead.lb.Adjustment;
import dev.fairlead.lb.Availability;
import dev.fairlead.lb.LoadBalancerSnapshot;
import dev.fairlead.lb.Rejection;
import dev.fairlead.lb.SessionEnd;
import dev.fairlead.vrrp.net.VirtualRouterStatus;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MetricsTest {

  private final Metrics metrics = new Metrics("1.2.3");
  private final CheckCounters checks = new CheckCounters();

  @Test
  void isValidExpositionText() {
    checks.checked("api", "m\"1\\", result(CheckResult.Outcome.OK));
    ExpositionFormat format = scrape(view("m\"1\\", "m2"));
    assertThat(format.errors).isEmpty();
    assertThat(format.series).hasSizeGreaterThan(60);
  }

  @Test
  void showsWhatTheModulesCount() {
    checks.checked("api", "m1", result(CheckResult.Outcome.OK));
    checks.checked("api", "m1", result(CheckResult.Outcome.CONNECT_TIMEOUT));
    assertThat(scrape(view("m1", "m2")).series)
        .containsEntry("fairlead_frontend_connections_total{frontend=\"front\"}", 17.0)
        .containsEntry("fairlead_frontend_bytes_in_total{frontend=\"front\"}", 1e12)
        .containsEntry(
            "fairlead_session_ends_total{frontend=\"front\",reason=\"client_reset\"}", 3.0)
        .containsEntry(
            "fairlead_frontend_rejected_total{frontend=\"front\",reason=\"denied\"}", 4.0)
        .containsEntry("fairlead_source_table_used{frontend=\"front\"}", 5.0)
        .containsEntry("fairlead_source_table_evicted_total{frontend=\"front\"}", 6.0)
        .containsEntry("fairlead_source_table_untracked_total{frontend=\"front\"}", 7.0)
        .containsEntry("fairlead_sessions", 5.0)
        .containsEntry("fairlead_server_sessions{backend=\"api\",server=\"m1\"}", 4.0)
        .containsEntry("fairlead_server_state{backend=\"api\",server=\"m1\",state=\"up\"}", 1.0)
        .containsEntry("fairlead_server_state{backend=\"api\",server=\"m1\",state=\"dead\"}", 0.0)
        .containsEntry(
            "fairlead_check_results_total{backend=\"api\",outcome=\"connect_timeout\",server=\"m1\"}",
            1.0)
        .containsEntry("fairlead_server_weight{backend=\"api\",server=\"m1\"}", 8.0)
        .containsEntry("fairlead_server_effective_weight{backend=\"api\",server=\"m1\"}", 2.5)
        .containsEntry("fairlead_server_backup{backend=\"api\",server=\"m1\"}", 1.0)
        .containsEntry("fairlead_server_max_connections{backend=\"api\",server=\"m1\"}", 60.0)
        .containsEntry("fairlead_server_queue_waiting{backend=\"api\",server=\"m1\"}", 1.0)
        .containsEntry("fairlead_backend_max_connections{backend=\"api\"}", 100.0)
        .containsEntry("fairlead_backend_queue_size{backend=\"api\"}", 50.0)
        .containsEntry("fairlead_backend_queue_waiting{backend=\"api\"}", 3.0)
        .containsEntry("fairlead_backend_races_total{backend=\"api\",of=\"connect\"}", 21.0)
        .containsEntry("fairlead_backend_races_total{backend=\"api\",of=\"client_hello\"}", 22.0)
        .containsEntry("fairlead_backend_races_refused_total{backend=\"api\"}", 23.0)
        .containsEntry("fairlead_backend_rebalance_sessions{backend=\"api\"}", 24.0)
        .containsEntry("fairlead_server_races_won_total{backend=\"api\",server=\"m1\"}", 31.0)
        .containsEntry("fairlead_server_races_lost_total{backend=\"api\",server=\"m1\"}", 32.0)
        .containsEntry("fairlead_server_hellos_retried_total{backend=\"api\",server=\"m1\"}", 33.0)
        .containsEntry("fairlead_server_connect_delay_seconds{backend=\"api\",server=\"m1\"}", 0.05)
        .containsEntry("fairlead_server_hello_delay_seconds{backend=\"api\",server=\"m1\"}", 0.25)
        .containsEntry("fairlead_server_answer_seconds{backend=\"api\",server=\"m1\"}", 1.5)
        .containsEntry("fairlead_server_avoided{backend=\"api\",server=\"m1\"}", 1.0)
        .containsEntry("fairlead_server_rebalanced_total{backend=\"api\",server=\"m1\"}", 34.0)
        .containsEntry("fairlead_backend_queued_total{backend=\"api\"}", 20.0)
        .containsEntry("fairlead_backend_queue_ends_total{backend=\"api\",reason=\"refused\"}", 4.0)
        .containsEntry("fairlead_backend_queue_ends_total{backend=\"api\",reason=\"timeout\"}", 5.0)
        .containsEntry("fairlead_backend_queue_ends_total{backend=\"api\",reason=\"left\"}", 6.0)
        .containsEntry("fairlead_stick_table_size{backend=\"api\"}", 1000.0)
        .containsEntry("fairlead_stick_table_used{backend=\"api\"}", 70.0)
        .containsEntry("fairlead_stick_table_bytes{backend=\"api\"}", 24_000.0)
        .containsEntry("fairlead_stick_table_lookups_total{backend=\"api\",result=\"hit\"}", 80.0)
        .containsEntry("fairlead_stick_table_lookups_total{backend=\"api\",result=\"miss\"}", 9.0)
        .containsEntry(
            "fairlead_stick_table_lookups_total{backend=\"api\",result=\"redispatch\"}", 10.0)
        .containsEntry(
            "fairlead_stick_table_forgotten_total{backend=\"api\",reason=\"evicted\"}", 11.0)
        .containsEntry(
            "fairlead_stick_table_forgotten_total{backend=\"api\",reason=\"expired\"}", 12.0)
        .containsEntry("fairlead_check_duration_seconds_count{backend=\"api\",server=\"m1\"}", 2.0)
        .containsEntry("fairlead_check_duration_seconds_sum{backend=\"api\",server=\"m1\"}", 0.5)
        .containsEntry("fairlead_vrrp_state{router=\"vip\",state=\"master\"}", 1.0)
        .containsEntry("fairlead_vrrp_transitions_total{router=\"vip\",state=\"master\"}", 2.0)
        .containsEntry(
            "fairlead_vrrp_advertisements_sent_total{kind=\"normal\",router=\"vip\"}", 9.0)
        .containsEntry("fairlead_vrrp_rejected_total{reason=\"bad_ttl\",router=\"vip\"}", 7.0)
        .containsEntry("fairlead_event_loop_lag_seconds{loop=\"control\"}", 0.002)
        .containsEntry("fairlead_event_loop_io_uring{loop=\"relay-0\"}", 1.0)
        .containsEntry("fairlead_reloads_total{result=\"failed\"}", 1.0)
        .containsEntry("fairlead_build_info{version=\"1.2.3\"}", 1.0)
        .containsEntry("fairlead_track_state{kind=\"script\",name=\"chk\",state=\"failed\"}", 1.0)
        .containsEntry(
            "fairlead_track_results_total{kind=\"script\",name=\"chk\",outcome=\"timed_out\"}", 3.0)
        .containsEntry("fairlead_track_duration_seconds_count{kind=\"script\",name=\"chk\"}", 4.0)
        .containsEntry(
            "fairlead_hook_events_total{hook=\"tell\",result=\"superseded\",router=\"vip\"}", 4.0)
        .containsEntry("fairlead_hook_last_succeeded{hook=\"tell\",router=\"vip\"}", 0.0)
        .containsEntry("fairlead_hook_busy{hook=\"tell\",router=\"vip\"}", 1.0)
        .containsEntry("fairlead_realtime", 1.0)
        .containsEntry("fairlead_memory_locked", 0.0)
        .containsKey("process_cpu_seconds_total")
        .containsKey("process_resident_memory_bytes")
        .containsKey("process_open_fds");
  }

  @Test
  void countersFollowTheModulesAndNeverTheScrape() {
    scrape(view("m1", "m2"));
    assertThat(scrape(view("m1", "m2")).series)
        .containsEntry("fairlead_frontend_connections_total{frontend=\"front\"}", 17.0);
  }

  @Test
  void aServerThatIsRemovedDisappearsAndMayComeBack() {
    checks.checked("api", "m2", result(CheckResult.Outcome.OK));
    assertThat(scrape(view("m1", "m2")).series.keySet()).anyMatch(key -> key.contains("\"m2\""));
    checks.retain(Set.of(new CheckCounters.Key("api", "m1")));
    assertThat(scrape(view("m1")).series.keySet()).noneMatch(key -> key.contains("\"m2\""));
    ExpositionFormat again = scrape(view("m1", "m2"));
    assertThat(again.errors).isEmpty();
    assertThat(again.series.keySet()).anyMatch(key -> key.contains("\"m2\""));
  }

  @Test
  void openMetricsWhenItIsAskedFor() {
    Metrics.Exposition exposition =
        metrics.scrape(view("m1"), "application/openmetrics-text; version=1.0.0, text/plain");
    assertThat(exposition.contentType()).startsWith("application/openmetrics-text");
    assertThat(exposition.text()).endsWith("# EOF\n");
  }

  private ExpositionFormat scrape(Metrics.View view) {
    Metrics.Exposition exposition = metrics.scrape(view, "text/plain");
    assertThat(exposition.contentType()).isEqualTo(Metrics.TEXT);
    return new ExpositionFormat(exposition.text());
  }

  private Metrics.View view(String... servers) {
    return new Metrics.View(
        new LoadBalancerSnapshot(
            List.of(
                new LoadBalancerSnapshot.Frontend(
                    "front",
                    List.of(new ListenerConfig("*", 8443)),
                    true,
                    5,
                    0,
                    17,
                    0,
                    0,
                    1_000_000_000_000L,
                    2,
                    Map.of(SessionEnd.CLIENT_RESET, 3L),
                    Map.of(Rejection.DENIED, 4L),
                    Optional.of(new LoadBalancerSnapshot.Sources(64, 5, 6, 7)))),
            List.of(
                new LoadBalancerSnapshot.Backend(
                    "api",
                    List.of(servers).stream().map(MetricsTest::server).toList(),
                    1,
                    0,
                    0,
                    new LoadBalancerSnapshot.Queue(100, 50, 3, 20, 4, 5, 6),
                    Optional.of(
                        new LoadBalancerSnapshot.Stick(1000, 70, 24_000, 80, 9, 10, 11, 12, true)),
                    new LoadBalancerSnapshot.Races(21, 22, 23, 24))),
            List.of(new LoadBalancerSnapshot.Loop("relay-0", 5, 1_000_000, 0, DataPath.IO_URING)),
            new LoadBalancerSnapshot.Resources(5, 10, 0, 2, 7, 1, 3, 4)),
        List.of(servers).stream()
            .map(server ->
                new HealthChecker.Status(
                    "api", server, Health.UP, null, 1, Duration.ofSeconds(1), AgentAdvice.NONE))
            .toList(),
        checks.totals(),
        List.of(router()),
        List.of(new Metrics.LoopLag("control", 2_000_000)),
        12.5,
        new Configuration(
            List.of(),
            List.of(),
            List.of(),
            new AdminConfig(Optional.empty(), Optional.empty(), Path.of("/run/x")),
            new LogConfig(LogConfig.Format.HUMAN, LogConfig.Level.INFO),
            new ProcessConfig(1, Duration.ofSeconds(5))),
        Map.of(false, 1L),
        0,
        List.of(
            new TrackStatus(
                new TrackConfig.Key(TrackConfig.Kind.SCRIPT, "chk"),
                new Standing(Standing.Health.FAILED, 0, 0, 0),
                null,
                Map.of(Look.Outcome.TIMED_OUT, 3L, Look.Outcome.GOOD, 1L),
                2_000_000_000L)),
        List.of(
            new HookStatus(
                "tell",
                "vip",
                HookStatus.Phase.WAITING,
                Optional.of(
                    new HookResult(
                        HookConfig.State.MASTER,
                        false,
                        1,
                        "exit status 1",
                        Duration.ofSeconds(1),
                        0)),
                Map.of(HookStatus.Count.SUPERSEDED, 4L),
                5,
                1_000_000_000L)),
        true,
        false,
        List.of(new Names.Status("api", "api.test", List.of("10.0.0.1", "10.0.0.2"), 9, 4, "")),
        List.of(new AccessLogStatus("api", "stdout", 12, 3, 4, 5)));
  }

  private static LoadBalancerSnapshot.Server server(String name) {
    ServerConfig config =
        new ServerConfig(
            name,
            new InetSocketAddress("127.0.0.1", 6443),
            8,
            ServerConfig.Administrative.READY,
            Optional.empty(),
            true,
            60,
            Optional.empty());
    return new LoadBalancerSnapshot.Server(
        name,
        config,
        Availability.USABLE,
        4,
        17,
        0,
        0,
        18,
        0,
        1_000_000,
        0,
        0,
        new LoadBalancerSnapshot.Placement(2.5, 1, Adjustment.none(config)),
        new LoadBalancerSnapshot.Racing(31, 32, 33, 50_000_000, 250_000_000, 1_500, true, 34));
  }

  private static VirtualRouterStatus router() {
    return new VirtualRouterStatus(
        new VirtualRouterConfig(
            "vip",
            "eth0",
            false,
            100,
            VirtualRouterConfig.Election.of(100),
            new VirtualRouterConfig.Wire(
                2,
                Duration.ofSeconds(1),
                new VirtualRouterConfig.Transport.Multicast(),
                Optional.empty(),
                Optional.empty()),
            List.of(),
            VirtualRouterConfig.GratuitousArp.DEFAULT,
            VirtualRouterConfig.DeadMan.DEFAULT,
            true,
            new VirtualRouterConfig.Track(List.of(), 1, Duration.ZERO)),
        VirtualRouterStatus.State.MASTER,
        0,
        100,
        "10.0.0.1",
        "10.0.0.2",
        false,
        "",
        Map.of(VirtualRouterStatus.State.MASTER, 2L),
        Map.of("normal", 9L),
        Map.of(),
        Map.of("bad_ttl", 7L),
        10,
        3,
        true,
        "address lifetime 2 s");
  }

  private static CheckResult result(CheckResult.Outcome outcome) {
    return new CheckResult(outcome, "", 0, Duration.ofMillis(250));
  }
}
