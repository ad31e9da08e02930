package dev.fairlead.config;

import java.util.ArrayList;
import java.util.List;

/** A backend's {@link RaceConfig} and {@link RebalanceConfig} in words. */
final class RaceText {

  private RaceText() {}

  static List<String> lines(BackendConfig backend) {
    List<String> lines = new ArrayList<>();
    RaceConfig race = backend.placement().race();
    if (backend.servers().size() > 1) {
      lines.add(
          switch (race.mode()) {
            case OFF -> "a server that does not answer is waited for";
            case CONNECT -> "a connect " + unanswered(race);
            case CLIENT_HELLO -> "a connect or a TLS ClientHello " + unanswered(race);
          });
      if (race.connects() && !race.avoid().isZero()) {
        lines.add(
            "who loses a race%s gets no new connections for %s to %s"
                .formatted(
                    race.slowAnswer().isZero()
                        ? ""
                        : ", or answers much later than others and after more than "
                            + DurationText.of(race.slowAnswer()),
                    DurationText.of(race.avoid()),
                    DurationText.of(race.avoidMax())));
      }
    }
    RebalanceConfig rebalance = backend.placement().rebalance();
    if (rebalance.isOn()) {
      lines.add(
          "after a recovery: %d sessions per second are closed on servers with %d%% more than their"
                  .formatted(rebalance.rate(), Math.round(100 * rebalance.tolerance()))
              + " share, if older than %s and idle for %s"
                  .formatted(
                      DurationText.of(rebalance.minAge()), DurationText.of(rebalance.minIdle())));
    }
    return lines;
  }

  private static String unanswered(RaceConfig race) {
    return "not answered within %s to %s goes to another server, too; %d servers at most, %d%% of"
            .formatted(
                DurationText.of(race.minDelay()),
                DurationText.of(race.maxDelay()),
                race.servers(),
                Math.round(100 * race.budget()))
        + " connections in vain";
  }
}
