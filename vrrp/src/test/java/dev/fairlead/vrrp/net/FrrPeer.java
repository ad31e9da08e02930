package dev.fairlead.vrrp.net;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * FRR's vrrpd with its zebra, on node 2. The address is on a macvlan interface with the virtual MAC
 * all the time; a backup takes that interface's carrier away.
 */
final class FrrPeer implements Peer {

  private static final String PROGRAMS = "/usr/lib/frr/";
  private static final Duration START = Duration.ofSeconds(10);

  private final Lan lan;
  private final Path directory;
  private final Dialect dialect;
  private final ProgramOnNode zebra;
  private @Nullable ProgramOnNode vrrpd;

  FrrPeer(Lan lan, Path parent, Dialect dialect) {
    this.lan = lan;
    this.dialect = dialect;
    addMacvlan();
    try {
      directory = Files.createDirectory(parent.resolve("frr"));
      // It gives up being root, and its user must write here.
      Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString("rwxr-xr-x"));
      Commands.run(List.of("chown", "frr:frr", directory.toString()));
      Path socket = directory.resolve("zserv.api");
      zebra = start("zebra", "");
      Await.until(() -> "zebra listens; " + zebra.output(), START, () -> Files.exists(socket));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void addMacvlan() {
    String mac = dialect.ipv6() ? "00:00:5e:00:02:33" : "00:00:5e:00:01:33";
    lan.ip(2, "link add vip0 link eth0 type macvlan mode bridge");
    lan.ip(2, "link set vip0 addrgenmode none address " + mac);
    if (dialect.ipv6()) {
      lan.ip(2, "address add fe80::200:5eff:fe00:233/64 dev vip0 nodad");
    }
    String nodad = dialect.ipv6() ? " nodad" : "";
    dialect.addresses().forEach(vip -> lan.ip(2, "address add " + vip + " dev vip0" + nodad));
    lan.ip(2, "link set vip0 up");
  }

  private ProgramOnNode start(String program, String configuration) throws IOException {
    Path file = Files.writeString(directory.resolve(program + ".conf"), configuration);
    return new ProgramOnNode(
        lan.node(2),
        directory.resolve(program + ".log"),
        PROGRAMS + program,
        "--config_file",
        file.toString(),
        "--pid_file",
        directory.resolve(program + ".pid").toString(),
        "--socket",
        directory.resolve("zserv.api").toString(),
        "--vty_socket",
        directory.toString(),
        "--vty_port",
        "0",
        "--log",
        "stdout");
  }

  @Override
  public void start(int priority) {
    String interval = "advertisement-interval " + dialect.interval().toMillis();
    StringBuilder configuration = new StringBuilder("interface eth0\n");
    for (String line : List.of("version " + dialect.version(), "priority " + priority, interval)) {
      configuration.append(" vrrp 51 ").append(line).append('\n');
    }
    String family = dialect.ipv6() ? "ipv6" : "ip";
    for (String vip : dialect.addresses()) {
      String address = vip.substring(0, vip.indexOf('/'));
      configuration.append(" vrrp 51 %s %s\n".formatted(family, address));
    }
    try {
      vrrpd = start("vrrpd", configuration.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void stop() {
    if (vrrpd != null) {
      vrrpd.close();
      vrrpd = null;
    }
  }

  @Override
  public void kill() {
    if (vrrpd != null) {
      vrrpd.kill();
      vrrpd = null;
    }
  }

  @Override
  public void close() {
    stop();
    zebra.close();
  }
}
