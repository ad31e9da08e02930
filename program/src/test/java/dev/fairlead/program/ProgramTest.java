package dev.fairlead.program;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.program.Program.Leftovers;
import dev.fairlead.program.Program.Outcome;
import dev.fairlead.program.Program.Output;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgramTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  private static final Output SILENCE = new Output("", "");

  @TempDir Path folder;

  @BeforeEach
  void everybodyMayEnter() throws IOException {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
  }

  @Test
  void endsWithItsStatusAndTheFirstAndLastLineOfWhatItWrote() throws Exception {
    assertThat(sh("echo; echo one; echo two; echo three >&2; echo; exit 3"))
        .isEqualTo(new Outcome.Ended(3, new Output("one", "three")));
    assertThat(sh("true")).isEqualTo(new Outcome.Ended(0, SILENCE));
  }

  @Test
  void muchOutputNeitherBlocksItNorIsKept() throws Exception {
    Outcome outcome = sh("head -c 3000000 /dev/zero | tr '\\0' x; exit 1");
    assertThat(((Outcome.Ended) outcome).output())
        .isEqualTo(new Output("x".repeat(400), "x".repeat(400)));
  }

  @Test
  void inheritsLittleAndGetsWhatItIsGiven() throws Exception {
    Path out = folder.resolve("environment");
    assertThat(program("env | sort > " + out, LONG).run(Map.of("FAIRLEAD_STATE", "MASTER")))
        .isEqualTo(new Outcome.Ended(0, SILENCE));
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
    assertThat(outcome)
        .isEqualTo(new Outcome.TimedOut(Duration.ofMillis(300), new Output("started", "started")));
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

  /**
   * timeout(1) begins a process group of its own, which a signal to the program's does not reach.
   */
  @Test
  void alsoWhatHasAProcessGroupOfItsOwnIsKilled() throws Exception {
    Path pid = folder.resolve("pid");
    Outcome outcome =
        program(
                "timeout 77 sh -c 'echo $$ > " + pid + "; sleep 77' & sleep 77",
                Duration.ofMillis(300))
            .run(Map.of());
    assertThat(outcome).isInstanceOf(Outcome.TimedOut.class);
    assertGone(Long.parseLong(Files.readString(pid).strip()));
  }

  @Test
  void whatItLeavesRunningStaysOrGoesAsOneLikes() throws Exception {
    Path pid = folder.resolve("pid");
    List<String> command = List.of("/bin/sh", "-c", "sleep 77 > /dev/null & echo $! > " + pid);

    new Program(command, Optional.empty(), LONG, Leftovers.STAY).run(Map.of());
    ProcessHandle left = ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).get();
    assertThat(isRunning(left.pid())).isTrue();
    left.destroyForcibly();

    new Program(command, Optional.empty(), LONG, Leftovers.ARE_KILLED).run(Map.of());
    assertGone(Long.parseLong(Files.readString(pid).strip()));
  }

  @Test
  void whatCannotBeStartedSaysWhy() throws Exception {
    Program missing =
        new Program(List.of("/no/such/program"), Optional.empty(), LONG, Leftovers.STAY);
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
            LONG,
            Leftovers.STAY);
    assertThat(program.problem()).isEmpty();
    assertThat(program.run(Map.of())).isEqualTo(new Outcome.Ended(0, SILENCE));
    assertThat(Files.readAllLines(out))
        .containsExactly("nobody", "nogroup", "CapEff:\t0000000000000000");
  }

  @Test
  void anUnknownUserIsAProblemBeforehand() {
    assertThat(
            new Program(List.of("/bin/true"), Optional.of("nobody-at-all"), LONG, Leftovers.STAY)
                .problem())
        .hasValueSatisfying(problem ->
            assertThat(problem)
                .isEqualTo("cannot run /bin/true as nobody-at-all: /etc/passwd has no such user"));
    assertThat(
            new Program(List.of("/bin/true"), Optional.of("root"), LONG, Leftovers.STAY).problem())
        .isEmpty();
  }

  @Test
  void accountsAreReadAsTheyAreWritten() {
    assertThat(Account.parse("nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin"))
        .contains(new Account("nobody", 65534, 65533));
    assertThat(Account.parse("+nis")).isEmpty();
    assertThat(Account.parse("a:x:b:c::")).isEmpty();
  }

  private static void assertGone(long pid) {
    long deadline = System.nanoTime() + LONG.toNanos();
    while (isRunning(pid)) {
      assertThat(System.nanoTime()).as("process %s still runs", pid).isLessThan(deadline);
      LockSupport.parkNanos(2_000_000);
    }
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
    return new Program(List.of("/bin/sh", "-c", script), Optional.empty(), timeout, Leftovers.STAY);
  }
}
