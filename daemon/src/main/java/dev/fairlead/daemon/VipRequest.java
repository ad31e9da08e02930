package dev.fairlead.daemon;

import java.util.List;
import java.util.Optional;

/**
 * {@code vip release [ROUTER]} and {@code vip resume [ROUTER]} on the control socket.
 *
 * @param release false = resume
 * @param router its configured name; empty = every one
 */
record VipRequest(boolean release, Optional<String> router) {

  /** The request of that line; empty = it is none. */
  static Optional<VipRequest> parse(String line) {
    List<String> words = List.of(line.split(" +"));
    if (words.size() < 2 || words.size() > 3 || !words.getFirst().equals("vip")) {
      return Optional.empty();
    }
    Optional<String> router = words.size() == 3 ? Optional.of(words.get(2)) : Optional.empty();
    return switch (words.get(1)) {
      case "release" -> Optional.of(new VipRequest(true, router));
      case "resume" -> Optional.of(new VipRequest(false, router));
      default -> Optional.empty();
    };
  }
}
