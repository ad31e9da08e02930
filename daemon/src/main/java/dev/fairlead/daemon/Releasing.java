package dev.fairlead.daemon;

import dev.fairlead.config.Configuration;
import dev.fairlead.config.Finding;
import dev.fairlead.config.LocalHost;
import dev.fairlead.config.ReadResult;
import dev.fairlead.config.hocon.HoconReader;
import dev.fairlead.daemon.admin.ControlClient;
import dev.fairlead.daemon.log.Logging;
import dev.fairlead.vrrp.net.VirtualRouters;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * {@code fairlead release}: takes away the virtual addresses that a killed process left behind.
 *
 * <p>The kernel would do it within the addresses' lifetime; a service manager that has just seen
 * the process die need not wait for that, nor trust that the lifetime was switched on.
 */
public final class Releasing {

  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(2);

  private Releasing() {}

  /**
   * Reads the configuration, removes what is left of its virtual routers; returns the exit code.
   */
  public static int run(List<Path> files) throws Exception {
    Logging.prepare();
    PrintStream err = System.err;
    return switch (new HoconReader(LocalHost.now(), System.getenv()).read(files)) {
      case ReadResult.Invalid(List<Finding> findings) -> {
        findings.forEach(finding -> err.println(finding));
        err.println("fairlead: nothing released: " + FindingCount.of(findings));
        yield 1;
      }
      case ReadResult.Valid(Configuration configuration, List<Finding> ignored) ->
          release(configuration);
    };
  }

  private static int release(Configuration configuration) throws Exception {
    if (configuration.virtualRouters().isEmpty()) {
      return 0;
    }
    Path socket = configuration.admin().controlSocket();
    if (isServed(socket)) {
      System.err.println(
          "fairlead: nothing released: a running process answers on "
              + socket
              + "; stop it instead");
      return 1;
    }
    Logging logging = Logging.start(configuration.log());
    try (ServiceLoop loop = new ServiceLoop("release", e -> {})) {
      loop.call(() -> {
        VirtualRouters.removeLeftovers(loop.loop(), configuration.virtualRouters());
        return null;
      });
    } finally {
      logging.flush();
    }
    return 0;
  }

  private static boolean isServed(Path socket) {
    try {
      ControlClient.ask(socket, "status", ANSWER_LIMIT);
      return true;
    } catch (IOException e) {
      return false; // nobody there, which is what this command is for
    }
  }
}
