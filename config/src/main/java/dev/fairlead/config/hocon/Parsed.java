package dev.fairlead.config.hocon;

import java.util.Optional;

/** What became of one piece of text: a value, or what is wrong with it. */
sealed interface Parsed<T> {

  /** Usable. */
  record Good<T>(T value) implements Parsed<T> {}

  /**
   * Unusable.
   *
   * @param expected continues "must be"
   */
  record Bad<T>(String expected, Optional<String> hint) implements Parsed<T> {}

  static <T> Parsed<T> good(T value) {
    return new Good<>(value);
  }

  static <T> Parsed<T> bad(String expected) {
    return new Bad<>(expected, Optional.empty());
  }

  static <T> Parsed<T> bad(String expected, String hint) {
    return new Bad<>(expected, Optional.of(hint));
  }
}
