package dev.fairlead.config.hocon;

import java.util.Optional;
import java.util.function.Function;

/** What became of one piece of text: a value, or what is wrong with it. */
sealed interface Parsed<T> {

  /** The value, if it is usable. */
  Optional<T> value();

  /** What is wrong, if anything. */
  Optional<Problem> problem();

  /** Goes on with the value, if it is usable. */
  <U> Parsed<U> then(Function<T, Parsed<U>> next);

  /** The same value, or the same problem in the words of whoever asked. */
  Parsed<T> expecting(String expected);

  /**
   * Why something is unusable.
   *
   * @param expected continues "must be"
   */
  record Problem(String expected, Optional<String> hint) {}

  /** Usable. */
  record Good<T>(T good) implements Parsed<T> {
    @Override
    public Optional<T> value() {
      return Optional.of(good);
    }

    @Override
    public Optional<Problem> problem() {
      return Optional.empty();
    }

    @Override
    public <U> Parsed<U> then(Function<T, Parsed<U>> next) {
      return next.apply(good);
    }

    @Override
    public Parsed<T> expecting(String expected) {
      return this;
    }
  }

  /** Unusable. */
  record Bad<T>(Problem bad) implements Parsed<T> {
    @Override
    public Optional<T> value() {
      return Optional.empty();
    }

    @Override
    public Optional<Problem> problem() {
      return Optional.of(bad);
    }

    @Override
    public <U> Parsed<U> then(Function<T, Parsed<U>> next) {
      return new Bad<>(bad);
    }

    @Override
    public Parsed<T> expecting(String expected) {
      return new Bad<>(new Problem(expected, bad.hint()));
    }
  }

  static <T> Parsed<T> good(T value) {
    return new Good<>(value);
  }

  static <T> Parsed<T> bad(String expected) {
    return new Bad<>(new Problem(expected, Optional.empty()));
  }

  static <T> Parsed<T> bad(String expected, String hint) {
    return new Bad<>(new Problem(expected, Optional.of(hint)));
  }
}
