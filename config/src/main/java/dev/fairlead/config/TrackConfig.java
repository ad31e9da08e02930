package dev.fairlead.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Something beside Fairlead itself that virtual routers may track. Defined once for the node and
 * watched once, whoever tracks it; interfaces need no definition.
 */
public sealed interface TrackConfig {

  /** What can be tracked; the name in lower case is a metric label. */
  enum Kind {
    INTERFACE,
    SCRIPT,
    FILE,
    PROCESS
  }

  /** Which one: names are unique among their kind. */
  record Key(Kind kind, String name) {

    /** {@code script chk}. */
    @Override
    public String toString() {
      return kind.name().toLowerCase(java.util.Locale.ROOT) + " " + name;
    }
  }

  Key key();

  /** From the beginning of one look to the beginning of the next. */
  Duration interval();

  /** Good results in a row that end a failure. */
  int rise();

  /** Bad results in a row that are one. */
  int fall();

  /**
   * A program that ends with 0 while all is well.
   *
   * @param command program and arguments; no shell is involved
   * @param user whom it runs as; empty = as this process
   * @param timeout after which it and its process group are killed, which counts as a bad result
   */
  record Script(
      String name,
      List<String> command,
      Optional<String> user,
      Duration interval,
      Duration timeout,
      int rise,
      int fall)
      implements TrackConfig {

    public Script {
      command = List.copyOf(command);
    }

    @Override
    public Key key() {
      return new Key(Kind.SCRIPT, name);
    }
  }

  /** A file whose presence or content says something; each look counts. */
  record WatchedFile(String name, Path path, Meaning means, Duration interval)
      implements TrackConfig {

    /** What the file says. */
    public enum Meaning {
      /** Well while it exists. */
      EXISTS,
      /** Well while it does not. */
      ABSENT,
      /** Holds an integer: 0, or no file, is well; times a weight it is added to the priority. */
      INTEGER
    }

    @Override
    public Key key() {
      return new Key(Kind.FILE, name);
    }

    @Override
    public int rise() {
      return 1;
    }

    @Override
    public int fall() {
      return 1;
    }
  }

  /**
   * Processes of this host, counted.
   *
   * @param executable what the kernel calls the process (at most 15 bytes are compared), or the
   *     name or path of its first argument
   * @param arguments that its command line must have behind the first, in this order and from the
   *     beginning; empty = any
   * @param minimum fewer are a failure
   * @param maximum more are a failure; 0 = no limit
   */
  record Processes(
      String name,
      String executable,
      List<String> arguments,
      int minimum,
      int maximum,
      Duration interval,
      int rise,
      int fall)
      implements TrackConfig {

    public Processes {
      arguments = List.copyOf(arguments);
    }

    @Override
    public Key key() {
      return new Key(Kind.PROCESS, name);
    }
  }
}
