package dev.fairlead.daemon.log;

import java.time.LocalDate;

/**
 * {@code 2026-11-21T10:05:07.042Z}, by hand: loading the formatters of java.time costs more than
 * ten milliseconds of a start that has two hundred.
 */
final class Timestamp {

  private static final long MILLIS_PER_DAY = 86_400_000L;

  private Timestamp() {}

  static void append(StringBuilder out, long epochMillis) {
    LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(epochMillis, MILLIS_PER_DAY));
    int millis = Math.toIntExact(Math.floorMod(epochMillis, MILLIS_PER_DAY));
    digits(out, date.getYear(), 1000);
    digits(out.append('-'), date.getMonthValue(), 10);
    digits(out.append('-'), date.getDayOfMonth(), 10);
    digits(out.append('T'), millis / 3_600_000, 10);
    digits(out.append(':'), millis / 60_000 % 60, 10);
    digits(out.append(':'), millis / 1000 % 60, 10);
    digits(out.append('.'), millis % 1000, 100);
    out.append('Z');
  }

  /** All digits of {@code value} from the place of {@code highest} on, with leading zeros. */
  private static void digits(StringBuilder out, int value, int highest) {
    for (int place = highest; place > 0; place /= 10) {
      out.append((char) ('0' + value / place % 10));
    }
  }
}
