package dev.fairlead.daemon.hook;

import dev.fairlead.config.HookConfig;
import java.util.Optional;

/**
 * The queue of one hook for one virtual router: a function, fed with events, results and time.
 *
 * <p>One attempt at a time, so that states arrive in their order; and one place to wait, so that a
 * slow or failing receiver hears the latest state next, not every state there was. For the same
 * reason a newer state ends the retries of an older one.
 */
sealed interface HookLane {

  /** Nothing to do. */
  HookLane IDLE = new Idle();

  /** Nothing to do. */
  record Idle() implements HookLane {}

  /**
   * An attempt is under way.
   *
   * @param attempt 1 = the first
   * @param next what is told after it
   */
  record Running(HookEvent event, int attempt, Optional<HookEvent> next) implements HookLane {}

  /**
   * An attempt has failed, another will follow.
   *
   * @param attempts that have failed
   * @param retryAt nanoTime
   */
  record Waiting(HookEvent event, int attempts, long retryAt) implements HookLane {}

  /** What became of the event that a step was about, or that it has pushed aside. */
  enum Note {
    NONE,
    SUCCEEDED,
    /** Failed, and will be tried again. */
    RETRY,
    /** Failed for the last time. */
    FAILED,
    /** Nobody will be told: something newer has happened. */
    SUPERSEDED
  }

  /**
   * The outcome of one step. When {@code lane} is {@link Running} and was not before, or has
   * another event or attempt, that attempt has to be started.
   */
  record Step(HookLane lane, Note note) {}

  /** The virtual router has changed its state. */
  static Step happened(HookLane lane, HookEvent event) {
    return switch (lane) {
      case Idle _ -> new Step(first(event), Note.NONE);
      case Running running ->
          new Step(
              new Running(running.event(), running.attempt(), Optional.of(event)),
              running.next().isPresent() ? Note.SUPERSEDED : Note.NONE);
      case Waiting _ -> new Step(first(event), Note.SUPERSEDED);
    };
  }

  /** It has changed to a state of which this hook does not want to hear. */
  static Step passed(HookLane lane) {
    return switch (lane) {
      case Idle _ -> new Step(lane, Note.NONE);
      case Running running ->
          new Step(
              new Running(running.event(), running.attempt(), Optional.empty()),
              running.next().isPresent() ? Note.SUPERSEDED : Note.NONE);
      case Waiting _ -> new Step(IDLE, Note.SUPERSEDED);
    };
  }

  /**
   * The attempt under way has ended.
   *
   * @param now nanoTime
   */
  static Step ended(HookLane lane, HookConfig config, boolean succeeded, long now) {
    if (!(lane instanceof Running running)) {
      throw new IllegalStateException("an attempt ended that was not under way: " + lane);
    }
    if (running.next().isPresent()) {
      return new Step(first(running.next().get()), succeeded ? Note.SUCCEEDED : Note.FAILED);
    }
    if (succeeded) {
      return new Step(IDLE, Note.SUCCEEDED);
    }
    if (running.attempt() > config.retries()) {
      return new Step(IDLE, Note.FAILED);
    }
    return new Step(
        new Waiting(running.event(), running.attempt(), now + delay(config, running.attempt())),
        Note.RETRY);
  }

  /** Time has passed; too early does no harm. */
  static Step tick(HookLane lane, long now) {
    return lane instanceof Waiting waiting && now - waiting.retryAt() >= 0
        ? new Step(
            new Running(waiting.event(), waiting.attempts() + 1, Optional.empty()), Note.NONE)
        : new Step(lane, Note.NONE);
  }

  private static HookLane first(HookEvent event) {
    return new Running(event, 1, Optional.empty());
  }

  /** Doubled with each failure, up to half an hour. */
  private static long delay(HookConfig config, int failures) {
    long longest = 1_800_000_000_000L;
    long delay = config.backoff().toNanos();
    for (int i = 1; i < failures && delay < longest; i++) {
      delay *= 2;
    }
    return Math.min(delay, Math.max(longest, config.backoff().toNanos()));
  }
}
