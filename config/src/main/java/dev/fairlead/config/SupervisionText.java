package dev.fairlead.config;

import java.util.ArrayList;
import java.util.List;

/** A backend's {@link SupervisionConfig} in words; what is switched off is not mentioned. */
final class SupervisionText {

  private SupervisionText() {}

  static List<String> lines(BackendConfig backend) {
    SupervisionConfig supervision = backend.supervision();
    List<String> lines = new ArrayList<>();
    if (backend.servers().stream().anyMatch(ServerConfig::isNamed)) {
      lines.add(names(supervision.resolve()));
    }
    supervision
        .agent()
        .ifPresent(agent ->
            lines.add(
                "agents: port %d, asked every %s, timeout %s%s"
                    .formatted(
                        agent.port(),
                        DurationText.of(agent.interval()),
                        DurationText.of(agent.timeout()),
                        agent.send().isPresent() ? ", with a text sent first" : "")));
    ObserveConfig observe = supervision.observe();
    if (observe.errors() > 0) {
      lines.add(
          "after %d connections of clients in a row that fail: %s"
              .formatted(
                  observe.errors(),
                  switch (observe.onError()) {
                    case CHECK -> "a check at once";
                    case FAIL_CHECK -> "as if a check had failed";
                    case SUDDEN_DEATH -> "one more failed check takes the server down";
                    case MARK_DOWN -> "no new connections until checks have passed again";
                  }));
    }
    return lines;
  }

  private static String names(ResolveConfig resolve) {
    return "names: a server NAME-1, NAME-2, … for each address, at most %d, %s; asked every %s, an"
            .formatted(
                resolve.maxAddresses(),
                switch (resolve.family()) {
                  case ANY -> "IPv4 and IPv6";
                  case IPV4 -> "IPv4 only";
                  case IPV6 -> "IPv6 only";
                },
                DurationText.of(resolve.interval()))
        + (resolve.hold().isZero()
            ? " address that is gone goes at once"
            : " address that is gone stays for " + DurationText.of(resolve.hold()));
  }
}
