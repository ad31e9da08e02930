package dev.fairlead.daemon.cli;

import dev.fairlead.config.IpText;
import dev.fairlead.daemon.admin.ControlClient.Reply;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fairlead stick}: which clients stick to which server. */
@Command(
    name = "stick",
    mixinStandardHelpOptions = true,
    subcommands = {StickCommand.Show.class, StickCommand.Set.class, StickCommand.Clear.class},
    description = "Show and change which clients stick to which server of a backend.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  fairlead stick show api",
      "  fairlead stick set api 10.0.0.9 m1",
      "  fairlead stick clear api --server m2",
    })
final class StickCommand implements Runnable {

  private static final Duration LIMIT = Duration.ofSeconds(30);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing sub-command: show, set or clear");
  }

  private static int ask(CommandSpec spec, SocketOption socket, String request) throws IOException {
    Reply reply = socket.ask(request, LIMIT);
    PrintWriter out = reply.succeeded() ? spec.commandLine().getOut() : spec.commandLine().getErr();
    out.print(reply.text());
    out.flush();
    return reply.succeeded() ? 0 : 1;
  }

  private static String word(CommandSpec spec, String word) {
    if (word.isEmpty() || word.indexOf(' ') >= 0) {
      throw new ParameterException(spec.commandLine(), "must be a name, but is \"" + word + '"');
    }
    return word;
  }

  private static String address(CommandSpec spec, String text) {
    return IpText.parse(text)
        .map(IpText::text)
        .orElseThrow(() ->
            new ParameterException(
                spec.commandLine(), "must be an IPv4 or IPv6 address, but is " + text));
  }

  /** {@code fairlead stick show}. */
  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "List the clients, the one seen last first.",
      footerHeading = "%nExamples:%n",
      footer = {"  fairlead stick show api", "  fairlead stick show api --most 20000 --json"})
  static final class Show implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();
    @Mixin private SocketOption socket = new SocketOption();

    @Parameters(paramLabel = "BACKEND", description = "Its name.")
    private String backend = "";

    @Option(
        names = "--most",
        paramLabel = "N",
        defaultValue = "1000",
        description = "Shows so many at most, up to 20000. Default: ${DEFAULT-VALUE}.")
    private int most;

    @Option(names = "--json", description = "For programs.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
      if (most < 0) {
        throw new ParameterException(spec.commandLine(), "--most must not be below 0");
      }
      String request = "stick show " + word(spec, backend) + " " + most + (json ? " json" : "");
      return ask(spec, socket, request);
    }
  }

  /** {@code fairlead stick set}. */
  @Command(
      name = "set",
      mixinStandardHelpOptions = true,
      description = "Make a client stick to a server from its next connection on.",
      footerHeading = "%nExamples:%n",
      footer = {"  fairlead stick set api 10.0.0.9 m1"})
  static final class Set implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();
    @Mixin private SocketOption socket = new SocketOption();

    @Parameters(index = "0", paramLabel = "BACKEND", description = "Its name.")
    private String backend = "";

    @Parameters(index = "1", paramLabel = "ADDRESS", description = "Of the client.")
    private String client = "";

    @Parameters(index = "2", paramLabel = "SERVER", description = "Its name.")
    private String server = "";

    @Override
    public Integer call() throws IOException {
      return ask(
          spec,
          socket,
          "stick set "
              + word(spec, backend)
              + " "
              + address(spec, client)
              + " "
              + word(spec, server));
    }
  }

  /** {@code fairlead stick clear}. */
  @Command(
      name = "clear",
      mixinStandardHelpOptions = true,
      description = "Forget one client, all of a server, or all.",
      footerHeading = "%nExamples:%n",
      footer = {
        "  fairlead stick clear api 10.0.0.9",
        "  fairlead stick clear api --server m2",
        "  fairlead stick clear api",
      })
  static final class Clear implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();
    @Mixin private SocketOption socket = new SocketOption();

    @Parameters(index = "0", paramLabel = "BACKEND", description = "Its name.")
    private String backend = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "ADDRESS", description = "Of the client.")
    private String client = "";

    @Option(names = "--server", paramLabel = "NAME", description = "All clients of this server.")
    private String server = "";

    @Override
    public Integer call() throws IOException {
      if (!client.isEmpty() && !server.isEmpty()) {
        throw new ParameterException(
            spec.commandLine(), "an address and --server exclude each other");
      }
      String which =
          !client.isEmpty()
              ? " client " + address(spec, client)
              : server.isEmpty() ? "" : " server " + word(spec, server);
      return ask(spec, socket, "stick clear " + word(spec, backend) + which);
    }
  }
}
