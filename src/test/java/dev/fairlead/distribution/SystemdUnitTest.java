package dev.fairlead.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.distribution.Distribution.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The unit as systemd reads it, and the notifications it relies on, from the real process to a
 * socket of this test's own: process 1 need not be systemd here.
 */
final class SystemdUnitTest {

  private static final Path UNIT = Distribution.HOME.resolve("systemd/fairlead.service");

  @TempDir Path folder;

  @Test
  void systemdFindsNothingWrongWithTheUnit() throws IOException {
    // The paths of an installation in /opt, pointed to the distribution under test.
    Path unit = folder.resolve("fairlead.service");
    Files.writeString(
        unit,
        Files.readString(UNIT)
            .replace("/opt/fairlead/bin", Distribution.HOME.resolve("bin").toString()));
    Ended ended =
        Distribution.run(
            Map.of(), List.of("systemd-analyze", "verify", "--man=no", unit.toString()));
    assertThat(ended.out() + ended.err()).isEmpty();
    assertThat(ended.exitCode()).isZero();
  }

  @Test
  void systemdWouldComplainAboutAnUnknownKey() throws IOException {
    Path unit = folder.resolve("fairlead.service");
    Files.writeString(
        unit,
        Files.readString(UNIT)
            .replace("/opt/fairlead/bin", Distribution.HOME.resolve("bin").toString())
            .replace("WatchdogSec=", "WatchdgoSec="));
    Ended ended =
        Distribution.run(
            Map.of(), List.of("systemd-analyze", "verify", "--man=no", unit.toString()));
    assertThat(ended.out() + ended.err()).contains("WatchdgoSec");
  }

  @Test
  void onlyTheNeededCapabilitiesAndNoBanOnTheJustInTimeCompiler() throws IOException {
    List<String> lines = Files.readAllLines(UNIT);
    String needed = "CAP_NET_RAW CAP_NET_ADMIN CAP_NET_BIND_SERVICE";
    assertThat(lines)
        .contains(
            "Type=notify",
            "Restart=always",
            "AmbientCapabilities=" + needed,
            "CapabilityBoundingSet=" + needed)
        .noneMatch(line -> line.startsWith("MemoryDenyWriteExecute="));
  }

  @Test
  void theProcessTellsItsManagerEveryStepOfItsLife() throws Exception {
    Path configuration =
        Distribution.loopbackConfiguration(
            folder, Distribution.freePort(), Distribution.freePort());
    Path control = folder.resolve("control.sock");
    try (NotifySocket manager = NotifySocket.bind(folder.resolve("notify.sock"))) {
      ProcessBuilder builder =
          new ProcessBuilder(Distribution.command("run", "-f", configuration.toString()))
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("log").toFile());
      builder.environment().put("NOTIFY_SOCKET", manager.path());
      builder.environment().put("WATCHDOG_USEC", "1000000");
      Process process = builder.start();
      try {
        manager.await("READY=1");
        manager.await("WATCHDOG=1");

        Ended reload = Distribution.run("reload", "--socket", control.toString());
        assertThat(reload.exitCode()).as(reload.err()).isZero();
        manager.await("RELOADING=1");
        manager.await("READY=1");

        // What ExecReload runs fails when the reload fails, and the manager hears READY again.
        Files.writeString(
            configuration, "\nno-such-key = 1\n", java.nio.file.StandardOpenOption.APPEND);
        Ended failed = Distribution.run("reload", "--socket", control.toString());
        assertThat(failed.exitCode()).isEqualTo(1);
        assertThat(failed.err()).contains("no-such-key");
        manager.await("RELOADING=1");
        manager.await("READY=1");

        process.destroy();
        manager.await("STOPPING=1");
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
      } finally {
        process.destroyForcibly();
      }
    }
  }

  /** The unit's ExecStopPost, after a process that was killed without a lease. */
  @Test
  void aLeftAddressIsReleased() throws Exception {
    Ended ended =
        inNetwork(
            """
            ip address add 192.0.2.100/24 dev fl0
            "$1" release -f "$2" >&2
            ip -4 -oneline address show dev fl0
            """);
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.out()).contains("192.0.2.1/24").doesNotContain("192.0.2.100");
    assertThat(ended.err()).contains("removed 192.0.2.100/24 from fl0");
  }

  /** Killed, and by then the file has an error: the process wrote down what it had. */
  @Test
  void aLeftAddressIsReleasedAlsoWhenTheConfigurationIsBroken() throws Exception {
    Ended ended =
        inNetwork(
            """
            "$1" run -f "$2" >&2 &
            for i in $(seq 600); do [ -S "$3" ] && [ -s "$3.addresses" ] && break; sleep 0.05; done
            kill -9 $!
            wait $! || true
            ip address del 192.0.2.100/24 dev fl0 2>/dev/null || true
            ip address add 192.0.2.100/24 dev fl0
            echo 'no-such-key = 1' >> "$2"
            "$1" release -f "$2" --socket "$3" >&2
            ip -4 -oneline address show dev fl0
            ls "$3.addresses" || echo gone
            """);
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.out()).contains("192.0.2.1/24", "gone").doesNotContain("192.0.2.100");
    assertThat(ended.err()).contains("no-such-key", "removed 192.0.2.100/24 from fl0");
  }

  /** Frozen is not gone: its addresses are still its own. */
  @Test
  void nothingIsReleasedUnderAFrozenProcess() throws Exception {
    Ended ended =
        inNetwork(
            """
            "$1" run -f "$2" >&2 &
            for i in $(seq 600); do [ -S "$3" ] && break; sleep 0.05; done
            kill -STOP $!
            code=0
            "$1" release -f "$2" || code=$?
            kill -9 $!
            wait $! || true
            exit $code
            """);
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(1);
    assertThat(ended.err()).contains("does not answer", "it may be frozen");
  }

  @Test
  void nothingIsReleasedUnderARunningProcess() throws Exception {
    Ended ended =
        inNetwork(
            """
            "$1" run -f "$2" >&2 &
            for i in $(seq 600); do [ -S "$3" ] && break; sleep 0.05; done
            code=0
            "$1" release -f "$2" || code=$?
            kill $!
            wait $!
            exit $code
            """);
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(1);
    assertThat(ended.err()).contains("a running process (pid ");
  }

  /** Runs a shell script on a network of its own: launcher, configuration, control socket. */
  private Ended inNetwork(String script) throws IOException {
    Path control = folder.resolve("vip.sock");
    Path configuration = folder.resolve("vip.conf");
    Files.writeString(
        configuration,
        """
        vip = "192.0.2.100/24"
        masters = ["192.0.2.1", "192.0.2.2"]
        check = none
        admin { metrics = none, probes = none, control-socket = "%s" }
        """
            .formatted(control));
    return Distribution.run(
        Map.of(),
        List.of(
            "unshare",
            "--net",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "sh",
            "-e",
            "-c",
            """
            ip link add fl0 type veth peer name fl1
            ip link set fl0 up && ip link set fl1 up
            ip address add 192.0.2.1/24 dev fl0
            """
                + script,
            "sh",
            Distribution.HOME.resolve("bin/fairlead").toString(),
            configuration.toString(),
            control.toString()));
  }
}
