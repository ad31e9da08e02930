package dev.fairlead.daemon.cli;

import dev.fairlead.daemon.admin.ControlClient.Reply;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fairlead server}: weight and state of a server, until the file says something else. */
@Command(
    name = "server",
    mixinStandardHelpOptions = true,
    description = {
      "Change a server's weight or state in the running process:",
      "  ready       it takes new connections",
      "  drain       no new ones, but of clients that stick to it; the others live on",
      "  maint       no new ones, and its sessions are closed; it is still checked",
      "  set-weight  its share of new connections, 0..256; 0 = none",
      "  reset       as the configuration says",
      "A change holds over reloads, until the file says something else about that server than it"
          + " did, and ends with the process.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fairlead server drain api/m1",
      "  fairlead server set-weight api/m1 50",
      "  fairlead server reset api/m1",
    })
final class ServerCommand implements Callable<Integer> {

  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final String SET_WEIGHT = "set-weight";
  private static final List<String> ACTIONS =
      List.of("ready", "drain", "maint", SET_WEIGHT, "reset");

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private SocketOption socket = new SocketOption();

  @Parameters(index = "0", paramLabel = "ACTION", description = "One of those above.")
  private String action = "";

  @Parameters(index = "1", paramLabel = "BACKEND/SERVER", description = "As status names them.")
  private String server = "";

  @Parameters(index = "2", arity = "0..1", paramLabel = "WEIGHT", description = "Of set-weight.")
  private @Nullable Integer weight;

  @Override
  public Integer call() throws IOException {
    if (!ACTIONS.contains(action)) {
      throw wrong("the action must be one of " + String.join(", ", ACTIONS) + ", but is " + action);
    }
    int slash = server.indexOf('/');
    if (slash <= 0 || slash == server.length() - 1 || server.indexOf(' ') >= 0) {
      throw wrong("the server must be BACKEND/SERVER such as api/m1, but is " + server);
    }
    if (action.equals(SET_WEIGHT) != (weight != null)) {
      throw wrong("set-weight, and nothing else, needs a weight");
    }
    if (weight != null && (weight < 0 || weight > 256)) {
      throw wrong("the weight must be 0..256, but is " + weight);
    }
    String request = "server " + action + " " + server + (weight == null ? "" : " " + weight);
    Reply reply = socket.ask(request, LIMIT);
    PrintWriter out = reply.succeeded() ? spec.commandLine().getOut() : spec.commandLine().getErr();
    out.print(reply.text());
    out.flush();
    return reply.succeeded() ? 0 : 1;
  }

  private ParameterException wrong(String sentence) {
    return new ParameterException(spec.commandLine(), sentence);
  }
}
