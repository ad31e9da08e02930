package dev.fairlead.health;

import dev.fairlead.fuzz.Target;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/** What servers' agents say. */
@NullMarked
public final class HealthTargets {

  private HealthTargets() {}

  public static List<Target> all() {
    return List.of(
        new Target(
            "agent line",
            HealthTargets::agentLine,
            Stream.of(
                    "up 50% # warming",
                    "down,maxconn:30",
                    "drain\tready maint stopped fail failed",
                    "100000000%,maxconn:99999999")
                .map(line -> line.getBytes(StandardCharsets.ISO_8859_1))
                .toList()));
  }

  private static void agentLine(byte[] bytes) {
    AgentAdvice advice = AgentAdvice.NONE.after(new String(bytes, StandardCharsets.ISO_8859_1));
    for (int configured : new int[] {0, 1, 256}) {
      int weight = advice.weight(configured);
      if (weight < 0 || weight > 256) {
        throw new AssertionError("weight " + weight);
      }
    }
  }
}
