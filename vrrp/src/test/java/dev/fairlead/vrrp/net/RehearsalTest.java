package dev.fairlead.vrrp.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.vrrp.Rehearsal;
import dev.fairlead.vrrp.State;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class RehearsalTest {

  static Stream<VirtualRouterConfig> routers() {
    return Stream.of(
        Routers.version2(100, "10.99.0.100/24"),
        Routers.version3(80, "10.99.0.100/24"),
        Routers.unicast(1, "10.99.0.12", "10.99.0.100/24"),
        Routers.version3(100, "fe80::51/64", "fd00:99::100/64"));
  }

  /** If what is made up were refused, the last two would not happen, and nothing be rehearsed. */
  @ParameterizedTest
  @MethodSource("routers")
  void goesThroughEveryStateAndYieldsToAMadeUpSuccessor(VirtualRouterConfig router) {
    assertThat(Rehearsal.run(router))
        .extracting(state -> (Object) state.getClass())
        .containsSubsequence(
            State.Backup.class,
            State.Master.class,
            State.Resigning.class,
            State.Initialize.class,
            State.Backup.class,
            State.Master.class);
  }
}
