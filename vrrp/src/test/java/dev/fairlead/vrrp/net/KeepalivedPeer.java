package dev.fairlead.vrrp.net;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The real keepalived, on node 2. */
final class KeepalivedPeer implements Peer {

  private static final Duration DUPLICATE_DETECTION = Duration.ofSeconds(8);

  private final Lan lan;
  private final Path directory;
  private final String instances;
  private @Nullable ProgramOnNode process;

  /** One instance of that dialect. */
  KeepalivedPeer(Lan lan, Path directory, Dialect dialect) {
    this(lan, directory, instance("VI_1", 51, dialect));
  }

  /**
   * Of any configuration.
   *
   * @param instances {@code %1$d} stands for the priority
   */
  KeepalivedPeer(Lan lan, Path directory, String instances) {
    this.lan = lan;
    this.directory = directory;
    this.instances = instances;
  }

  static String instance(String name, int routerId, Dialect dialect) {
    return """
    vrrp_instance %s {
      state BACKUP
      interface eth0
      virtual_router_id %d
      priority %%1$d
      version %d
      advert_int %s
      %s
      %s
      virtual_ipaddress {
        %s
      }
    }
    """
        .formatted(
            name,
            routerId,
            dialect.version(),
            String.format(Locale.ROOT, "%.2f", dialect.interval().toMillis() / 1000.0),
            dialect.password()
                ? "authentication {\n auth_type PASS\n auth_pass " + Dialect.PASSWORD + "\n }"
                : "",
            dialect.unicast()
                ? "unicast_src_ip %s\n unicast_peer {\n %s\n }"
                    .formatted(dialect.own(2), dialect.own(1))
                : "",
            String.join("\n ", dialect.addresses()));
  }

  @Override
  public void start(int priority) {
    // It calls itself master while duplicate detection still keeps it from sending.
    Await.until(
        "the link-local address is usable",
        DUPLICATE_DETECTION,
        () -> lan.ip(2, "-6 address show dev eth0 tentative").isBlank());
    try {
      Path file = directory.resolve("keepalived.conf");
      Files.writeString(
          file, "global_defs {\n router_id test\n}\n" + instances.formatted(priority));
      process =
          new ProgramOnNode(
              lan.node(2),
              directory.resolve("keepalived.log"),
              "keepalived",
              "--dont-fork",
              "--vrrp",
              "--log-console",
              "--use-file",
              file.toString(),
              "--pid",
              directory.resolve("pid").toString(),
              "--vrrp_pid",
              directory.resolve("vrrp.pid").toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  long pid() {
    ProgramOnNode running = process;
    if (running == null) {
      throw new IllegalStateException("keepalived has not been started");
    }
    return running.pid();
  }

  @Override
  public void stop() {
    if (process != null) {
      process.close();
      process = null;
    }
  }

  /** Its child, which does the work, first: it would note that its parent has gone, and let go. */
  @Override
  public void kill() {
    if (process != null) {
      ProcessHandle.of(process.pid()).stream()
          .flatMap(ProcessHandle::children)
          .forEach(ProcessHandle::destroyForcibly);
      process.kill();
      process = null;
    }
  }

  @Override
  public void close() {
    stop();
  }
}
