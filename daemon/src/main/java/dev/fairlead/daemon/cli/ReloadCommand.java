package dev.fairlead.daemon.cli;

import dev.fairlead.daemon.admin.ControlClient.Reply;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code fairlead reload}: asks, waits, tells. */
@Command(
    name = "reload",
    mixinStandardHelpOptions = true,
    description = {
      "Make the running process read its configuration again, and wait for the outcome.",
      "Exit code 1: it failed, and the old configuration is still in force.",
    },
    footerHeading = "%nExamples:%n",
    footer = {"  fairlead reload", "  fairlead reload --socket /run/fairlead/second.sock"})
final class ReloadCommand implements Callable<Integer> {

  private static final Duration LIMIT = Duration.ofSeconds(90);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private SocketOption socket = new SocketOption();

  @Override
  public Integer call() throws IOException {
    Reply reply = socket.ask("reload", LIMIT);
    PrintWriter out = reply.succeeded() ? spec.commandLine().getOut() : spec.commandLine().getErr();
    out.print(reply.text());
    out.flush();
    return reply.succeeded() ? 0 : 1;
  }
}
