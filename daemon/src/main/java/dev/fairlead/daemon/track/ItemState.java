package dev.fairlead.daemon.track;

import dev.fairlead.config.TrackConfig;
import dev.fairlead.config.TrackedItem;
import java.time.Duration;

/**
 * Something a virtual router tracks, at this moment.
 *
 * @param integer whether it is a file whose number counts, not its health
 * @param number in that file
 * @param detail what the last look found; empty = nothing
 * @param since how long it has been in this health
 */
public record ItemState(
    TrackedItem item,
    Standing.Health health,
    boolean integer,
    int number,
    String detail,
    Duration since) {

  /** An interface, of which the kernel tells. */
  public static ItemState link(TrackedItem item, boolean up) {
    return new ItemState(
        item,
        up ? Standing.Health.WELL : Standing.Health.FAILED,
        false,
        0,
        up ? "up" : "down",
        Duration.ZERO);
  }

  /** Something that is looked at. */
  public static ItemState of(TrackedItem item, TrackConfig config, TrackStatus status, long now) {
    Look last = status.last();
    return new ItemState(
        item,
        status.standing().health(),
        config instanceof TrackConfig.WatchedFile file
            && file.means() == TrackConfig.WatchedFile.Meaning.INTEGER,
        status.standing().number(),
        last == null ? "" : last.detail(),
        Duration.ofNanos(Math.max(0, now - status.standing().since())));
  }

  /** {@code script chk failed (exit status 1)}. */
  public String sentence() {
    return item.key()
        + switch (health) {
          case UNKNOWN -> " has not been looked at";
          case WELL -> " is well";
          case FAILED -> " failed";
        }
        + (detail.isEmpty() ? "" : " (" + detail + ")");
  }
}
