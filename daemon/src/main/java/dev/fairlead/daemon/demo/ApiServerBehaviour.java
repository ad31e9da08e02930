package dev.fairlead.daemon.demo;

import io.netty.handler.codec.http.HttpResponseStatus;

/** How a stand-in answers at this moment; set by its command reader, read by its event loop. */
final class ApiServerBehaviour {

  /** What a request meets. */
  enum Readiness {
    /** Its RBAC rules are not loaded: whoever asks, and for whatever, has no permission. */
    FORBIDDEN,
    /** /readyz says no; everything else is answered. */
    UNREADY,
    READY
  }

  private final String name;
  private volatile Readiness readiness = Readiness.READY;
  private volatile long delayMillis;
  private volatile long shutdownDelayMillis;
  private volatile boolean closing;

  ApiServerBehaviour(String name) {
    this.name = name;
  }

  /** Who answers; sent in the header {@code X-Served-By}. */
  String name() {
    return name;
  }

  Readiness readiness() {
    return readiness;
  }

  /** How long every answer is held back, milliseconds. */
  long delayMillis() {
    return delayMillis;
  }

  /** From SIGTERM to the end of listening, milliseconds: --shutdown-delay-duration. */
  long shutdownDelayMillis() {
    return shutdownDelayMillis;
  }

  /** Whether connections end with the answer they are waiting for. */
  boolean isClosing() {
    return closing;
  }

  void close() {
    closing = true;
  }

  void become(Readiness next) {
    readiness = next;
  }

  /** Of {@code /readyz}. */
  HttpResponseStatus readyStatus() {
    return switch (readiness) {
      case FORBIDDEN -> HttpResponseStatus.FORBIDDEN;
      case UNREADY -> HttpResponseStatus.INTERNAL_SERVER_ERROR;
      case READY -> HttpResponseStatus.OK;
    };
  }

  /** Performs one command line; an unknown one is an {@link IllegalArgumentException}. */
  void obey(String line) {
    String[] words = line.strip().split(" +", -1);
    switch (words[0]) {
      case "ready" -> become(Readiness.READY);
      case "unready" -> become(Readiness.UNREADY);
      case "slow" -> delayMillis = Long.parseLong(words[1]);
      case "shutdown-delay" -> shutdownDelayMillis = Long.parseLong(words[1]);
      default ->
          throw new IllegalArgumentException("ready, unready, slow or shutdown-delay, was " + line);
    }
  }
}
