package dev.fairlead.daemon.cli;

import dev.fairlead.daemon.demo.DemoCommand;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code fairlead} without a sub-command, and the list of those there are. */
@Command(
    name = "fairlead",
    description = "Load balancer, health checks and virtual IP for Kubernetes API servers.",
    mixinStandardHelpOptions = true,
    versionProvider = VersionCommand.class,
    subcommands = {
      RunCommand.class,
      CheckCommand.class,
      StatusCommand.class,
      ReloadCommand.class,
      ServerCommand.class,
      StickCommand.class,
      VipCommand.class,
      ReleaseCommand.class,
      DemoCommand.class,
      VersionCommand.class,
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fairlead check /etc/fairlead/fairlead.conf",
      "  fairlead run -f /etc/fairlead/fairlead.conf",
      "  fairlead run --listen 127.0.0.1:8443 --server 10.0.0.1:6443 10.0.0.2:6443",
      "  fairlead status",
      "",
      "Exit codes: 0 done, 1 failed, 2 wrong usage.",
    })
public final class FairleadCommand implements Runnable {

  @Spec private CommandSpec spec = CommandSpec.create();

  /** Parses and runs; returns the exit code. */
  public static int execute(String... arguments) {
    return commandLine().execute(arguments);
  }

  static CommandLine commandLine() {
    return new CommandLine(new FairleadCommand())
        .setUsageHelpAutoWidth(true)
        .setExecutionExceptionHandler((exception, command, parsed) -> {
          PrintWriter err = command.getErr();
          String message = exception.getMessage();
          err.println("fairlead: " + (message == null ? exception.toString() : message));
          err.flush();
          return CommandLine.ExitCode.SOFTWARE;
        });
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing sub-command");
  }
}
