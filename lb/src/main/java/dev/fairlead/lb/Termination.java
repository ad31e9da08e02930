package dev.fairlead.lb;

/**
 * haproxy's two letters for how a session ended, which people have in their scripts and heads: who
 * or what ended it, and what it was doing.
 *
 * <p>First: {@code C} the client, {@code S} the server, {@code c} and {@code s} their timeouts,
 * {@code P} this balancer refused it, {@code R} means of our own ran out, {@code I} an error of
 * ours, {@code D} its server was found dead or taken away, {@code K} people ended it, {@code -}
 * nothing special. Second: {@code R} waiting for what must come first (a PROXY header), {@code Q}
 * waiting for a place on a server, {@code C} connecting, {@code D} data flowed, {@code L} the
 * server had finished and its last bytes were on their way, {@code -} it was over.
 */
public final class Termination {

  private Termination() {}

  /** What the session was doing. */
  public enum Phase {
    /** Accepted, and no server looked for yet. */
    BEGINNING,
    /** Waiting for a place on a server. */
    QUEUED,
    /** Connecting. */
    CONNECTING,
    /** Connected; both sides may send. */
    RELAYING,
    /** The client has ended its side. */
    CLIENT_DONE,
    /** The server has ended its side. */
    SERVER_DONE
  }

  /**
   * The two letters.
   *
   * @param timedOut whether the last attempt to connect ended by timeout
   */
  public static String letters(SessionEnd end, Phase phase, boolean timedOut) {
    return switch (end) {
      case NORMAL -> "--";
      case CLIENT_RESET, CLIENT_ABORTED -> "C" + letter(phase);
      case SERVER_RESET -> "S" + letter(phase);
      case CLIENT_IDLE -> "c" + letter(phase);
      case SERVER_IDLE -> "s" + letter(phase);
      // Whoever has not ended yet was waited for.
      case HALF_CLOSED_TIMEOUT -> phase == Phase.CLIENT_DONE ? "sD" : "cD";
      case CONNECT_FAILED -> timedOut ? "sC" : "SC";
      case NO_SERVER -> "SC";
      case QUEUE_TIMEOUT -> "sQ";
      case QUEUE_FULL -> "SQ";
      case SERVER_DEAD -> "D-";
      case REBALANCED -> "K-";
      case SHUTDOWN -> "K-";
      case RESOURCES -> "R" + letter(phase);
      case INTERNAL -> "I" + letter(phase);
    };
  }

  private static char letter(Phase phase) {
    return switch (phase) {
      case BEGINNING -> 'R';
      case QUEUED -> 'Q';
      case CONNECTING -> 'C';
      case RELAYING, CLIENT_DONE -> 'D';
      case SERVER_DONE -> 'L';
    };
  }
}
