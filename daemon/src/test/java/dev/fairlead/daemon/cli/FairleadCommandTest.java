package dev.fairlead.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class FairleadCommandTest {

  @TempDir Path directory = Path.of("");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                                    | Missing sub-command",
        "chekc                                 | Did you mean: fairlead check?",
        "check                                 | FILE",
        "check --ofline x                      | --offline",
        "run --listen 127.0.0.1:1              | both --listen and --server are needed",
        "run -f a --server 10.0.0.1:1          | exclude each other",
        "run --priority                        | --priority",
        "status --jsn                          | --json",
        "reload now                            | now",
        "server                                | ACTION",
        "server dran api/m1                    | one of ready, drain, maint, set-weight, reset",
        "server drain m1                       | BACKEND/SERVER",
        "server drain api/m1 5                 | needs a weight",
        "server set-weight api/m1              | needs a weight",
        "server set-weight api/m1 257          | 0..256, but is 257",
        "stick                                 | show, set or clear",
        "stick show                            | BACKEND",
        "stick set api 10.0.0 m1               | IPv4 or IPv6 address, but is 10.0.0",
        "stick clear api 10.0.0.1 --server m1  | exclude each other",
      })
  void wrongUsageSaysWhatIsWrongAndExitsWithTwo(String line, String message) {
    assertThat(execute(line.isEmpty() ? new String[0] : line.split(" +", -1))).isEqualTo(2);
    assertThat(err.toString()).contains(message);
    assertThat(out.toString()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "check", "status", "reload", "server", "stick", "version"})
  void everyCommandHasHelpWithAnExample(String command) {
    assertThat(execute(command, "--help")).isZero();
    assertThat(out.toString()).contains("Example", "fairlead " + command);
  }

  @Test
  void helpFitsEightyColumns() {
    execute("run", "--help");
    assertThat(out.toString().lines()).allMatch(line -> line.length() <= 80);
  }

  @Test
  void versionNamesWhatItRunsOn() {
    assertThat(execute("version")).isZero();
    assertThat(out.toString())
        .matches("(?s)fairlead \\d+\\.\\d+\\.\\d+.*java 25.*netty 4\\.2\\.\\d+.*");
  }

  @Test
  void statusWithoutAProcessFailsWithAHint() {
    Path socket = directory.resolve("none.sock");
    assertThat(execute("status", "--socket", socket.toString())).isEqualTo(1);
    assertThat(err.toString())
        .startsWith("fairlead: no answer on " + socket)
        .contains("Is fairlead running here");
  }

  @Test
  void checkPrintsAllFindingsAndFails() throws IOException {
    Path file = directory.resolve("bad.conf");
    Files.writeString(
        file,
        """
        frontends.api { listne = "127.0.0.1:1", backend = nowhere }
        """);
    assertThat(execute("check", "--offline", file.toString())).isEqualTo(1);
    assertThat(out.toString())
        .contains("bad.conf:1: error:")
        .contains("did you mean listen?")
        .contains("nowhere")
        .containsPattern("not usable: [0-9]+ errors");
  }

  @Test
  void checkAcceptsAGoodFile() throws IOException {
    Path file = directory.resolve("good.conf");
    Files.writeString(
        file,
        """
        frontends.api { listen = "127.0.0.1:8443", backend = api }
        backends.api { servers = ["127.0.0.1:6443"] }
        """);
    assertThat(execute("check", "--offline", file.toString())).isZero();
    assertThat(out.toString())
        .contains("leads to backend")
        .endsWith("usable: no errors, no warnings\n");
  }

  private int execute(String... arguments) {
    CommandLine line = FairleadCommand.commandLine();
    line.setUsageHelpAutoWidth(false);
    return line.setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }
}
