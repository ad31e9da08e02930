package dev.fairlead.vrrp.net;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Keeps what can happen 100,000 times a second from filling the log: the first of each kind at
 * once, then one line a minute with the number. Kinds come from enums, so their number is bounded.
 */
final class RepeatedNotes {

  static final long SUMMARY_NANOS = TimeUnit.SECONDS.toNanos(60);

  private static final class Pending {
    private long since;
    private long count;
    private String last = "";
  }

  private final Map<String, Pending> pending = new LinkedHashMap<>();

  /**
   * Notes one event.
   *
   * @param kind of event, e.g. a reason of rejection
   * @param detail e.g. the sender
   * @return the line to log now; empty = it has been counted
   */
  Optional<String> note(String kind, String detail, long now) {
    Pending known = pending.get(kind);
    if (known == null) {
      Pending first = new Pending();
      first.since = now;
      pending.put(kind, first);
      return Optional.of(kind + " " + detail);
    }
    known.count++;
    known.last = detail;
    return Optional.empty();
  }

  /** Whether {@link #summarise} has something to do, now or later. */
  boolean isEmpty() {
    return pending.isEmpty();
  }

  /** Called about once a minute: kinds that stayed quiet are forgotten, and loud again if new. */
  void summarise(long now, Consumer<String> line) {
    pending
        .entrySet()
        .removeIf(entry -> {
          Pending noted = entry.getValue();
          if (now - noted.since < SUMMARY_NANOS) {
            return false;
          }
          if (noted.count == 0) {
            return true;
          }
          line.accept(
              "%s %s, the last of %d more in %d s"
                  .formatted(
                      entry.getKey(),
                      noted.last,
                      noted.count,
                      TimeUnit.NANOSECONDS.toSeconds(now - noted.since)));
          noted.since = now;
          noted.count = 0;
          return false;
        });
  }
}
