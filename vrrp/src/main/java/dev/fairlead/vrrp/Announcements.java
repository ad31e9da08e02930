package dev.fairlead.vrrp;

import dev.fairlead.config.VirtualRouterConfig.GratuitousArp;
import dev.fairlead.vrrp.State.Announcement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Which announcements a master still has before it. Never more than three: two bursts and the
 * periodic one.
 */
final class Announcements {

  private Announcements() {}

  /** After the burst at takeover. */
  static List<Announcement> afterTakeover(GratuitousArp settings, long now) {
    List<Announcement> pending = new ArrayList<>();
    addBurst(pending, settings, settings.secondDelay(), now);
    addRefresh(pending, settings, now);
    return sorted(pending);
  }

  /**
   * After the burst that answers another master. Its own announcements may still be on their way,
   * and what is said after the last of them counts: so once more soon, and once more later.
   */
  static List<Announcement> afterSign(
      List<Announcement> pending, GratuitousArp settings, long now) {
    List<Announcement> next = new ArrayList<>(pending);
    next.removeIf(announcement -> !announcement.refresh());
    addBurst(next, settings, settings.repeatDelay(), now);
    addBurst(next, settings, settings.secondDelay(), now);
    return sorted(next);
  }

  /** The periodic ones only. */
  static List<Announcement> refreshOnly(GratuitousArp settings, long now) {
    List<Announcement> pending = new ArrayList<>();
    addRefresh(pending, settings, now);
    return pending;
  }

  /** Without those that are due by now; a periodic one is followed by the next. */
  static List<Announcement> afterDue(List<Announcement> pending, GratuitousArp settings, long now) {
    List<Announcement> next = new ArrayList<>();
    for (Announcement announcement : pending) {
      if (!isDue(announcement, now)) {
        next.add(announcement);
      } else if (announcement.refresh()) {
        addRefresh(next, settings, now);
      }
    }
    return sorted(next);
  }

  /**
   * Whether an announcement follows an advertisement: every one, or, where they are more frequent,
   * the first in each stretch of that length.
   *
   * @param advertisedAt the one before
   */
  static boolean isHeartbeat(Settings settings, long advertisedAt, long now) {
    long heartbeat = settings.announcements().heartbeat().toNanos();
    return heartbeat > 0
        && (settings.intervalNanos() >= heartbeat
            || Math.floorDiv(now, heartbeat) != Math.floorDiv(advertisedAt, heartbeat));
  }

  static boolean isDue(Announcement announcement, long now) {
    return now - announcement.at() >= 0;
  }

  private static void addBurst(
      List<Announcement> to, GratuitousArp settings, Duration delay, long now) {
    if (settings.count() > 0 && delay.isPositive()) {
      to.add(new Announcement(now + delay.toNanos(), settings.count(), false));
    }
  }

  private static void addRefresh(List<Announcement> to, GratuitousArp settings, long now) {
    if (settings.refresh().isPositive()) {
      to.add(new Announcement(now + settings.refresh().toNanos(), 1, true));
    }
  }

  /** By subtraction: nanoTime may wrap between two of them. */
  private static List<Announcement> sorted(List<Announcement> announcements) {
    if (announcements.size() > 1) {
      long origin = announcements.getFirst().at();
      announcements.sort(Comparator.comparingLong(announcement -> announcement.at() - origin));
    }
    return announcements;
  }
}
