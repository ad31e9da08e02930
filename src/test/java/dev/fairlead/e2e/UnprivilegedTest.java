package dev.fairlead.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.daemon.admin.ControlClient;
import dev.fairlead.daemon.demo.ChildProcess;
import dev.fairlead.lab.Await;
import dev.fairlead.lab.Lab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A Fairlead that is not root, with capabilities one by one; and one that is, with all of them. */
final class UnprivilegedTest {

  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String THREE = "+net_raw,+net_admin,+net_bind_service";

  private Lab lab;
  private Path folder;

  @BeforeEach
  void anInstallationThatEverybodyMayRead() throws Exception {
    lab = Lab.withNodes(1);
    lab.startApiServers();
    // A container may have it at 0: then nobody would need the capability.
    lab.run("n1", "sysctl", "-qw", "net.ipv4.ip_unprivileged_port_start=1024");
    // Build folders may lie where only their owner may go.
    folder = Files.createTempDirectory(Path.of("/tmp"), "fairlead-unprivileged");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    lab.run(
        "n1",
        "cp",
        "-a",
        Path.of(System.getProperty("fairlead.home")).toString(),
        folder.resolve("home").toString());
    lab.run("n1", "cp", lab.certificate().certificate().toString(), folder + "/ca.crt");
    lab.run("n1", "chmod", "644", folder + "/ca.crt");
  }

  @AfterEach
  void closeLab() throws Exception {
    lab.close();
    new ProcessBuilder("rm", "-rf", folder.toString()).start().waitFor();
  }

  @Test
  void threeCapabilitiesAreEnoughForEverything() throws Exception {
    ChildProcess process = start("nobody", THREE, "listen = \"*:443\"");
    awaitMaster(process);
    assertThat(lab.ip("n1", "address", "show")).contains(Lab.VIP + "/24");
    assertThat(lab.run("client", "curl", "-sk", "https://" + Lab.VIP + ":443/readyz"))
        .isEqualTo("ok");
    // Connections are reset when the address goes, which needs nothing more.
    process.terminate();
    assertThat(process.hasEndedWithin(SOON)).isTrue();
    assertThat(process.exitStatus()).as(process.output()).isZero();
    assertThat(lab.ip("n1", "address", "show")).doesNotContain(Lab.VIP);
    assertThat(process.output()).doesNotContain(" ERROR ");
  }

  @Test
  void withoutOneItSaysWhichAndWhatForAndDoesNotStart() throws Exception {
    ChildProcess process = start("nobody", "+net_admin", "");
    assertThat(process.hasEndedWithin(SOON)).isTrue();
    assertThat(process.exitStatus()).isEqualTo(1);
    assertThat(process.output())
        .contains("VRRP needs the capability CAP_NET_RAW to send and receive advertisements")
        .doesNotContain("CAP_NET_ADMIN to");
  }

  @Test
  void theCheckSaysWhatIsNeededAndWhatIsMissing() throws Exception {
    Path file = configuration("listen = \"*:443\"\nprocess.lock-memory = true");
    Lab.Outcome outcome =
        lab.outcome(
            "n1", as("nobody", "+net_admin", "check", file.toString()).toArray(String[]::new));
    assertThat(outcome.output())
        .contains(
            "needs CAP_NET_BIND_SERVICE to listen on ports below 1024, CAP_NET_ADMIN to add",
            "this user lacks CAP_NET_BIND_SERVICE, without which it cannot listen on *:443",
            "this user lacks CAP_NET_RAW, without which there is no VRRP, and it will not start")
        .doesNotContain("lacks CAP_NET_ADMIN");
    assertThat(outcome.status()).isZero();
  }

  @Test
  void whatIsOptionalCostsOneWarningWhereItIsRefused() throws Exception {
    ChildProcess process =
        start("nobody", THREE, "process { realtime = true, lock-memory = true }");
    awaitMaster(process);
    assertThat(process.output())
        .containsOnlyOnce("process.realtime is not in force: Operation not permitted")
        .containsOnlyOnce("process.lock-memory is not in force");
    assertThat(status()).contains("\"realtime\" : false", "\"memory_locked\" : false");
  }

  @Test
  void aUserOfScriptsIsRefusedToAProcessThatCannotBecomeIt() throws Exception {
    ChildProcess process =
        start(
            "nobody",
            THREE,
            """
            track-scripts.chk { command = /bin/true, user = daemon }
            defaults.virtual-router.track.scripts = chk
            """);
    assertThat(process.hasEndedWithin(SOON)).isTrue();
    assertThat(process.output())
        .contains("track-scripts.chk: cannot run /bin/true as daemon: that needs root");
  }

  @Test
  void rootSchedulesTheControlThreadInRealTimeAndLocksItsMemory() throws Exception {
    ChildProcess process = start("root", "", "process { realtime = true, lock-memory = true }");
    awaitMaster(process);
    assertThat(status()).contains("\"realtime\" : true", "\"memory_locked\" : true");
    long pid = pid();
    // SCHED_RR is policy 2; carriers and event loops stay ordinary.
    assertThat(policy(pid, "control")).isEqualTo(2);
    assertThat(policy(pid, "VM Thread")).isEqualTo(2);
    assertThat(policy(pid, "probes")).isZero();
    List<String> lines = Files.readAllLines(Path.of("/proc/" + pid + "/status"));
    assertThat(kilobytes(lines, "VmLck:")).isPositive();
    assertThat(kilobytes(lines, "VmRSS:")).isLessThan(120_000);
  }

  private static long kilobytes(List<String> lines, String key) {
    return lines.stream()
        .filter(line -> line.startsWith(key))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }

  private static int policy(long pid, String thread) throws IOException {
    try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid + "/task"))) {
      for (Path task : tasks.toList()) {
        if (Files.readString(task.resolve("comm")).strip().equals(thread)) {
          String stat = Files.readString(task.resolve("stat"));
          // Field 41, counted from behind the name.
          return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[38]);
        }
      }
    }
    throw new AssertionError("no thread " + thread);
  }

  private ChildProcess start(String user, String capabilities, String more) throws Exception {
    Path file = configuration(more);
    return lab.start(
        "n1",
        "unprivileged",
        as(user, capabilities, "run", "-f", file.toString()).toArray(String[]::new));
  }

  private Path configuration(String more) throws IOException {
    return Files.writeString(
        folder.resolve("fairlead.conf"),
        """
        vip = "%s/24"
        masters = ["10.77.0.11"]
        check.ca-file = "%s/ca.crt"
        admin.control-socket = "%s"
        %s
        """
            .formatted(Lab.VIP, folder, socket(), more));
  }

  private Path socket() {
    return folder.resolve("socket");
  }

  private List<String> as(String user, String capabilities, String... arguments) {
    List<String> command = new ArrayList<>();
    if (!user.equals("root")) {
      command.addAll(
          List.of(
              "setpriv",
              "--reuid=" + user,
              "--regid=65534",
              "--clear-groups",
              "--inh-caps=-all," + capabilities,
              "--ambient-caps=-all," + capabilities,
              "--bounding-set=-all," + capabilities,
              "--no-new-privs"));
    }
    command.add(folder.resolve("home/bin/fairlead").toString());
    command.addAll(List.of(arguments));
    return command;
  }

  private void awaitMaster(ChildProcess process) throws Exception {
    Await.until(
        () -> "it is master; its log:\n" + output(process),
        SOON,
        () -> {
          assertThat(process.isAlive()).as(output(process)).isTrue();
          return status().contains("\"state\" : \"MASTER\"");
        });
  }

  private static String output(ChildProcess process) {
    try {
      return process.output();
    } catch (IOException e) {
      return e.toString();
    }
  }

  private String status() {
    try {
      return ControlClient.ask(socket(), "status json", Duration.ofSeconds(5)).text();
    } catch (IOException e) {
      return "";
    }
  }

  private long pid() throws IOException {
    return Long.parseLong(ControlClient.ask(socket(), "pid", Duration.ofSeconds(5)).text().strip());
  }
}
