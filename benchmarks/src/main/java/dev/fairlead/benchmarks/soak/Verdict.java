package dev.fairlead.benchmarks.soak;

import java.util.ArrayList;
import java.util.List;

/**
 * How a soak has ended.
 *
 * @param facts what was done and seen, for a reader
 * @param problems what must not be; empty = passed
 */
public record Verdict(List<String> facts, List<String> problems) {

  public Verdict {
    facts = List.copyOf(facts);
    problems = List.copyOf(problems);
  }

  public boolean isPassed() {
    return problems.isEmpty();
  }

  /** Lines for a person. */
  public String text() {
    List<String> lines = new ArrayList<>(facts);
    problems.forEach(problem -> lines.add("PROBLEM: " + problem));
    lines.add(isPassed() ? "passed" : "failed");
    return String.join("\n", lines);
  }
}
