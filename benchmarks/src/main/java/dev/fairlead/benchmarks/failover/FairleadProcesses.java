package dev.fairlead.benchmarks.failover;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** One Fairlead: proxy and virtual router in one process. */
final class FairleadProcesses implements NodeProcesses {
  private final FaultLab lab;
  private final Setup setup;
  private final int node;
  private final Path directory;
  private final Daemon daemon;
  private int weight = 1;

  FairleadProcesses(FaultLab lab, Setup setup, int node, Path launcher, Path directory) {
    this.lab = lab;
    this.setup = setup;
    this.node = node;
    this.directory = directory;
    daemon =
        new Daemon(
            lab.inside(node, List.of(launcher.toString(), "run", "-f", file().toString())),
            directory.resolve(FaultLab.node(node) + ".fairlead.log"));
  }

  private Path file() {
    return directory.resolve(FaultLab.node(node) + ".fairlead.conf");
  }

  /**
   * Checks as often as the expert's haproxy does: every 500 ms, or every 50, and faster in doubt.
   */
  String configuration() {
    boolean slow = setup.profile() == Profile.V2_1S;
    return """
    frontends.api.listen = "*:%d"
    backends.api {
      servers = [{ name = m1, address = "%s", weight = %d }]
      check { type = tcp, interval = %s, fast-interval = %s, timeout = 500ms, fall = 2 }
    }
    virtual-routers.vip {
      addresses = [%s], interface = eth0, router-id = 51
      version = %d, priority = %d, advertisement-interval = %dms%s
    }
    admin { metrics = none, probes = none, control-socket = "%s" }
    """
        .formatted(
            Watch.FRONTEND_PORT,
            lab.backend(node),
            weight,
            slow ? "500ms" : "50ms",
            slow ? "100ms" : "20ms",
            (lab.ipv6() ? "\"fe80::51/64\", " : "") + "\"" + lab.vip() + "\"",
            lab.ipv6() ? 3 : setup.profile().version(),
            node == 0 ? 100 : 80,
            setup.profile().interval().toMillis(),
            setup.profile() == Profile.V2_1S ? ", password = lab" : "",
            directory.resolve(FaultLab.node(node) + ".sock"));
  }

  @Override
  public void start() throws IOException {
    Files.writeString(file(), configuration());
    daemon.start();
  }

  @Override
  public boolean isInElection() {
    return daemon.hasLogged("-> BACKUP", "-> MASTER");
  }

  @Override
  public void terminate() {
    daemon.terminate();
  }

  @Override
  public void kill() throws InterruptedException {
    daemon.kill();
  }

  @Override
  public void signal(int signal) {
    daemon.signal(signal);
  }

  @Override
  public void reload() throws IOException {
    weight = 3 - weight;
    Files.writeString(file(), configuration());
    daemon.signal(SIGHUP);
  }

  @Override
  public void restart() throws IOException, InterruptedException {
    daemon.awaitEnd();
    start();
  }

  @Override
  public String log() {
    return daemon.text();
  }
}
