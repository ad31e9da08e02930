package dev.fairlead.benchmarks.apiserver;

import java.util.List;
import java.util.OptionalLong;

/**
 * One fault as it really happened. All times are {@code nanoTime}, one clock for all processes.
 *
 * @param victim the server it happened to, or the first one of all
 * @param beganAt just before it began
 * @param inEffectAt when it had happened
 * @param relievedAt when its end began
 * @param endedAt when all had been well again for some time
 * @param absences when which server was dead, frozen or without a cable
 * @param firstBackAt when the first server was ready again; empty where one always was
 */
record Happening(
    Fault fault,
    int round,
    String victim,
    long beganAt,
    long inEffectAt,
    long relievedAt,
    long endedAt,
    List<Absence> absences,
    OptionalLong firstBackAt) {

  /** A time in which a watch may end for its server's sake. */
  record Absence(String server, long fromNanos, long toNanos) {

    boolean covers(String which, long atNanos) {
      return server.equals(which) && atNanos - fromNanos >= 0 && atNanos - toNanos <= 0;
    }
  }

  Happening {
    absences = List.copyOf(absences);
  }

  boolean wasAbsent(String server, long atNanos) {
    return absences.stream().anyMatch(absence -> absence.covers(server, atNanos));
  }
}
