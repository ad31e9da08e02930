package dev.fairlead.config;

/** What is logged, and how. */
public record LogConfig(Format format, Level level) {

  /** One line per event in either format. */
  public enum Format {
    HUMAN,
    JSON
  }

  /** The lowest level that is written. */
  public enum Level {
    ERROR,
    WARN,
    INFO,
    DEBUG,
    TRACE
  }
}
