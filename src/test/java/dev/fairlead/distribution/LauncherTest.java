package dev.fairlead.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.distribution.Distribution.Ended;
import dev.fairlead.lab.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher, and a start under the conditions of a hardened host. */
final class LauncherTest {

  @TempDir Path folder;

  @Test
  void itWorksThroughSymbolicLinks() throws IOException {
    Path first = Files.createSymbolicLink(folder.resolve("one"), launcher());
    Path second =
        Files.createSymbolicLink(folder.resolve("two"), first.getFileName()); // a relative one
    Ended ended = Distribution.run(Map.of(), List.of(second.toString(), "version"));
    assertThat(ended.err()).isEmpty();
    assertThat(ended.out()).startsWith("fairlead 0.");
  }

  @Test
  void argumentsArriveAsTheyWere() {
    String name = "no such file; $HOME *.conf";
    Ended ended = Distribution.run("check", name);
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.out()).contains(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"LC_ALL=C", "-u LC_ALL -u LC_CTYPE -u LANG"})
  void aFileMayHaveANameInAnyLanguageWhereThereIsNoLocale(String locale) throws IOException {
    Path file = Distribution.loopbackConfiguration(folder, 20_000, 20_001);
    Ended ended =
        Distribution.run(
            Map.of(),
            List.of(
                "sh",
                "-euc",
                // This JVM may have no locale either: the shell knows bytes.
                """
                name=$2/$(printf 'k\\303\\244se.conf')
                mv "$3" "$name"
                exec env %s "$1" check "$name"
                """
                    .formatted(locale),
                "sh",
                launcher().toString(),
                folder.toString(),
                file.toString()));
    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
  }

  @Test
  void wrongUsageIsTwo() {
    Ended ended = Distribution.run("fly");
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.out()).isEmpty();
  }

  @Test
  void additionalJvmOptionsComeFromTheEnvironment() {
    Ended ended =
        Distribution.run(
            Map.of("FAIRLEAD_JAVA_OPTS", "-XshowSettings:properties -Dadditional=yes"),
            Distribution.command("version"));
    assertThat(ended.err()).contains("additional = yes");
  }

  @Test
  void signalsReachTheProcessThatWasStarted() throws Exception {
    int port = Distribution.freePort();
    Path file = Distribution.loopbackConfiguration(folder, port, Distribution.freePort());
    Process process = start(Distribution.command("run", "-f", file.toString()));
    try {
      awaitListening(process, port);
      assertThat(process.children()).as("the JVM replaces the launcher").isEmpty();
      process.destroy(); // SIGTERM
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
    } finally {
      process.destroyForcibly();
    }
  }

  /**
   * The root file system is read-only, /tmp too and noexec, the distribution lies elsewhere than
   * where it was built. Whatever the JVM, Netty or JNA would unpack or write has no place to go.
   */
  @Test
  void itNeedsNoTemporaryFolderAndNothingWritable() throws Exception {
    Path configuration = folder.resolve("vip.conf");
    Files.writeString(
        configuration,
        """
        vip = "192.0.2.100/24"
        masters = ["192.0.2.1", "192.0.2.2"]
        check = none
        admin { metrics = none, probes = none, control-socket = "/dev/shm/fairlead.sock" }
        """);
    Process process =
        start(
            List.of(
                "unshare",
                "--mount",
                "--net",
                "sh",
                "-e",
                "-c",
                """
                ip link set lo up
                ip link add fl0 type veth peer name fl1
                ip link set fl0 up && ip link set fl1 up
                ip address add 192.0.2.1/24 dev fl0
                mount --make-rprivate /
                mount --bind "$1" /mnt
                mount -t tmpfs -o noexec,size=1m fairlead /dev/shm
                cp "$2" /dev/shm/fairlead.conf
                mount -t tmpfs -o noexec,ro,size=1m fairlead /tmp
                mount -o remount,bind,ro /mnt
                mount -o remount,bind,ro /
                FAIRLEAD_JAVA_OPTS=-XX:AOTMode=on exec /mnt/bin/fairlead run -f /dev/shm/fairlead.conf
                """,
                "sh",
                Distribution.HOME.toString(),
                configuration.toString()));
    try {
      Await.until(
          this::log,
          Duration.ofSeconds(30),
          () -> {
            if (!process.isAlive()) {
              throw new AssertionError("it ended: " + log());
            }
            return log().contains("-> MASTER");
          });
      List<String> libraries =
          Files.readString(Path.of("/proc/" + process.pid() + "/maps"))
              .lines()
              .filter(line -> line.contains("netty_transport") || line.contains("jnidispatch"))
              .map(line -> line.substring(line.indexOf('/')))
              .distinct()
              .toList();
      assertThat(libraries).hasSize(2).allMatch(path -> path.contains("/lib/native/"));
    } finally {
      process.destroy();
      process.waitFor(20, TimeUnit.SECONDS);
      process.destroyForcibly();
    }
  }

  private Process start(List<String> command) throws IOException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("log").toFile())
        .start();
  }

  private void awaitListening(Process process, int port) throws Exception {
    Await.until(
        this::log,
        Duration.ofSeconds(30),
        () -> {
          if (!process.isAlive()) {
            throw new AssertionError("it ended: " + log());
          }
          try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
          } catch (IOException e) {
            return false;
          }
        });
  }

  private String log() {
    try {
      return Files.readString(folder.resolve("log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static Path launcher() {
    return Distribution.HOME.resolve("bin/fairlead");
  }
}
