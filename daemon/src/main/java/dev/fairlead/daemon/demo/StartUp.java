package dev.fairlead.daemon.demo;

/**
 * What a stand-in does before it serves, in this order, each for so many milliseconds.
 *
 * @param silentMillis listens, but accepts nobody: clients are connected, and wait
 * @param forbiddenMillis answers 403 to everything: its permissions are not loaded yet
 * @param unreadyMillis answers, but says no to {@code /readyz}
 */
public record StartUp(int silentMillis, int forbiddenMillis, int unreadyMillis) {

  /** Serves as soon as it listens. */
  public static final StartUp AT_ONCE = new StartUp(0, 0, 0);

  /** {@code SILENT,FORBIDDEN,UNREADY}. */
  String toText() {
    return silentMillis + "," + forbiddenMillis + "," + unreadyMillis;
  }

  /** The inverse of {@link #toText()}. */
  static StartUp parse(String text) {
    String[] words = text.split(",", -1);
    if (words.length != 3) {
      throw new IllegalArgumentException("expected three numbers, was " + text);
    }
    return new StartUp(
        Integer.parseInt(words[0]), Integer.parseInt(words[1]), Integer.parseInt(words[2]));
  }
}
