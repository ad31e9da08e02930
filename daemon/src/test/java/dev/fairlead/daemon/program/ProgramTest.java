package dev.fairlead.daemon.program;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.daemon.Eventually;
import dev.fairlead.daemon.program.Program.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgramTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  @TempDir Path folder;

  @BeforeEach
  void everybodyMayEnter() throws IOException {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
  }

  @Test
  void endsWithItsStatusAndTheLastLineOfWhatItWrote() throws Exception {
    assertThat(sh("echo one; echo two >&2; echo; exit 3")).isEqualTo(new Outcome.Ended(3, "two"));
    assertThat(sh("true")).isEqualTo(new Outcome.Ended(0, ""));
  }

  @Test
  void muchOutputNeitherBlocksItNorIsKept() throws Exception {
    Outcome outcome = sh("head -c 3000000 /dev/zero | tr '\\0' x; exit 1");
    assertThat(((Outcome.Ended) outcome).output()).hasSize(400).matches("x+");
  }

  @Test
  void inheritsLittleAndGetsWhatItIsGiven() throws Exception {
    Path out = folder.resolve("environment");
    assertThat(program("env | sort > " + out, LONG).run(Map.of("FAIRLEAD_STATE", "MASTER")))
        .isEqualTo(new Outcome.Ended(0, ""));
    assertThat(Files.readAllLines(out))
        .contains("FAIRLEAD_STATE=MASTER")
        .anyMatch(line -> line.startsWith("PATH="))
        .allMatch(line -> line.matches("(FAIRLEAD_STATE|PATH|HOME|LANG|LC_ALL|TZ|PWD|SHLVL|_)=.*"));
  }

  @Test
  void aProgramThatTakesTooLongIsKilledWithAllItHasStarted() throws Exception {
    Path pid = folder.resolve("pid");
    long startedAt = System.nanoTime();
    Outcome outcome =
        program("sleep 77 & echo $! > " + pid + "; echo started; wait", Duration.ofMillis(300))
            .run(Map.of());
    assertThat(outcome).isEqualTo(new Outcome.TimedOut(Duration.ofMillis(300), "started"));
    assertThat(outcome.detail()).isEqualTo("killed after 300 ms, \"started\"");
    assertThat(Duration.ofNanos(System.nanoTime() - startedAt)).isLessThan(Duration.ofSeconds(5));
    assertGone(Long.parseLong(Files.readString(pid).strip()));
  }

  @Test
  void whatDoesNotHearSigtermIsKilled() throws Exception {
    Path pid = folder.resolve("pid");
    Outcome outcome =
        program(
                "trap '' TERM; (trap '' TERM; echo $$ > "
                    + pid
                    + "; sleep 77) & sleep 77; sleep 77",
                Duration.ofMillis(300))
            .run(Map.of());
    assertThat(outcome).isInstanceOf(Outcome.TimedOut.class);
    assertGone(Long.parseLong(Files.readString(pid).strip()));
  }

  @Test
  void whatCannotBeStartedSaysWhy() throws Exception {
    Program missing = new Program(List.of("/no/such/program"), Optional.empty(), LONG);
    assertThat(missing.run(Map.of()))
        .isInstanceOf(Outcome.NotStarted.class)
        .extracting(Outcome::detail)
        .asString()
        .contains("/no/such/program");
  }

  /** These tests run as root. */
  @Test
  void runsAsAnotherUserWithoutOurRights() throws Exception {
    Path out = folder.resolve("who");
    Program program =
        new Program(
            List.of("/bin/sh", "-c", "{ id -un; id -gn; grep CapEff /proc/self/status; } > " + out),
            Optional.of("nobody"),
            LONG);
    assertThat(program.problem()).isEmpty();
    assertThat(program.run(Map.of())).isEqualTo(new Outcome.Ended(0, ""));
    assertThat(Files.readAllLines(out))
        .containsExactly("nobody", "nogroup", "CapEff:\t0000000000000000");
  }

  @Test
  void anUnknownUserIsAProblemBeforehand() {
    assertThat(new Program(List.of("/bin/true"), Optional.of("nobody-at-all"), LONG).problem())
        .hasValueSatisfying(problem ->
            assertThat(problem)
                .isEqualTo("cannot run /bin/true as nobody-at-all: /etc/passwd has no such user"));
    assertThat(new Program(List.of("/bin/true"), Optional.of("root"), LONG).problem()).isEmpty();
  }

  @Test
  void accountsAreReadAsTheyAreWritten() {
    assertThat(Account.parse("nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin"))
        .contains(new Account("nobody", 65534, 65533));
    assertThat(Account.parse("+nis")).isEmpty();
    assertThat(Account.parse("a:x:b:c::")).isEmpty();
  }

  private static void assertGone(long pid) {
    Eventually.that("process " + pid + " is gone", () -> !isRunning(pid));
  }

  /** A zombie that nobody waits for no longer runs. */
  private static boolean isRunning(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException e) {
      return false;
    }
  }

  private static Outcome sh(String script) throws InterruptedException {
    return program(script, LONG).run(Map.of());
  }

  private static Program program(String script, Duration timeout) {
    return new Program(List.of("/bin/sh", "-c", script), Optional.empty(), timeout);
  }
}
