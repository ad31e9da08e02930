package dev.fairlead.benchmarks.load;

import java.util.HashMap;
import java.util.Map;

/**
 * What a client does at once: any mix of streams, conversations, new and idle connections.
 *
 * @param target {@code ADDRESS:PORT}, IPv4
 * @param downloads streams from the server
 * @param uploads streams to the server
 * @param streamRate bytes per second of each stream, 0 = as fast as possible
 * @param conversations connections on which one message follows the answer to the last
 * @param requestRate requests per second over all conversations, 0 = as fast as possible
 * @param openers connections that are opened, used for one message and closed, over and over
 * @param openRate new connections per second over all openers, 0 = as fast as possible
 * @param serverCloses whether the server ends new connections, instead of the client
 * @param idle connections that carry one message and then stay
 * @param messageBytes size of a message and of its answer
 * @param limit requests and new connections after which no more are begun, 0 = none
 */
public record LoadPlan(
    String target,
    int downloads,
    int uploads,
    long streamRate,
    int conversations,
    int requestRate,
    int openers,
    int openRate,
    boolean serverCloses,
    int idle,
    int messageBytes,
    long limit) {

  private static final int MESSAGE_BYTES = 128;

  /** Nothing yet: the base of every plan. */
  public static LoadPlan to(String target) {
    return new LoadPlan(target, 0, 0, 0, 0, 0, 0, 0, false, 0, MESSAGE_BYTES, 0);
  }

  public LoadPlan withTarget(String target) {
    return new LoadPlan(
        target,
        downloads,
        uploads,
        streamRate,
        conversations,
        requestRate,
        openers,
        openRate,
        serverCloses,
        idle,
        messageBytes,
        limit);
  }

  public LoadPlan withStreams(int downloads, int uploads, long streamRate) {
    return new LoadPlan(
        target,
        downloads,
        uploads,
        streamRate,
        conversations,
        requestRate,
        openers,
        openRate,
        serverCloses,
        idle,
        messageBytes,
        limit);
  }

  public LoadPlan withConversations(int conversations, int requestRate) {
    return new LoadPlan(
        target,
        downloads,
        uploads,
        streamRate,
        conversations,
        requestRate,
        openers,
        openRate,
        serverCloses,
        idle,
        messageBytes,
        limit);
  }

  public LoadPlan withOpeners(int openers, int openRate, boolean serverCloses) {
    return new LoadPlan(
        target,
        downloads,
        uploads,
        streamRate,
        conversations,
        requestRate,
        openers,
        openRate,
        serverCloses,
        idle,
        messageBytes,
        limit);
  }

  public LoadPlan withIdle(int idle) {
    return new LoadPlan(
        target,
        downloads,
        uploads,
        streamRate,
        conversations,
        requestRate,
        openers,
        openRate,
        serverCloses,
        idle,
        messageBytes,
        limit);
  }

  public LoadPlan withLimit(long limit) {
    return new LoadPlan(
        target,
        downloads,
        uploads,
        streamRate,
        conversations,
        requestRate,
        openers,
        openRate,
        serverCloses,
        idle,
        messageBytes,
        limit);
  }

  /** One line, read back by {@link #parse}. */
  public String line() {
    return ("target=%s downloads=%d uploads=%d streamRate=%d conversations=%d requestRate=%d"
            + " openers=%d openRate=%d serverCloses=%b idle=%d messageBytes=%d limit=%d")
        .formatted(
            target,
            downloads,
            uploads,
            streamRate,
            conversations,
            requestRate,
            openers,
            openRate,
            serverCloses,
            idle,
            messageBytes,
            limit);
  }

  static LoadPlan parse(String line) {
    Map<String, String> values = new HashMap<>();
    for (String word : line.split(" ", -1)) {
      int equals = word.indexOf('=');
      values.put(word.substring(0, equals), word.substring(equals + 1));
    }
    return new LoadPlan(
        text(values, "target"),
        (int) number(values, "downloads"),
        (int) number(values, "uploads"),
        number(values, "streamRate"),
        (int) number(values, "conversations"),
        (int) number(values, "requestRate"),
        (int) number(values, "openers"),
        (int) number(values, "openRate"),
        Boolean.parseBoolean(text(values, "serverCloses")),
        (int) number(values, "idle"),
        (int) number(values, "messageBytes"),
        number(values, "limit"));
  }

  private static String text(Map<String, String> values, String key) {
    String value = values.get(key);
    if (value == null) {
      throw new IllegalArgumentException("plan has no " + key);
    }
    return value;
  }

  private static long number(Map<String, String> values, String key) {
    return Long.parseLong(text(values, key));
  }

  /** Sockets it takes. */
  int connections() {
    return downloads + uploads + conversations + openers + idle;
  }

  /** The address, its first byte in the highest bits. */
  int ipv4() {
    int address = 0;
    for (String part : target.substring(0, target.indexOf(':')).split("\\.", -1)) {
      address = address << 8 | Integer.parseInt(part);
    }
    return address;
  }

  int port() {
    return Integer.parseInt(target.substring(target.indexOf(':') + 1));
  }
}
