package dev.fairlead.daemon.cli;

import dev.fairlead.daemon.admin.ControlClient.Reply;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fairlead vip}: moves virtual addresses away from this node, and lets them come again. */
@Command(
    name = "vip",
    mixinStandardHelpOptions = true,
    subcommands = {VipCommand.ReleaseVip.class, VipCommand.ResumeVip.class},
    description = "Hand virtual addresses over to another node, e.g. before maintenance.",
    footerHeading = "%nExamples:%n",
    footer = {"  fairlead vip release", "  fairlead vip release etcd", "  fairlead vip resume"})
final class VipCommand implements Runnable {

  private static final Duration LIMIT = Duration.ofSeconds(10);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing sub-command: release or resume");
  }

  /** Sends the request; the reply goes to where it belongs. */
  private static int ask(CommandSpec spec, SocketOption socket, String request, String router)
      throws IOException {
    Reply reply = socket.ask((request + " " + router).strip(), LIMIT);
    PrintWriter out = reply.succeeded() ? spec.commandLine().getOut() : spec.commandLine().getErr();
    out.print(reply.text());
    out.flush();
    return reply.succeeded() ? 0 : 1;
  }

  /** {@code fairlead vip release}. */
  @Command(
      name = "release",
      mixinStandardHelpOptions = true,
      description = {
        "Hand over now, serving until the successor is heard; then keep out of mastership, at"
            + " priority 1, until resumed or until the process ends. Somebody must hold the"
            + " addresses: without another node this one keeps them.",
      },
      footerHeading = "%nExamples:%n",
      footer = {"  fairlead vip release", "  fairlead vip release etcd"})
  static final class ReleaseVip implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();
    @Mixin private SocketOption socket = new SocketOption();

    @Parameters(
        arity = "0..1",
        paramLabel = "ROUTER",
        description = "A virtual router, and with it its sync group. Default: all.")
    private String router = "";

    @Override
    public Integer call() throws IOException {
      return ask(spec, socket, "vip release", router);
    }
  }

  /** {@code fairlead vip resume}. */
  @Command(
      name = "resume",
      mixinStandardHelpOptions = true,
      description = "Take part in the election again, as the configuration says.",
      footerHeading = "%nExamples:%n",
      footer = {"  fairlead vip resume", "  fairlead vip resume etcd"})
  static final class ResumeVip implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();
    @Mixin private SocketOption socket = new SocketOption();

    @Parameters(
        arity = "0..1",
        paramLabel = "ROUTER",
        description = "A virtual router, and with it its sync group. Default: all.")
    private String router = "";

    @Override
    public Integer call() throws IOException {
      return ask(spec, socket, "vip resume", router);
    }
  }
}
