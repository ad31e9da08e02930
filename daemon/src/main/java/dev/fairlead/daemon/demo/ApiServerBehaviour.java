package dev.fairlead.daemon.demo;

/** How a stand-in answers at this moment; set by its command reader, read by its event loop. */
final class ApiServerBehaviour {

  private final String name;
  private volatile boolean ready = true;
  private volatile long delayMillis;

  ApiServerBehaviour(String name) {
    this.name = name;
  }

  /** Who answers; sent in the header {@code X-Served-By}. */
  String name() {
    return name;
  }

  boolean isReady() {
    return ready;
  }

  /** How long every answer is held back, milliseconds. */
  long delayMillis() {
    return delayMillis;
  }

  /** Performs one command line; an unknown one is an {@link IllegalArgumentException}. */
  void obey(String line) {
    String[] words = line.strip().split(" +", -1);
    switch (words[0]) {
      case "ready" -> ready = true;
      case "unready" -> ready = false;
      case "slow" -> delayMillis = Long.parseLong(words[1]);
      default -> throw new IllegalArgumentException("ready, unready or slow, was " + line);
    }
  }
}
