package dev.fairlead.daemon;

import dev.fairlead.daemon.cli.FairleadCommand;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code fairlead}.
 *
 * <p>Exit codes: 0 = done, 1 = failed, 2 = the command line was wrong; {@code run} ends with 128 +
 * the signal's number when a second signal cuts a stop short.
 */
public final class Main {

  private Main() {}

  /** Never returns normally while a service runs; exits with the code. */
  public static void main(String[] arguments) {
    // The one command line that a service manager uses is understood here: picocli builds its model
    // by reflection, which would be a quarter of the time that a start may take.
    int exitCode =
        plainRun(arguments)
            .map(files -> Running.run(Running.filesSource(files)))
            .orElseGet(() -> FairleadCommand.execute(arguments));
    System.exit(exitCode);
  }

  /**
   * The files of {@code run [-f FILE | --file FILE | --file=FILE]…}; empty for any other command
   * line, right or wrong: picocli then judges all of it.
   */
  static Optional<List<Path>> plainRun(String[] arguments) {
    if (arguments.length == 0 || !arguments[0].equals("run")) {
      return Optional.empty();
    }
    List<Path> files = new ArrayList<>();
    for (int i = 1; i < arguments.length; i++) {
      String argument = arguments[i];
      if (argument.startsWith("--file=")) {
        files.add(Path.of(argument.substring("--file=".length())));
      } else if ((argument.equals("-f") || argument.equals("--file"))
          && i + 1 < arguments.length
          && !arguments[i + 1].startsWith("-")) {
        files.add(Path.of(arguments[++i]));
      } else {
        return Optional.empty();
      }
    }
    return Optional.of(files.isEmpty() ? List.of(Running.DEFAULT_FILE) : files);
  }
}
