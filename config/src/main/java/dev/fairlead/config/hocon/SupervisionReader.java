package dev.fairlead.config.hocon;

import dev.fairlead.config.AgentConfig;
import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.config.ObserveConfig;
import dev.fairlead.config.ObserveConfig.OnError;
import dev.fairlead.config.ResolveConfig;
import dev.fairlead.config.ResolveConfig.Family;
import dev.fairlead.config.SupervisionConfig;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Reads what a backend knows of its servers beside their checks. */
final class SupervisionReader {

  private static final Duration HOUR = Duration.ofHours(1);

  private final Section backend;
  private final Section agent;
  private final boolean isTemplate;

  /**
   * @param isTemplate whether these are the defaults: what has no effect there may elsewhere
   */
  SupervisionReader(Section backend, boolean isTemplate) {
    this.isTemplate = isTemplate;
    this.backend = backend;
    this.agent = backend.child("agent", "port");
  }

  /** The port that agents listen on, if there are any. */
  Optional<Integer> agentPort() {
    return agent.find("port", value -> Scalars.integer(value, 1, 65_535)).map(Placed::value);
  }

  SupervisionConfig read(HealthCheckConfig check) {
    return new SupervisionConfig(agent(), observe(check), resolve());
  }

  private Optional<AgentConfig> agent() {
    Duration interval = agent.duration("interval", Duration.ofMillis(10), HOUR);
    Duration timeout = agent.duration("timeout", Duration.ofMillis(1), HOUR);
    Optional<String> send = agent.find("send", Scalars::text).map(Placed::value);
    agent.rejectUnknown();
    if (agentPort().isEmpty() && !isTemplate) {
      for (String key : List.of("interval", "timeout", "send")) {
        if (agent.isGiven(key)) {
          agent
              .findings()
              .warning("no-effect", agent.place(key), "has no effect without agent.port");
        }
      }
    }
    return agentPort().map(port -> new AgentConfig(port, interval, timeout, send));
  }

  private ObserveConfig observe(HealthCheckConfig check) {
    Section observe = backend.child("observe", "errors");
    ObserveConfig config =
        new ObserveConfig(
            observe.integer("errors", 0, 1_000_000),
            observe.choice("on-error", Scalars.words(OnError.values())));
    observe.rejectUnknown();
    if (config.errors() > 0 && !isTemplate && check instanceof HealthCheckConfig.Disabled) {
      observe
          .findings()
          .error(
              "observe",
              observe.place("errors"),
              "needs a check: without one nothing brings a server back");
    }
    if (config.errors() == 0 && !isTemplate && observe.isGiven("on-error")) {
      observe
          .findings()
          .warning(
              "no-effect",
              observe.place("on-error"),
              "has no effect while observe.errors is 0 (never)");
    }
    return config;
  }

  private ResolveConfig resolve() {
    Section resolve = backend.child("resolve", "interval");
    ResolveConfig config =
        new ResolveConfig(
            resolve.duration("interval", Duration.ofMillis(100), HOUR),
            resolve.durationOrZero(
                "hold", Duration.ofMillis(1), Duration.ofDays(1), "it goes at once"),
            resolve.choice("family", Scalars.words(Family.values())),
            resolve.integer("max-addresses", 1, 64));
    resolve.rejectUnknown();
    return config;
  }
}
