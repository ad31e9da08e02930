package dev.fairlead.vrrp;

import java.net.InetAddress;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Where a virtual router stands. Each state carries what it needs, and its next deadline. */
public sealed interface State {

  /** Of a router that has not been started. */
  State INITIAL = new Initialize(Condition.UNKNOWN, OptionalLong.empty(), true);

  Condition condition();

  /**
   * When {@link Event.Tick} is due, in nanoTime: compare by subtraction. Changes with every step;
   * set one timer to it after each.
   */
  OptionalLong deadline();

  /**
   * Not in the election.
   *
   * @param delayedUntil stays out until then, whatever the condition; empty = not delayed
   * @param fresh whether it has not been in the election yet
   */
  record Initialize(Condition condition, OptionalLong delayedUntil, boolean fresh)
      implements State {

    /** Of a router that was in the election. */
    public Initialize(Condition condition) {
      this(condition, OptionalLong.empty(), false);
    }

    @Override
    public OptionalLong deadline() {
      return delayedUntil;
    }
  }

  /**
   * Listens to a master, or waits for the silence to be long enough.
   *
   * @param since when the wait for the present deadline began: the last advertisement that was
   *     respected, or the beginning of this state
   * @param overslept whether the deadline was once missed by so much that it was put off
   * @param lastWords what a better master has still to be told
   * @param heard the last advertisement, respected or not; null = none since this state began
   */
  record Backup(
      Condition condition,
      long since,
      long masterDownAt,
      boolean overslept,
      LastWords lastWords,
      @Nullable Heard heard)
      implements State {
    @Override
    public OptionalLong deadline() {
      OptionalLong again = lastWords.againAt();
      return again.isPresent() && again.getAsLong() - masterDownAt < 0
          ? again
          : OptionalLong.of(masterDownAt);
    }
  }

  /**
   * Holds the addresses.
   *
   * @param advertisedAt when the last advertisement was sent; the others count from there
   * @param announcements still to come, earliest first
   * @param answers how many signs of another master were answered since {@code answersSince}
   */
  record Master(
      Condition condition,
      long advertisedAt,
      long nextAdvertisementAt,
      List<Announcement> announcements,
      long answersSince,
      int answers)
      implements State {

    public Master {
      announcements = List.copyOf(announcements);
    }

    @Override
    public OptionalLong deadline() {
      if (announcements.isEmpty()) {
        return OptionalLong.of(nextAdvertisementAt);
      }
      long announceAt = announcements.getFirst().at();
      return OptionalLong.of(
          announceAt - nextAdvertisementAt < 0 ? announceAt : nextAdvertisementAt);
    }
  }

  /**
   * Priority 0 has been sent. Still holds the addresses and serves, until a successor is heard or
   * the deadline passes: so clients see no gap. What comes then follows from the condition.
   */
  record Resigning(Condition condition, long since, long until) implements State {
    @Override
    public OptionalLong deadline() {
      return OptionalLong.of(until);
    }
  }

  /**
   * Of a former master to a better one, that there were two of them.
   *
   * @param left how often it may still be said
   * @param saidAt when it was said last
   * @param againAt when it is said again, whether that one is heard until then or not; empty = only
   *     in answer to its advertisements
   */
  record LastWords(int left, long saidAt, OptionalLong againAt) {
    /** Nothing to say. */
    public static final LastWords NONE = new LastWords(0, 0);

    /** To be said in answer. */
    public LastWords(int left, long saidAt) {
      this(left, saidAt, OptionalLong.empty());
    }
  }

  /** What a backup knows of the others. */
  record Heard(InetAddress source, int priority, long intervalNanos) {}

  /**
   * A burst to come.
   *
   * @param count frames per address
   * @param refresh whether this is the periodic one, which is followed by the next
   */
  record Announcement(long at, int count, boolean refresh) {}
}
