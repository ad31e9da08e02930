package dev.fairlead.health.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.config.HealthCheckConfig.Timing;
import dev.fairlead.health.CheckResult;
import dev.fairlead.health.CheckResult.Outcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class CommandProbeTest {

  private static final ProbeLoop LOOP = new ProbeLoop();
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final InetSocketAddress SERVER =
      new InetSocketAddress(InetAddress.ofLiteral("192.0.2.7"), 6443);

  @TempDir Path directory;

  @AfterAll
  static void stop() {
    LOOP.close();
  }

  @Test
  void zeroIsYesAndTheFirstLineIsKept() throws Exception {
    CheckResult result = shell(LONG, "echo all is well; echo more; echo again >&2");
    assertThat(result.outcome()).as(result.detail()).isEqualTo(Outcome.OK);
    assertThat(result.detail()).isEqualTo("exit code 0: all is well");
  }

  @Test
  void anythingElseIsNo() throws Exception {
    CheckResult result = shell(LONG, "echo 'no quorum' >&2; exit 3");
    assertThat(result.outcome()).isEqualTo(Outcome.COMMAND_FAILED);
    assertThat(result.detail()).isEqualTo("exit code 3: no quorum");
    assertThat(shell(LONG, "kill -9 $$").outcome()).isEqualTo(Outcome.COMMAND_FAILED);
  }

  @Test
  void itKnowsTheServerAndNoSecrets() throws Exception {
    CheckResult result =
        run(
            LONG,
            "/bin/sh",
            "-c",
            "echo \"$0 $1 $FAIRLEAD_SERVER_ADDRESS $FAIRLEAD_SERVER_PORT"
                + " $(env | grep -cvE '^(PATH|HOME|LANG|LC_ALL|TZ|PWD|SHLVL|_|FAIRLEAD_.*|OLDPWD)=')\"",
            "{address}",
            "to:{port}");
    assertThat(result.detail()).isEqualTo("exit code 0: 192.0.2.7 to:6443 192.0.2.7 6443 0");
  }

  @Test
  void aTimeoutKillsEverythingItHasStarted() throws Exception {
    Path children = directory.resolve("children");
    // One child, one whose parent has gone already, and the shell itself.
    CheckResult result =
        shell(
            Duration.ofMillis(700),
            "sleep 300 & echo $! > "
                + children
                + "; (sleep 300 & echo $! >> "
                + children
                + "); echo waiting; wait");
    assertThat(result.outcome()).isEqualTo(Outcome.COMMAND_TIMEOUT);
    assertThat(result.detail()).isEqualTo("command killed after 700 ms: waiting");
    assertThat(result.duration()).isLessThan(Duration.ofSeconds(10));
    List<String> pids = Files.readAllLines(children);
    assertThat(pids).hasSize(2);
    for (String pid : pids) {
      awaitGone(pid);
    }
  }

  /** Else each check would leave one more behind. */
  @Test
  void aChildThatHoldsTheOutputIsNotWaitedForAndGoes() throws Exception {
    Path child = directory.resolve("child");
    CheckResult result = shell(LONG, "sleep 300 & echo $! > " + child + "; echo done");
    assertThat(result.detail()).isEqualTo("exit code 0: done");
    assertThat(result.duration()).isLessThan(Duration.ofSeconds(10));
    awaitGone(Files.readString(child).strip());
  }

  @Test
  void muchOutputBlocksNobody() throws Exception {
    CheckResult result = shell(LONG, "head -c 1000000 /dev/zero | tr '\\0' x; exit 0");
    assertThat(result.outcome()).isEqualTo(Outcome.OK);
    assertThat(result.detail()).isEqualTo("exit code 0: " + "x".repeat(120));
  }

  @Test
  void whatCannotBeStartedHasNotRun() throws Exception {
    CheckResult missing = run(LONG, directory.resolve("none").toString());
    assertThat(missing.outcome()).isEqualTo(Outcome.NOT_RUN);
    assertThat(missing.detail()).contains("/none: No such file");
    Path text = Files.writeString(directory.resolve("text"), "no program");
    assertThat(run(LONG, text.toString()).outcome()).isEqualTo(Outcome.NOT_RUN);
  }

  private static void awaitGone(String pid) {
    long deadline = System.nanoTime() + LONG.toNanos();
    while (runs(pid)) {
      assertThat(System.nanoTime()).as("process %s still runs", pid).isLessThan(deadline);
      LockSupport.parkNanos(2_000_000);
    }
  }

  /** A zombie whose new parent has not looked yet does not run. */
  private static boolean runs(String pid) {
    try {
      return !Files.readString(Path.of("/proc", pid, "stat")).contains(") Z ");
    } catch (IOException e) {
      return false;
    }
  }

  private static CheckResult shell(Duration timeout, String script) throws Exception {
    return run(timeout, "/bin/sh", "-c", script);
  }

  private static CheckResult run(Duration timeout, String... command) throws Exception {
    Timing timing = new Timing(Duration.ofSeconds(2), Duration.ofMillis(500), timeout, 2, 3, 0);
    return LOOP.run(LOOP.probe(SERVER, new HealthCheckConfig.Command(timing, List.of(command))));
  }
}
