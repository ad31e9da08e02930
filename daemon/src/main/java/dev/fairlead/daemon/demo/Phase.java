package dev.fairlead.daemon.demo;

import java.util.Optional;

/**
 * One part of the story.
 *
 * @param name at most 18 characters
 * @param state where we are with it
 */
record Phase(String name, Expectation expectation, State state) {

  /** Before, while and after it happened. */
  sealed interface State {
    record Ahead() implements State {}

    record Running(long fromNanos) implements State {}

    /**
     * It is over.
     *
     * @param problem why the phase went wrong whatever the client saw, e.g. no new master
     */
    record Over(long fromNanos, long toNanos, Optional<String> problem) implements State {}
  }

  static Phase ahead(String name, Expectation expectation) {
    return new Phase(name, expectation, new State.Ahead());
  }

  Phase running(long fromNanos) {
    return new Phase(name, expectation, new State.Running(fromNanos));
  }

  Phase over(long fromNanos, long toNanos, Optional<String> problem) {
    return new Phase(name, expectation, new State.Over(fromNanos, toNanos, problem));
  }
}
