package dev.fairlead.health.probe;

import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.config.IpText;
import dev.fairlead.config.UnixAddress;
import dev.fairlead.health.CheckResult;
import dev.fairlead.health.CheckResult.Outcome;
import dev.fairlead.program.Program;
import dev.fairlead.program.Program.Leftovers;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/**
 * Runs a program that knows whether the server is well: 0 = yes, anything else = no. On a virtual
 * thread, since starting a process and waiting for it block.
 */
final class CommandProbe implements Probe {

  private static final int MAX_LINE_CHARS = 120;

  private final EventLoop loop;
  private final Program program;
  private final Map<String, String> environment;

  CommandProbe(EventLoop loop, InetSocketAddress address, HealthCheckConfig.Command check) {
    this.loop = loop;
    String host =
        UnixAddress.isUnix(address) ? address.getHostString() : IpText.text(address.getAddress());
    String port = String.valueOf(address.getPort());
    List<String> arguments = new ArrayList<>();
    for (String argument : check.command()) {
      arguments.add(argument.replace("{address}", host).replace("{port}", port));
    }
    program =
        new Program(arguments, Optional.empty(), check.timing().timeout(), Leftovers.ARE_KILLED);
    environment = new LinkedHashMap<>();
    environment.put("FAIRLEAD_SERVER_ADDRESS", host);
    environment.put("FAIRLEAD_SERVER_PORT", port);
  }

  @Override
  public void run(boolean fresh, Consumer<CheckResult> done) {
    Thread.ofVirtual()
        .name("check-command")
        .start(() -> {
          CheckResult result = execute();
          try {
            loop.execute(() -> done.accept(result));
          } catch (RejectedExecutionException e) {
            // The process is ending, and nobody waits for this result.
            return;
          }
        });
  }

  private CheckResult execute() {
    long startedAt = System.nanoTime();
    try {
      Program.Outcome outcome = program.run(environment);
      return result(outcome, Duration.ofNanos(System.nanoTime() - startedAt));
    } catch (RuntimeException e) {
      return new CheckResult(
          Outcome.NOT_RUN, "the command cannot be started: " + e.getMessage(), 0, Duration.ZERO);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new CheckResult(Outcome.NOT_RUN, "interrupted", 0, Duration.ZERO);
    }
  }

  private CheckResult result(Program.Outcome outcome, Duration duration) {
    return switch (outcome) {
      case Program.Outcome.Ended(int status, Program.Output output) ->
          new CheckResult(
              status == 0 ? Outcome.OK : Outcome.COMMAND_FAILED,
              "exit code " + status + said(output),
              0,
              duration);
      case Program.Outcome.TimedOut(Duration after, Program.Output output) ->
          new CheckResult(
              Outcome.COMMAND_TIMEOUT,
              "command killed after " + after.toMillis() + " ms" + said(output),
              0,
              duration);
      case Program.Outcome.NotStarted(String detail) ->
          new CheckResult(
              Outcome.NOT_RUN, "the command cannot be started: " + detail, 0, Duration.ZERO);
    };
  }

  private static String said(Program.Output output) {
    String line = output.first();
    return line.isEmpty() ? "" : ": " + line.substring(0, Math.min(line.length(), MAX_LINE_CHARS));
  }
}
