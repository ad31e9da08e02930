package dev.fairlead.daemon;

import dev.fairlead.config.IpText;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/** {@code stick …} on the control socket: what operators ask of a stick table. */
sealed interface StickRequest {

  /** Its name. */
  String backend();

  /** {@code stick show BACKEND MOST [json]}. */
  record Show(String backend, int most, boolean json) implements StickRequest {}

  /** {@code stick set BACKEND ADDRESS SERVER}. */
  record Set(String backend, InetAddress client, String server) implements StickRequest {}

  /** {@code stick clear BACKEND}: everybody. */
  record ClearAll(String backend) implements StickRequest {}

  /** {@code stick clear BACKEND client ADDRESS}. */
  record ClearClient(String backend, InetAddress client) implements StickRequest {}

  /** {@code stick clear BACKEND server SERVER}. */
  record ClearServer(String backend, String server) implements StickRequest {}

  /** The request of that line; empty = it is none. */
  static Optional<StickRequest> parse(String line) {
    List<String> words = List.of(line.split(" +"));
    if (words.size() < 3 || !words.getFirst().equals("stick")) {
      return Optional.empty();
    }
    String backend = words.get(2);
    return switch (words.get(1)) {
      case "show" -> show(words);
      case "set" ->
          words.size() == 5
              ? IpText.parse(words.get(3)).map(client -> new Set(backend, client, words.get(4)))
              : Optional.empty();
      case "clear" -> clear(words);
      default -> Optional.empty();
    };
  }

  private static Optional<StickRequest> show(List<String> words) {
    boolean json = words.size() == 5 && words.get(4).equals("json");
    if ((words.size() != 4 && !json) || !words.get(3).matches("[0-9]{1,9}")) {
      return Optional.empty();
    }
    return Optional.of(new Show(words.get(2), Integer.parseInt(words.get(3)), json));
  }

  private static Optional<StickRequest> clear(List<String> words) {
    String backend = words.get(2);
    if (words.size() == 3) {
      return Optional.of(new ClearAll(backend));
    }
    if (words.size() != 5) {
      return Optional.empty();
    }
    return switch (words.get(3)) {
      case "client" -> IpText.parse(words.get(4)).map(client -> new ClearClient(backend, client));
      case "server" -> Optional.of(new ClearServer(backend, words.get(4)));
      default -> Optional.empty();
    };
  }
}
