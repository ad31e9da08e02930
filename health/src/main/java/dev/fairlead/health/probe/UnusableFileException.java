package dev.fairlead.health.probe;

/** A file that a check needs cannot be used; the message names it and says why. */
final class UnusableFileException extends Exception {

  private static final long serialVersionUID = 1;

  UnusableFileException(String message) {
    super(message);
  }
}
