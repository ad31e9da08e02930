package dev.fairlead.daemon;

import dev.fairlead.config.ServerConfig.Administrative;
import dev.fairlead.lb.Adjustment;
import java.util.List;
import java.util.Optional;

/**
 * {@code server ACTION BACKEND/SERVER [WEIGHT]} on the control socket.
 *
 * @param backend its name
 * @param server its name
 */
record ServerRequest(Action action, String backend, String server) {

  /** What is to become of a server until the file says something else. */
  sealed interface Action {

    /** The adjustment that follows from one there is. */
    Adjustment over(Adjustment before);

    /** Another share of the traffic. */
    record SetWeight(int weight) implements Action {
      @Override
      public Adjustment over(Adjustment before) {
        return before.withWeight(weight);
      }
    }

    /** Ready, draining, or in maintenance. */
    record SetState(Administrative state) implements Action {
      @Override
      public Adjustment over(Adjustment before) {
        return before.withAdministrative(state);
      }
    }

    /** As the file says. */
    record Reset() implements Action {
      @Override
      public Adjustment over(Adjustment before) {
        return Adjustment.none(before.written());
      }
    }
  }

  /** The request of that line; empty = it is none. */
  static Optional<ServerRequest> parse(String line) {
    List<String> words = List.of(line.split(" +"));
    if (words.size() < 3 || !words.getFirst().equals("server")) {
      return Optional.empty();
    }
    int slash = words.get(2).indexOf('/');
    if (slash <= 0 || slash == words.get(2).length() - 1) {
      return Optional.empty();
    }
    Optional<Action> action =
        words.get(1).equals("set-weight")
            ? weight(words)
            : words.size() == 3 ? state(words.get(1)) : Optional.empty();
    String backend = words.get(2).substring(0, slash);
    String server = words.get(2).substring(slash + 1);
    return action.map(wanted -> new ServerRequest(wanted, backend, server));
  }

  private static Optional<Action> state(String word) {
    return switch (word) {
      case "ready" -> Optional.of(new Action.SetState(Administrative.READY));
      case "drain" -> Optional.of(new Action.SetState(Administrative.DRAIN));
      case "maint" -> Optional.of(new Action.SetState(Administrative.MAINTENANCE));
      case "reset" -> Optional.of(new Action.Reset());
      default -> Optional.empty();
    };
  }

  private static Optional<Action> weight(List<String> words) {
    if (words.size() != 4 || !words.get(3).matches("[0-9]{1,3}")) {
      return Optional.empty();
    }
    int weight = Integer.parseInt(words.get(3));
    return weight <= 256 ? Optional.of(new Action.SetWeight(weight)) : Optional.empty();
  }
}
