package dev.fairlead.config.hocon;

import dev.fairlead.config.BackendConfig.Balance;
import dev.fairlead.config.DurationText;
import dev.fairlead.config.RaceConfig;
import dev.fairlead.config.RaceConfig.Mode;
import dev.fairlead.config.RebalanceConfig;
import java.time.Duration;
import java.util.List;

/** Reads what happens while a server does not answer, and after one has come back. */
final class RaceReader {

  private static final Duration MILLISECOND = Duration.ofMillis(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration DAY = Duration.ofDays(1);

  private final Section race;
  private final Section rebalance;

  private final boolean isTemplate;

  /**
   * @param isTemplate whether these are the defaults: what has no effect there may elsewhere
   */
  RaceReader(Section backend, boolean isTemplate) {
    this.isTemplate = isTemplate;
    this.race = backend.child("race", "mode");
    this.rebalance = backend.child("rebalance", "rate");
  }

  RaceConfig race() {
    Mode mode = race.choice("mode", Scalars.words(Mode.values()));
    Duration minDelay = race.duration("min-delay", MILLISECOND, Duration.ofMinutes(1));
    Duration maxDelay = race.duration("max-delay", MILLISECOND, Duration.ofMinutes(1));
    int servers = race.integer("servers", 2, 8);
    double budget = race.value("budget", value -> Scalars.share(value, 1));
    Duration avoid = race.durationOrZero("avoid", MILLISECOND, HOUR, "not at all");
    Duration avoidMax = race.duration("avoid-max", MILLISECOND, HOUR);
    Duration slowAnswer = race.durationOrZero("slow-answer", MILLISECOND, HOUR, "not timed");
    race.rejectUnknown();
    atLeast("max-delay", maxDelay, "min-delay", minDelay);
    atLeast("avoid-max", avoidMax, "avoid", avoid);
    if (mode == Mode.OFF && !isTemplate) {
      for (String key :
          List.of(
              "min-delay", "max-delay", "servers", "budget", "avoid", "avoid-max", "slow-answer")) {
        if (race.isGiven(key)) {
          race.findings().warning("no-effect", race.place(key), "has no effect with mode = off");
        }
      }
    }
    return new RaceConfig(mode, minDelay, maxDelay, servers, budget, avoid, avoidMax, slowAnswer);
  }

  private void atLeast(String key, Duration larger, String otherKey, Duration smaller) {
    if (larger.compareTo(smaller) < 0) {
      race.findings()
          .error(
              "bad-value",
              race.place(race.isGiven(key) ? key : otherKey),
              "makes %s (%s) less than %s (%s)"
                  .formatted(key, DurationText.of(larger), otherKey, DurationText.of(smaller)));
    }
  }

  RebalanceConfig rebalance() {
    RebalanceConfig config =
        new RebalanceConfig(
            rebalance.integer("rate", 0, 1_000_000),
            rebalance.value("tolerance", value -> Scalars.share(value, 10)),
            rebalance.durationOrZero("min-age", MILLISECOND, DAY, "any age"),
            rebalance.durationOrZero("min-idle", MILLISECOND, DAY, "active ones, too"));
    rebalance.rejectUnknown();
    if (!config.isOn() && !isTemplate) {
      for (String key : List.of("tolerance", "min-age", "min-idle")) {
        if (rebalance.isGiven(key)) {
          rebalance
              .findings()
              .warning("no-effect", rebalance.place(key), "has no effect while rate is 0");
        }
      }
    }
    return config;
  }

  /** What is wrong only in the company of something else. */
  void compare(Balance balance) {
    boolean isOn = rebalance.integer("rate", 0, 1_000_000) > 0;
    if (isOn && (balance == Balance.SOURCE || balance == Balance.FIRST)) {
      rebalance
          .findings()
          .error(
              "conflict",
              rebalance.place("rate"),
              "must be 0 with balance = source or first: whoever is sent away comes back to the"
                  + " same server");
    }
  }
}
