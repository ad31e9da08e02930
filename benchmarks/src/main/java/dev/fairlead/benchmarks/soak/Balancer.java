package dev.fairlead.benchmarks.soak;

import dev.fairlead.benchmarks.compare.Command;
import dev.fairlead.benchmarks.compare.Lab;
import dev.fairlead.benchmarks.compare.SafepointLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The Fairlead under test in the lab's middle namespace, and what can be seen of it from outside.
 */
final class Balancer implements AutoCloseable {
  static final int PORT = 7000;
  private static final int METRICS_PORT = 7002;
  private static final long PAGE_BYTES = 4096;
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Pattern SPACES = Pattern.compile(" +");

  private final String namespace;
  private final List<Integer> serverPorts;
  private final Path directory;
  private final Process process;

  private Balancer(String namespace, List<Integer> serverPorts, Path directory, Process process) {
    this.namespace = namespace;
    this.serverPorts = serverPorts;
    this.directory = directory;
    this.process = process;
  }

  /** Starts it and waits until all servers are up. */
  static Balancer start(Path launcher, Lab lab, Path directory, List<Integer> serverPorts) {
    try {
      Files.writeString(
          directory.resolve("fairlead.conf"), configuration(directory, serverPorts, false));
      ProcessBuilder builder =
          new ProcessBuilder(
                  "ip",
                  "netns",
                  "exec",
                  lab.proxy(),
                  launcher.toString(),
                  "run",
                  "-f",
                  directory.resolve("fairlead.conf").toString())
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("fairlead.log").toFile());
      builder
          .environment()
          .put("FAIRLEAD_JAVA_OPTS", SafepointLog.option(directory.resolve("safepoints.log")));
      Balancer balancer = new Balancer(lab.proxy(), serverPorts, directory, builder.start());
      balancer.awaitServers();
      return balancer;
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  private static String configuration(Path directory, List<Integer> serverPorts, boolean other) {
    String servers =
        IntStream.range(0, serverPorts.size())
            .mapToObj(i ->
                "m%d { address = \"%s:%d\", weight = %d }"
                    .formatted(
                        i + 1,
                        Lab.SERVER_ADDRESSES.get(i),
                        serverPorts.get(i),
                        other && i == 0 ? 5 : 1))
            .collect(Collectors.joining(", "));
    return """
    event-loops = 2
    frontends.api { listen = "*:%d" }
    %s
    backends.api { servers { %s }, check { type = tcp, interval = 500ms } }
    admin { metrics = "127.0.0.1:%d", probes = none, control-socket = "%s/control.sock" }
    """
        .formatted(
            PORT,
            other ? "frontends.more { listen = \"*:%d\", backend = api }".formatted(PORT + 1) : "",
            servers,
            METRICS_PORT,
            directory);
  }

  private void awaitServers() {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      Optional<String> page = page();
      if (page.isPresent()
          && Exposition.parse(page.get()).of("fairlead_backend_usable_servers{backend=\"api\"}")
              == serverPorts.size()) {
        return;
      }
      if (!process.isAlive() || System.nanoTime() - until > 0) {
        String said = log();
        close();
        throw new IllegalStateException("Fairlead does not serve: " + said);
      }
      Command.pause(Duration.ofMillis(50));
    }
  }

  /** Changes a weight and adds or removes a frontend. */
  void reload(boolean other) {
    try {
      Files.writeString(
          directory.resolve("fairlead.conf"), configuration(directory, serverPorts, other));
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
    Command.run("kill", "-HUP", Long.toString(process.pid()));
  }

  boolean isAlive() {
    return process.isAlive();
  }

  Exposition metrics() {
    return Exposition.parse(
        page().orElseThrow(() -> new IllegalStateException("no metrics; its log: " + log())));
  }

  private Optional<String> page() {
    return Command.tryRun(
        "ip",
        "netns",
        "exec",
        namespace,
        "curl",
        "-sf",
        "--max-time",
        "5",
        "http://127.0.0.1:" + METRICS_PORT + "/metrics");
  }

  long residentBytes() {
    try {
      String pages =
          SPACES.split(Files.readString(Path.of("/proc/" + process.pid() + "/statm")), 3)[1];
      return Long.parseLong(pages) * PAGE_BYTES;
    } catch (IOException ended) {
      return 0;
    }
  }

  /** Jars the JVM has opened so far, and keeps open. */
  long openJars() {
    long jars = 0;
    try (DirectoryStream<Path> open =
        Files.newDirectoryStream(Path.of("/proc/" + process.pid() + "/fd"))) {
      for (Path descriptor : open) {
        jars += isJar(descriptor) ? 1 : 0;
      }
    } catch (IOException ended) {
      return 0;
    }
    return jars;
  }

  private static boolean isJar(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().endsWith(".jar");
    } catch (IOException closed) {
      return false;
    }
  }

  SafepointLog pauses() {
    return SafepointLog.read(directory.resolve("safepoints.log"));
  }

  String log() {
    try {
      return Files.readString(directory.resolve("fairlead.log"));
    } catch (IOException missing) {
      return missing.toString();
    }
  }

  /** Lines that say something is broken. */
  List<String> errors() {
    List<String> errors = new ArrayList<>();
    log().lines().filter(line -> line.contains(" ERROR ")).forEach(errors::add);
    return errors;
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
  }
}
