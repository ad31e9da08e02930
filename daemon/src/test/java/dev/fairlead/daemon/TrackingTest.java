package dev.fairlead.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.fairlead.config.TrackConfig.Key;
import dev.fairlead.config.TrackConfig.Kind;
import dev.fairlead.config.TrackedItem;
import dev.fairlead.config.TrackedItem.Effect;
import dev.fairlead.config.TrackedItem.Effect.Resign;
import dev.fairlead.config.TrackedItem.Effect.Weight;
import dev.fairlead.config.VirtualRouterConfig.Track;
import dev.fairlead.daemon.Tracking.Points;
import dev.fairlead.daemon.Tracking.Servers;
import dev.fairlead.daemon.Tracking.Stall;
import dev.fairlead.daemon.Tracking.TrackedFrontend;
import dev.fairlead.daemon.Tracking.Verdict;
import dev.fairlead.daemon.track.ItemState;
import dev.fairlead.daemon.track.Standing.Health;
import dev.fairlead.vrrp.Ability;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TrackingTest {

  private static final boolean LISTENING = true;
  private static final boolean CLOSED = false;
  private static final Track ONE_SERVER = new Track(List.of("api"), 1, Duration.ofMillis(1000));
  private static final Track TWO_SERVERS = new Track(List.of("api"), 2, Duration.ZERO);
  private static final Track LISTENER_ONLY = new Track(List.of("api"), 0, Duration.ZERO);

  private static final Verdict BEFORE_ABLE = new Verdict(Ability.ABLE, "");
  private static final Verdict BEFORE_LAST = new Verdict(Ability.LAST_RESORT, "");

  @ParameterizedTest(name = "{0}")
  @MethodSource("cells")
  void decides(
      String name,
      Track track,
      List<TrackedFrontend> frontends,
      long stallMillis,
      Verdict before,
      Ability ability,
      String reason) {
    Verdict verdict =
        Tracking.decide(
            track,
            frontends,
            Optional.of(new Stall("event-loop-1", Duration.ofMillis(stallMillis))),
            List.of(),
            before);
    assertThat(verdict).isEqualTo(new Verdict(ability, reason));
  }

  static Stream<Arguments> cells() {
    Verdict fresh = Tracking.STARTING;
    String well = "everything tracked is well";
    String waiting = "waiting for the first check of backend masters";
    return Stream.of(
        // usable, unchecked, unchecked for ms, total
        arguments(
            "one usable is enough", ONE_SERVER, api(1, 0, 0, 3), 0, fresh, Ability.ABLE, well),
        arguments(
            "one usable proves it, whoever is still unchecked",
            ONE_SERVER,
            api(1, 2, 500, 3),
            0,
            fresh,
            Ability.ABLE,
            well),
        arguments(
            "the address waits for the first result",
            ONE_SERVER,
            api(0, 3, 500, 3),
            0,
            fresh,
            Ability.UNABLE,
            waiting),
        arguments(
            "a reload that replaces all servers does not move the address",
            ONE_SERVER,
            api(0, 3, 500, 3),
            0,
            BEFORE_ABLE,
            Ability.ABLE,
            waiting),
        arguments(
            "nor does it make a last resort more than that",
            ONE_SERVER,
            api(0, 3, 500, 3),
            0,
            BEFORE_LAST,
            Ability.LAST_RESORT,
            waiting),
        arguments(
            "just before the limit it still waits",
            ONE_SERVER,
            api(0, 1, 9_999, 3),
            0,
            fresh,
            Ability.UNABLE,
            waiting),
        arguments(
            "at the limit somebody must hold the address",
            ONE_SERVER,
            api(0, 1, 10_000, 3),
            0,
            fresh,
            Ability.LAST_RESORT,
            "no usable server in backend masters"),
        arguments(
            "none usable",
            ONE_SERVER,
            api(0, 0, 0, 3),
            0,
            BEFORE_ABLE,
            Ability.LAST_RESORT,
            "no usable server in backend masters"),
        arguments(
            "one of two needed",
            TWO_SERVERS,
            api(1, 0, 0, 3),
            0,
            BEFORE_ABLE,
            Ability.LAST_RESORT,
            "only 1 of 3 servers usable in backend masters, needs 2"),
        arguments(
            "the unchecked one could be the second",
            TWO_SERVERS,
            api(1, 1, 0, 3),
            0,
            fresh,
            Ability.UNABLE,
            waiting),
        arguments(
            "the unchecked ones would not be enough",
            TWO_SERVERS,
            api(0, 1, 0, 3),
            0,
            fresh,
            Ability.LAST_RESORT,
            "no usable server in backend masters, needs 2"),
        arguments(
            "servers do not matter", LISTENER_ONLY, api(0, 0, 0, 3), 0, fresh, Ability.ABLE, well),
        arguments(
            "no listener",
            LISTENER_ONLY,
            List.of(frontend(CLOSED, 3, 0, 0, 3)),
            0,
            BEFORE_ABLE,
            Ability.UNABLE,
            "frontend api is not listening"),
        arguments(
            "a stall just within the limit",
            ONE_SERVER,
            api(1, 0, 0, 3),
            1000,
            fresh,
            Ability.ABLE,
            well),
        arguments(
            "a stall just beyond it",
            ONE_SERVER,
            api(1, 0, 0, 3),
            1001,
            BEFORE_ABLE,
            Ability.LAST_RESORT,
            "event loop event-loop-1 has not turned for more than 1.0 s"),
        arguments(
            "a stall that is not tracked",
            TWO_SERVERS,
            api(2, 0, 0, 3),
            60_000,
            fresh,
            Ability.ABLE,
            well),
        arguments(
            "a missing listener is graver than a stall",
            ONE_SERVER,
            List.of(frontend(CLOSED, 3, 0, 0, 3)),
            5000,
            BEFORE_ABLE,
            Ability.UNABLE,
            "frontend api is not listening"),
        arguments(
            "of two frontends the worse one decides",
            ONE_SERVER,
            List.of(frontend(LISTENING, 3, 0, 0, 3), frontend(LISTENING, 0, 0, 0, 3)),
            0,
            BEFORE_ABLE,
            Ability.LAST_RESORT,
            "no usable server in backend masters"),
        arguments("nothing tracked", ONE_SERVER, List.of(), 0, fresh, Ability.ABLE, well));
  }

  // ---- beside Fairlead itself ----

  @Test
  void aFailedItemThatResignsMakesTheNodeTheLastResort() {
    assertThat(decide(item(new Resign(), Health.WELL)).ability()).isEqualTo(Ability.ABLE);
    assertThat(decide(item(new Resign(), Health.FAILED)))
        .isEqualTo(new Verdict(Ability.LAST_RESORT, "script chk failed (exit status 1)"));
  }

  @Test
  void anItemThatHasNotBeenLookedAtIsWaitedForButNotForEver() {
    ItemState fresh = item(new Resign(), Health.UNKNOWN, 9_999);
    assertThat(decide(fresh))
        .isEqualTo(new Verdict(Ability.UNABLE, "waiting for the first result of script chk"));
    assertThat(decide(item(new Resign(), Health.UNKNOWN, 10_000)).ability())
        .isEqualTo(Ability.LAST_RESORT);
    // A weight is no reason to wait.
    assertThat(decide(item(new Weight(-5), Health.UNKNOWN, 0)).ability()).isEqualTo(Ability.ABLE);
  }

  @Test
  void negativePointsCountWhileItFailsPositiveOnesWhileItIsWell() {
    assertThat(points(item(new Weight(-20), Health.WELL))).isZero();
    assertThat(points(item(new Weight(-20), Health.FAILED))).isEqualTo(-20);
    assertThat(points(item(new Weight(-20), Health.UNKNOWN))).isZero();
    assertThat(points(item(new Weight(20), Health.WELL))).isEqualTo(20);
    assertThat(points(item(new Weight(20), Health.FAILED))).isZero();
    assertThat(points(item(new Weight(20), Health.UNKNOWN))).isZero();
    assertThat(points(item(new Resign(), Health.FAILED))).isZero();
    assertThat(decide(item(new Weight(-20), Health.FAILED)).ability()).isEqualTo(Ability.ABLE);
  }

  @Test
  void theNumberInAFileIsMultipliedAndALowOneResigns() {
    assertThat(points(number(new Weight(1), -20))).isEqualTo(-20);
    assertThat(points(number(new Weight(-2), 7))).isEqualTo(-14);
    assertThat(points(number(new Weight(253), 253))).isEqualTo(254);
    assertThat(decide(number(new Weight(1), -253)).ability()).isEqualTo(Ability.ABLE);
    assertThat(decide(number(new Weight(1), -254)).ability()).isEqualTo(Ability.LAST_RESORT);
    assertThat(decide(number(new Weight(2), -127)).ability()).isEqualTo(Ability.LAST_RESORT);
    assertThat(decide(number(new Resign(), 1)).ability()).isEqualTo(Ability.LAST_RESORT);
    assertThat(decide(number(new Resign(), 0)).ability()).isEqualTo(Ability.ABLE);
  }

  @Test
  void pointsAddUpAndSayWhy() {
    assertThat(
            Tracking.points(
                List.of(
                    item(new Weight(-20), Health.FAILED),
                    number(new Weight(1), 5),
                    item(new Weight(-1), Health.WELL))))
        .isEqualTo(
            new Points(-15, "script chk failed (exit status 1): -20; file drain failed (5): +5"));
    assertThat(Tracking.points(List.of())).isEqualTo(Points.NONE);
  }

  private static Verdict decide(ItemState item) {
    return Tracking.decide(
        ONE_SERVER, api(1, 0, 0, 1), Optional.empty(), List.of(item), Tracking.STARTING);
  }

  private static int points(ItemState item) {
    return Tracking.points(List.of(item)).points();
  }

  private static ItemState item(Effect effect, Health health) {
    return item(effect, health, 0);
  }

  private static ItemState item(Effect effect, Health health, long sinceMillis) {
    return new ItemState(
        new TrackedItem(new Key(Kind.SCRIPT, "chk"), effect),
        health,
        false,
        0,
        health == Health.FAILED ? "exit status 1" : "",
        Duration.ofMillis(sinceMillis));
  }

  private static ItemState number(Effect effect, int number) {
    return new ItemState(
        new TrackedItem(new Key(Kind.FILE, "drain"), effect),
        number == 0 ? Health.WELL : Health.FAILED,
        true,
        number,
        String.valueOf(number),
        Duration.ZERO);
  }

  private static List<TrackedFrontend> api(
      int usable, int unchecked, long uncheckedMillis, int total) {
    return List.of(frontend(LISTENING, usable, unchecked, uncheckedMillis, total));
  }

  private static TrackedFrontend frontend(
      boolean listening, int usable, int unchecked, long uncheckedMillis, int total) {
    return new TrackedFrontend(
        "api",
        listening,
        "masters",
        new Servers(usable, unchecked, Duration.ofMillis(uncheckedMillis), total));
  }
}
