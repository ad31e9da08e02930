package dev.fairlead.daemon;

import dev.fairlead.config.Configuration;
import dev.fairlead.config.Finding;
import dev.fairlead.config.LocalHost;
import dev.fairlead.config.LogConfig;
import dev.fairlead.config.ReadResult;
import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.config.hocon.HoconReader;
import dev.fairlead.daemon.admin.ControlClient;
import dev.fairlead.daemon.admin.ControlSocket;
import dev.fairlead.daemon.log.Logging;
import dev.fairlead.vrrp.net.LeftAddress;
import dev.fairlead.vrrp.net.VirtualRouters;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * {@code fairlead release}: takes away the virtual addresses that a killed process left behind.
 *
 * <p>The kernel would do it within the addresses' lifetime; a service manager that has just seen
 * the process die need not wait for that, nor trust that the lifetime was switched on. What was
 * left is what the configuration says and what the process wrote down ({@link AddressFile}): after
 * a crash the file may be broken, or may have been edited since.
 */
public final class Releasing {

  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(2);

  private Releasing() {}

  /**
   * Removes what is left; returns the exit code.
   *
   * @param socket control socket of the process; empty = the configuration's
   */
  public static int run(List<Path> files, Optional<Path> socket) throws Exception {
    Logging.prepare();
    return switch (new HoconReader(LocalHost.now(), System.getenv()).read(files)) {
      case ReadResult.Invalid(List<Finding> findings) -> {
        PrintStream err = System.err;
        findings.forEach(finding -> err.println(finding));
        yield releaseWithoutConfiguration(socket.orElse(Running.DEFAULT_SOCKET));
      }
      case ReadResult.Valid(Configuration configuration, List<Finding> ignored) ->
          release(
              socket.orElse(configuration.admin().controlSocket()),
              configuration.virtualRouters(),
              configuration.log());
    };
  }

  private static int releaseWithoutConfiguration(Path socket) throws Exception {
    List<LeftAddress> written = AddressFile.read(socket);
    if (written.isEmpty()) {
      System.err.println(
          "fairlead: nothing released: the configuration has errors, and no process has written "
              + AddressFile.beside(socket));
      return 1;
    }
    return release(socket, List.of(), new LogConfig(LogConfig.Format.HUMAN, LogConfig.Level.INFO));
  }

  private static int release(Path socket, List<VirtualRouterConfig> routers, LogConfig log)
      throws Exception {
    List<LeftAddress> written = AddressFile.read(socket);
    if (routers.isEmpty() && written.isEmpty()) {
      return 0;
    }
    Optional<String> alive = whoIsAlive(socket);
    if (alive.isPresent()) {
      System.err.println("fairlead: nothing released: " + alive.get());
      return 1;
    }
    Logging logging = Logging.start(log);
    try (ServiceLoop loop = new ServiceLoop("release", e -> {})) {
      loop.call(() -> {
        VirtualRouters.removeLeftovers(loop.loop(), routers, written);
        return null;
      });
      AddressFile.remove(socket);
    } finally {
      logging.flush();
    }
    return 0;
  }

  /** Only a socket that nobody has open is a dead process's; silence may be a frozen one. */
  private static Optional<String> whoIsAlive(Path socket) {
    if (!Files.exists(socket)) {
      return Optional.empty();
    }
    try {
      String pid = ControlClient.ask(socket, ControlSocket.PID, ANSWER_LIMIT).text().strip();
      return Optional.of(
          "a running process (pid %s) answers on %s; stop it instead".formatted(pid, socket));
    } catch (ConnectException e) {
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(
          "a process has %s open but does not answer (%s): it may be frozen; end it first"
              .formatted(socket, e.getMessage()));
    }
  }
}
