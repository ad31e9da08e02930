package dev.fairlead.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.ServerConfig;
import dev.fairlead.lb.Adjustment;
import dev.fairlead.lb.Availability;
import dev.fairlead.lb.LoadBalancerSnapshot;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RaceStatusTest {

  @Test
  void whoIsAvoidedAndWhatIsStillToBeMovedHaveALineEach() {
    assertThat(RaceStatus.lines(backend(5, server("m1", true), server("m2", false))))
        .containsExactly(
            "m1: avoided, it keeps clients waiting (32 races lost, answers take 1.5 s)",
            "rebalancing: 5 sessions too many");
    assertThat(RaceStatus.lines(backend(0, server("m1", false)))).isEmpty();
  }

  @Test
  void everyNumberIsInTheJson() {
    Map<String, Object> backend = new TreeMap<>();
    RaceStatus.backend(backend, backend(24));
    assertThat(backend)
        .hasSize(2)
        .containsEntry("races", Map.of("connects", 21L, "client_hellos", 22L, "refused", 23L))
        .containsEntry("to_rebalance", 24);
    Map<String, Object> server = new TreeMap<>();
    RaceStatus.server(server, server("m1", true));
    assertThat(server)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "races_won",
                31L,
                "races_lost",
                32L,
                "hellos_retried",
                33L,
                "connect_delay_seconds",
                0.05,
                "hello_delay_seconds",
                0.25,
                "answer_seconds",
                1.5,
                "avoided",
                true,
                "rebalanced",
                34L));
  }

  private static LoadBalancerSnapshot.Backend backend(
      int toRebalance, LoadBalancerSnapshot.Server... servers) {
    return new LoadBalancerSnapshot.Backend(
        "api",
        List.of(servers),
        1,
        0,
        0,
        new LoadBalancerSnapshot.Queue(0, 0, 0, 0, 0, 0, 0),
        Optional.empty(),
        new LoadBalancerSnapshot.Races(21, 22, 23, toRebalance));
  }

  private static LoadBalancerSnapshot.Server server(String name, boolean avoided) {
    ServerConfig config =
        new ServerConfig(
            name,
            new InetSocketAddress("127.0.0.1", 6443),
            1,
            ServerConfig.Administrative.READY,
            Optional.empty());
    return new LoadBalancerSnapshot.Server(
        name,
        config,
        Availability.USABLE,
        4,
        17,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        new LoadBalancerSnapshot.Placement(1, 0, Adjustment.none(config)),
        new LoadBalancerSnapshot.Racing(31, 32, 33, 50_000_000, 250_000_000, 1_500, avoided, 34));
  }
}
