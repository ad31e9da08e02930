package dev.fairlead.vrrp;

import java.util.List;

/**
 * The outcome of one event.
 *
 * @param reason why the state, or the priority in force, changed: the second half of a log line;
 *     empty = nothing worth a line happened
 */
public record Step(State state, List<Action> actions, String reason) {
  public Step {
    actions = List.copyOf(actions);
  }
}
