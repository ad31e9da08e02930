package dev.fairlead.health;

import dev.fairlead.config.ServerConfig.Administrative;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * What the agent of a server has said about it, all answers together: what an answer does not
 * mention stays as it was (haproxy's agent-check protocol).
 *
 * @param down the agent has said down, failed or stopped, and not up since
 * @param administrative ready, drain or maintenance, whatever the configuration says; empty = the
 *     agent has no opinion
 * @param weightPercent of the configured weight; empty = all of it
 * @param maxConnections sessions at once; empty = as configured
 * @param answers how many lines have come
 * @param lastAnswer the newest of them, or why there was none; empty before the first
 */
public record AgentAdvice(
    boolean down,
    Optional<Administrative> administrative,
    OptionalInt weightPercent,
    OptionalInt maxConnections,
    long answers,
    String lastAnswer) {

  /** No agent, or none that has answered. */
  public static final AgentAdvice NONE =
      new AgentAdvice(false, Optional.empty(), OptionalInt.empty(), OptionalInt.empty(), 0, "");

  private static final Pattern BETWEEN_WORDS = Pattern.compile("[ \\t,\\r\\n]+");

  /** More than any weight or limit; what is longer is not a number to us. */
  private static final int MAX_DIGITS = 7;

  private static final int MAX_WEIGHT_PERCENT = 25_600;

  /** Whether it lets no new connections in, apart from being down. */
  boolean isClosed() {
    return administrative.filter(state -> state != Administrative.READY).isPresent()
        || weightPercent.equals(OptionalInt.of(0));
  }

  /** Whether both have the same effect. */
  boolean isLike(AgentAdvice other) {
    return down == other.down
        && administrative.equals(other.administrative)
        && weightPercent.equals(other.weightPercent)
        && maxConnections.equals(other.maxConnections);
  }

  /** The weight to be used for a server with this configured one; never 0 by rounding. */
  public int weight(int configured) {
    if (weightPercent.isEmpty()) {
      return configured;
    }
    long share = ((long) configured * weightPercent.getAsInt() + 99) / 100;
    return (int) Math.min(256, share);
  }

  /** No answer: the agent is gone, and the server's own check says whether the server is. */
  AgentAdvice silent(String reason) {
    return new AgentAdvice(
        down, administrative, weightPercent, maxConnections, answers, "no answer: " + reason);
  }

  /**
   * After one more line, such as {@code up 50% # warming}. Words are separated by spaces, tabs or
   * commas; after # people talk; a word that is none of the protocol's is ignored, as haproxy does.
   */
  AgentAdvice after(String line) {
    AgentAdvice advice =
        new AgentAdvice(down, administrative, weightPercent, maxConnections, answers + 1, line);
    int comment = line.indexOf('#');
    String words = comment < 0 ? line : line.substring(0, comment);
    for (String word : BETWEEN_WORDS.split(words.toLowerCase(Locale.ROOT))) {
      advice = advice.afterWord(word);
    }
    return advice;
  }

  private AgentAdvice afterWord(String word) {
    return switch (word) {
      case "up" -> withDown(false);
      case "down", "failed", "fail", "stopped" -> withDown(true);
      case "ready" -> withAdministrative(Administrative.READY);
      case "drain" -> withAdministrative(Administrative.DRAIN);
      case "maint" -> withAdministrative(Administrative.MAINTENANCE);
      default -> afterNumber(word);
    };
  }

  private AgentAdvice afterNumber(String word) {
    if (word.endsWith("%")) {
      OptionalInt percent = number(word.substring(0, word.length() - 1));
      return percent.isEmpty() || percent.getAsInt() > MAX_WEIGHT_PERCENT
          ? this
          : new AgentAdvice(down, administrative, percent, maxConnections, answers, lastAnswer);
    }
    if (word.startsWith("maxconn:")) {
      OptionalInt limit = number(word.substring("maxconn:".length()));
      return limit.isEmpty()
          ? this
          : new AgentAdvice(down, administrative, weightPercent, limit, answers, lastAnswer);
    }
    return this;
  }

  private AgentAdvice withDown(boolean next) {
    return new AgentAdvice(
        next, administrative, weightPercent, maxConnections, answers, lastAnswer);
  }

  private AgentAdvice withAdministrative(Administrative next) {
    return new AgentAdvice(
        down, Optional.of(next), weightPercent, maxConnections, answers, lastAnswer);
  }

  private static OptionalInt number(String digits) {
    boolean whole =
        !digits.isEmpty()
            && digits.length() <= MAX_DIGITS
            && digits.chars().allMatch(c -> c >= '0' && c <= '9');
    return whole ? OptionalInt.of(Integer.parseInt(digits)) : OptionalInt.empty();
  }
}
