package dev.fairlead.config;

import java.util.Optional;

/**
 * One thing a reader has to say about what it read.
 *
 * @param code short, stable, kebab-case, e.g. {@code unknown-key}
 * @param file as the user named it; empty for the command line
 * @param line 1-based; 0 = not known
 * @param key full path, e.g. {@code backends.api.servers[2].weight}; may be empty
 * @param sentence what was expected and what came, without file, line and key
 * @param hint what to do about it, e.g. the nearest known key
 */
public record Finding(
    Severity severity,
    String code,
    String file,
    int line,
    String key,
    String sentence,
    Optional<String> hint) {

  /** How bad it is. */
  public enum Severity {
    /** The configuration cannot be used. */
    ERROR,
    /** It can be used, but probably does not do what was meant. */
    WARNING,
    /** Worth knowing: what was derived, or repaired. */
    NOTE
  }

  /** By hand: a warning would cost the start ten milliseconds more. */
  @Override
  public int hashCode() {
    return 31 * (31 * line + key.hashCode()) + code.hashCode();
  }

  /** {@code fairlead.conf:12: backends.api.servers[2].weight must be 0..256, but is 300 (hint)}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    if (!file.isEmpty()) {
      text.append(file);
      if (line > 0) {
        text.append(':').append(line);
      }
      text.append(": ");
    }
    text.append(severity.name().toLowerCase(java.util.Locale.ROOT)).append(": ");
    if (!key.isEmpty()) {
      text.append(key).append(' ');
    }
    text.append(sentence);
    hint.ifPresent(h -> text.append(" (").append(h).append(')'));
    return text.toString();
  }
}
