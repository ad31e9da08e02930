package dev.fairlead.health.probe;

import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.config.IpText;
import dev.fairlead.health.CheckResult;
import dev.fairlead.health.CheckResult.Outcome;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/**
 * Runs a program that knows whether the server is well: 0 = yes, anything else = no. On a virtual
 * thread, since starting a process and waiting for it block.
 */
final class CommandProbe implements Probe {

  private final EventLoop loop;
  private final List<String> arguments;
  private final Map<String, String> environment;
  private final Duration timeout;

  CommandProbe(EventLoop loop, InetSocketAddress address, HealthCheckConfig.Command check) {
    this.loop = loop;
    this.timeout = check.timing().timeout();
    String host = IpText.text(address.getAddress());
    String port = String.valueOf(address.getPort());
    arguments = new ArrayList<>();
    for (String argument : check.command()) {
      arguments.add(argument.replace("{address}", host).replace("{port}", port));
    }
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
      ProgramRun.Ended ended = ProgramRun.run(arguments, environment, timeout);
      return result(ended, Duration.ofNanos(System.nanoTime() - startedAt));
    } catch (IOException | RuntimeException e) {
      return new CheckResult(
          Outcome.NOT_RUN, "the command cannot be started: " + e.getMessage(), 0, Duration.ZERO);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new CheckResult(Outcome.NOT_RUN, "interrupted", 0, Duration.ZERO);
    }
  }

  private CheckResult result(ProgramRun.Ended ended, Duration duration) {
    String said = ended.firstLine().isEmpty() ? "" : ": " + ended.firstLine();
    if (ended.timedOut()) {
      return new CheckResult(
          Outcome.COMMAND_TIMEOUT,
          "command killed after " + timeout.toMillis() + " ms" + said,
          0,
          duration);
    }
    return ended.exitCode() == 0
        ? new CheckResult(Outcome.OK, "exit code 0" + said, 0, duration)
        : new CheckResult(
            Outcome.COMMAND_FAILED, "exit code " + ended.exitCode() + said, 0, duration);
  }
}
