package dev.fairlead.daemon.access;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** Points in time as logs write them; by hand, since a formatter costs more than the rest. */
final class Clock {

  private static final String MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
  private static final int MILLIS_PER_SECOND = 1000;

  private Clock() {}

  private static LocalDateTime local(long epochMillis) {
    return LocalDateTime.ofInstant(Instant.ofEpochMilli(epochMillis), ZoneId.systemDefault());
  }

  /** {@code 21/Nov/2026:10:05:07.042}, local time. */
  static void haproxy(StringBuilder out, long epochMillis) {
    LocalDateTime time = local(epochMillis);
    digits(out, time.getDayOfMonth(), 10);
    month(out.append('/'), time).append('/').append(time.getYear()).append(':');
    timeOfDay(out, time).append('.');
    digits(out, Math.floorMod(epochMillis, MILLIS_PER_SECOND), 100);
  }

  /** {@code 2026-11-21T10:05:07.042Z}. */
  static void utc(StringBuilder out, long epochMillis) {
    LocalDateTime time =
        LocalDateTime.ofEpochSecond(
            Math.floorDiv(epochMillis, MILLIS_PER_SECOND), 0, ZoneOffset.UTC);
    iso(out, time, epochMillis);
    out.append('Z');
  }

  /** RFC 5424 section 6.2.3: {@code 2026-11-21T10:05:07.042+00:00}, local time. */
  static void rfc5424(StringBuilder out, long epochMillis) {
    iso(out, local(epochMillis), epochMillis);
    int offset =
        ZoneId.systemDefault()
            .getRules()
            .getOffset(Instant.ofEpochMilli(epochMillis))
            .getTotalSeconds();
    int minutes = Math.abs(offset) / 60;
    digits(out.append(offset < 0 ? '-' : '+'), minutes / 60, 10);
    digits(out.append(':'), minutes % 60, 10);
  }

  /** RFC 3164 section 4.1.2: {@code Nov 1 10:05:07}, local time, the day padded with a space. */
  static void rfc3164(StringBuilder out, long epochMillis) {
    LocalDateTime time = local(epochMillis);
    int day = time.getDayOfMonth();
    month(out, time).append(day < 10 ? "  " : " ").append(day).append(' ');
    timeOfDay(out, time);
  }

  private static void iso(StringBuilder out, LocalDateTime time, long epochMillis) {
    digits(out.append(time.getYear()).append('-'), time.getMonthValue(), 10);
    digits(out.append('-'), time.getDayOfMonth(), 10);
    timeOfDay(out.append('T'), time).append('.');
    digits(out, Math.floorMod(epochMillis, MILLIS_PER_SECOND), 100);
  }

  private static StringBuilder month(StringBuilder out, LocalDateTime time) {
    int at = 3 * (time.getMonthValue() - 1);
    return out.append(MONTHS, at, at + 3);
  }

  private static StringBuilder timeOfDay(StringBuilder out, LocalDateTime time) {
    digits(out, time.getHour(), 10);
    digits(out.append(':'), time.getMinute(), 10);
    digits(out.append(':'), time.getSecond(), 10);
    return out;
  }

  /** All digits from the place of {@code highest} on, with leading zeros. */
  static void digits(StringBuilder out, int value, int highest) {
    for (int place = highest; place > 0; place /= 10) {
      out.append((char) ('0' + value / place % 10));
    }
  }
}
