package dev.fairlead.distribution;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** The distribution that was just built, and how to run it. */
final class Distribution {

  static final Path HOME =
      Path.of(
          java.util.Objects.requireNonNull(
              System.getProperty("fairlead.home"), "-Dfairlead.home must name the distribution"));

  /** How a command ended. */
  record Ended(int exitCode, String out, String err) {}

  private Distribution() {}

  /** Runs a command to its end, which must come within a minute. */
  static Ended run(Map<String, String> environment, List<String> command) {
    try {
      Path out = Files.createTempFile("fairlead", ".out");
      Path err = Files.createTempFile("fairlead", ".err");
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
      builder.environment().putAll(environment);
      Process process = builder.start();
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(command + " did not end; it said " + Files.readString(err));
      }
      Ended ended = new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
      Files.delete(out);
      Files.delete(err);
      return ended;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  static Ended run(String... arguments) {
    return run(Map.of(), command(arguments));
  }

  static List<String> command(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(HOME.resolve("bin/fairlead").toString());
    command.addAll(List.of(arguments));
    return command;
  }

  /** A configuration that needs no right and no neighbour: one frontend, one server, loopback. */
  static Path loopbackConfiguration(Path folder, int listen, int server) throws IOException {
    Path file = folder.resolve("fairlead.conf");
    Files.writeString(
        file,
        """
        frontends.api.listen = "127.0.0.1:%d"
        backends.api { servers.m1 = "127.0.0.1:%d", check = tcp }
        admin { metrics = none, probes = none, control-socket = "%s" }
        """
            .formatted(listen, server, folder.resolve("control.sock")),
        StandardCharsets.UTF_8);
    return file;
  }

  /**
   * Below the kernel's range for outgoing connections: a client that polls a port of that range
   * until somebody listens can meet itself, and then holds the port.
   */
  static int freePort() {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(20_000, 32_000);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (BindException e) {
        // Taken; another one.
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
