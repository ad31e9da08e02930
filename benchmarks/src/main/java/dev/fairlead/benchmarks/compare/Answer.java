package dev.fairlead.benchmarks.compare;

import java.util.HashMap;
import java.util.Map;

/** What a load generator says: {@code requests=1000 failed=0 …}. */
public record Answer(Map<String, Long> counters) {

  static Answer parse(String line) {
    if (line.startsWith("error=")) {
      throw new IllegalStateException("load generator: " + line);
    }
    Map<String, Long> counters = new HashMap<>();
    for (String word : line.split(" ", -1)) {
      int equals = word.indexOf('=');
      counters.put(word.substring(0, equals), Long.parseLong(word.substring(equals + 1)));
    }
    return new Answer(Map.copyOf(counters));
  }

  public long of(String counter) {
    Long value = counters.get(counter);
    if (value == null) {
      throw new IllegalStateException("load generator did not say " + counter + ": " + counters);
    }
    return value;
  }
}
