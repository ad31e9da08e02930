package dev.fairlead.daemon.cli;

import dev.fairlead.daemon.admin.ControlClient.Reply;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fairlead status}: who is master, which servers are well, what flows. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = "Show virtual routers, frontends and servers of the running process.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  fairlead status",
      "  fairlead status --json | jq -r '.virtual_routers[].state'",
      "  fairlead status --configuration",
    })
final class StatusCommand implements Callable<Integer> {

  private static final Duration LIMIT = Duration.ofSeconds(10);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private SocketOption socket = new SocketOption();

  @Option(names = "--json", description = "For programs: keys stay as they are between versions.")
  private boolean json;

  @Option(
      names = "--configuration",
      description = "What is in force, in the words of `fairlead check`.")
  private boolean configuration;

  @Override
  public Integer call() throws IOException {
    // AUTO is on for a terminal only, and obeys NO_COLOR.
    String human = Ansi.AUTO.enabled() ? "status colour" : "status";
    String words = configuration ? "status configuration" : human;
    Reply reply = socket.ask(json ? "status json" : words, LIMIT);
    PrintWriter out = spec.commandLine().getOut();
    out.print(reply.text());
    out.flush();
    return reply.succeeded() ? 0 : 1;
  }
}
