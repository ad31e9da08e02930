package dev.fairlead.benchmarks.compare;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** The table that {@code strace -c} prints: calls by name. */
record StraceSummary(Map<String, Long> calls) {
  private static final Pattern SPACES = Pattern.compile(" +");

  /** Columns: % time, seconds, usecs/call, calls, errors (may be missing), name. */
  private static final int CALLS_COLUMN = 3;

  static StraceSummary parse(String table) {
    Map<String, Long> calls = new LinkedHashMap<>();
    for (String line : table.lines().toList()) {
      String[] fields = SPACES.split(line.strip(), -1);
      if (fields.length < 5 || !Character.isDigit(fields[0].charAt(0))) {
        continue;
      }
      String name = fields[fields.length - 1];
      if (!name.equals("total")) {
        calls.merge(name, Long.parseLong(fields[CALLS_COLUMN]), Long::sum);
      }
    }
    return new StraceSummary(calls);
  }

  long total() {
    return calls.values().stream().mapToLong(Long::longValue).sum();
  }

  /** {@code recvfrom 2.01, sendto 2.00, …}, most frequent first, nothing below 0.05. */
  String perUnit(long units) {
    StringBuilder words = new StringBuilder();
    calls.entrySet().stream()
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .filter(call -> call.getValue() >= 0.05 * units)
        .forEach(call -> {
          if (!words.isEmpty()) {
            words.append(", ");
          }
          words.append("%s %.2f".formatted(call.getKey(), call.getValue() / (double) units));
        });
    return words.toString();
  }
}
