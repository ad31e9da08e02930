package dev.fairlead.lb.backend;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Whether a server that has kept clients waiting is passed over for a while.
 *
 * <p>After the pause one connection may try it. Kept waiting again, the pause doubles; served, it
 * is over. While there is nothing to avoid, to ask costs one read. Any thread.
 */
final class Avoidance {

  /**
   * @param until nobody comes before
   * @param trial whether somebody has been let through and has not come back with news
   */
  private record State(long until, long pauseNanos, boolean trial) {}

  private final AtomicReference<@Nullable State> state = new AtomicReference<>();

  /**
   * Whether a connection that may go elsewhere should. When the pause is over the first to ask is
   * told no: it is the trial, and others wait for it.
   */
  boolean isAvoided(long nowNanos) {
    State now = state.get();
    if (now == null) {
      return false;
    }
    if (nowNanos - now.until() < 0) {
      return true;
    }
    return !state.compareAndSet(
        now, new State(nowNanos + now.pauseNanos(), now.pauseNanos(), true));
  }

  /** Whether nobody comes now; unlike {@link #isAvoided} it makes nobody the trial. */
  boolean isPausing(long nowNanos) {
    State now = state.get();
    return now != null && nowNanos - now.until() < 0;
  }

  /** Whether there is a pause, or nobody has been served since. */
  boolean isOn() {
    return state.get() != null;
  }

  /**
   * It has kept somebody waiting. What others, who came before, say during the pause is no news.
   *
   * @param firstNanos the first pause; 0 = there are none
   * @param mostNanos the longest
   */
  void keptWaiting(long nowNanos, long firstNanos, long mostNanos) {
    if (firstNanos == 0) {
      state.set(null);
      return;
    }
    State now = state.get();
    if (now == null) {
      state.compareAndSet(null, new State(nowNanos + firstNanos, firstNanos, false));
    } else if (now.trial() || nowNanos - now.until() >= 0) {
      long pause = Math.max(firstNanos, Math.min(mostNanos, 2 * now.pauseNanos()));
      state.compareAndSet(now, new State(nowNanos + pause, pause, false));
    }
  }

  /** It has served somebody. */
  void over() {
    if (state.get() != null) {
      state.set(null);
    }
  }

  /** It has served the trial, but is not well yet: the next comes after the first pause. */
  void ease(long nowNanos, long firstNanos) {
    State now = state.get();
    if (now != null && now.trial()) {
      state.compareAndSet(now, new State(nowNanos + firstNanos, firstNanos, false));
    }
  }
}
