package dev.fairlead.daemon.cli;

import dev.fairlead.daemon.admin.ControlClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import picocli.CommandLine.Option;

/** Which running process is meant. */
final class SocketOption {

  @Option(
      names = "--socket",
      paramLabel = "PATH",
      defaultValue = "/run/fairlead/fairlead.sock",
      description = "Control socket of the running process. Default: ${DEFAULT-VALUE}.")
  private Path socket = Path.of("");

  /** Asks; the exception's message says what to do. */
  ControlClient.Reply ask(String request, Duration limit) throws IOException {
    try {
      return ControlClient.ask(socket, request, limit);
    } catch (IOException e) {
      throw new IOException(
          "no answer on %s (%s). Is fairlead running here, as this user, with this control socket"
                  .formatted(socket, e.getMessage())
              + " (admin.control-socket)?",
          e);
    }
  }
}
