package dev.fairlead.daemon.demo;

import java.time.Duration;
import java.util.List;

/**
 * What the client saw between two moments.
 *
 * <p>A request belongs to the window in which it ended: whom an event hits are those under way.
 *
 * @param requests ended in the window
 * @param failed of these
 * @param failedAfterGap of the failed, those started after the longest gap had ended
 * @param slow of these, answered, but after more than {@link #SLOW}
 * @param longestGap longest time without an answer; a gap counts where it ends, and the time since
 *     the last answer counts as well
 */
public record ClientWindow(
    int requests, int failed, int failedAfterGap, int slow, Duration longestGap) {

  /** What a person at a keyboard notices. */
  public static final Duration SLOW = Duration.ofSeconds(1);

  /**
   * Judges a log.
   *
   * @param all in the order of completion
   */
  public static ClientWindow of(List<Request> all, long fromNanos, long toNanos) {
    long lastAnswer = fromNanos;
    long gap = 0;
    long gapEnd = fromNanos;
    for (Request request : all) {
      if (!request.ok()) {
        continue;
      }
      long at = request.endNanos();
      if (at - fromNanos <= 0) {
        lastAnswer = at;
        continue;
      }
      if (at - toNanos > 0) {
        break;
      }
      if (at - lastAnswer > gap) {
        gap = at - lastAnswer;
        gapEnd = at;
      }
      lastAnswer = at;
    }
    if (toNanos - lastAnswer > gap) {
      gap = toNanos - lastAnswer;
      gapEnd = toNanos;
    }
    int requests = 0;
    int failed = 0;
    int failedAfterGap = 0;
    int slow = 0;
    for (Request request : all) {
      if (!request.endedBetween(fromNanos, toNanos)) {
        continue;
      }
      requests++;
      if (!request.ok()) {
        failed++;
        if (request.startNanos() - gapEnd >= 0) {
          failedAfterGap++;
        }
      } else if (request.endNanos() - request.startNanos() > SLOW.toNanos()) {
        slow++;
      }
    }
    return new ClientWindow(requests, failed, failedAfterGap, slow, Duration.ofNanos(gap));
  }
}
