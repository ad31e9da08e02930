package dev.fairlead.config;

import java.util.ArrayList;
import java.util.List;

/** A {@link SupervisionConfig} in words; what is switched off is not mentioned. */
final class SupervisionText {

  private SupervisionText() {}

  static List<String> lines(SupervisionConfig supervision) {
    List<String> lines = new ArrayList<>();
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
}
