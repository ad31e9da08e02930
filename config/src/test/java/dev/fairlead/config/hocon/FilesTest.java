package dev.fairlead.config.hocon;

import static dev.fairlead.config.hocon.Reads.MASTERS;
import static dev.fairlead.config.hocon.Reads.NODE1;
import static dev.fairlead.config.hocon.Reads.SHORT;
import static dev.fairlead.config.hocon.Reads.problems;
import static dev.fairlead.config.hocon.Reads.valid;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.Configuration;
import dev.fairlead.config.Host;
import dev.fairlead.config.LocalHost;
import dev.fairlead.config.LogConfig;
import dev.fairlead.config.ReadResult;
import dev.fairlead.config.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class FilesTest {

  @TempDir private Path directory;
  private Path main;

  @BeforeEach
  void mainFile() {
    main = directory.resolve("fairlead.conf");
  }

  @Test
  void later_files_override_earlier_ones() throws IOException {
    Files.writeString(main, SHORT + "log.level = debug\nshutdown.drain = 1s");
    Path site = Files.writeString(directory.resolve("site.conf"), "shutdown.drain = 2s");
    Configuration configuration = valid(read(main, site));
    assertThat(configuration.process().drain()).isEqualTo(Duration.ofSeconds(2));
    assertThat(configuration.log().level()).isEqualTo(LogConfig.Level.DEBUG);
  }

  @Test
  void findings_name_the_file_that_is_to_blame() throws IOException {
    Files.writeString(main, SHORT + "log { level = loud }");
    Path site = Files.writeString(directory.resolve("site.conf"), "\nlog { format = xml }");
    assertThat(problems(read(main, site)))
        .containsExactly(
            main
                + ":3: error: log.level must be one of error, warn, info, debug, trace, but is"
                + " loud",
            site + ":2: error: log.format must be one of human, json, but is xml");
  }

  @Test
  void includes_are_relative_to_the_file_and_read_again_each_time() throws IOException {
    Path deeper = Files.createDirectories(directory.resolve("conf.d"));
    Files.writeString(main, SHORT + "include \"conf.d/log.conf\"");
    Files.writeString(deeper.resolve("log.conf"), "log { include file(\"level.conf\") }");
    Path level = Files.writeString(deeper.resolve("level.conf"), "level = debug");
    assertThat(valid(read(main)).log().level()).isEqualTo(LogConfig.Level.DEBUG);
    Files.writeString(level, "level = trace");
    assertThat(valid(read(main)).log().level()).isEqualTo(LogConfig.Level.TRACE);
    Files.writeString(level, "\n\nlevel = loud");
    assertThat(problems(read(main)))
        .containsExactly(
            level
                + ":3: error: log.level must be one of error, warn, info, debug, trace, but is"
                + " loud");
  }

  /**
   * In a locale that has no name for it, as C has none for an umlaut; half a character has none.
   */
  @Test
  void paths_that_cannot_be_here_are_reported_where_they_stand() throws IOException {
    String name = "/tmp/\\ud800";
    Files.writeString(
        main,
        """
        frontends.api { listen = "*:8443", access-log = "file:%1$s", allow = ["file:%1$s"] }
        frontends.b { listen = "*:8444", access-log = "journald:%1$s", backend = api }
        frontends.c { listen = "unix:%1$s", backend = api }
        backends.api {
          servers { a = "10.0.0.1:1" }
          check { type = https, ca-file = "%1$s" }
        }
        admin.control-socket = "%1$s"
        track-files.x.path = "%1$s"
        track-scripts.x.command = ["%1$s"]
        hooks.x { command = ["%1$s"] }
        include "%1$s"
        """
            .formatted(name));
    assertThat(problems(read(main)).stream().filter(problem -> problem.contains(" error: ")))
        .extracting(problem -> problem.replaceFirst("[^:]*(:\\d+)?: error: (\\S+) .*", "$1 $2"))
        .containsExactly(
            " include",
            ":1 frontends.api.allow[0]",
            ":1 frontends.api.access-log",
            ":2 frontends.b.access-log",
            ":3 frontends.c.listen",
            ":6 backends.api.check.ca-file",
            ":8 admin.control-socket",
            ":9 track-files.x.path",
            ":10 track-scripts.x.command",
            ":11 hooks.x.command");
  }

  @Test
  void includes_that_cannot_be_are_reported_where_they_stand() throws IOException {
    Files.writeString(
        main,
        SHORT
            + "include \"nope.conf\"\ninclude required(\"must.conf\")\n"
            + "include \"fairlead.conf\"\ninclude \"http://example.org/x.conf\"\n");
    assertThat(problems(read(main)))
        .containsExactly(
            main
                + ":3: warning: include names a file that does not exist: "
                + directory.resolve("nope.conf"),
            main
                + ":4: error: include names a file that does not exist: "
                + directory.resolve("must.conf"),
            main + ":5: error: include leads back to itself: fairlead.conf",
            main + ":6: error: include must be a file, but is a URL: http://example.org/x.conf");
  }

  @Test
  void files_that_cannot_be_read_are_all_reported() throws IOException {
    Path binary = Files.write(directory.resolve("binary"), new byte[] {(byte) 0xff, 0});
    assertThat(problems(read(main, binary, directory)))
        .containsExactly(
            main + ": error: cannot be read: there is no such file",
            binary + ": error: cannot be read: it is not UTF-8 text",
            directory + ": error: cannot be read: it is a directory");
  }

  @Test
  void what_is_nested_too_deeply_is_refused_before_the_parser_descends() throws IOException {
    int most = HoconDepth.MAX;
    String list = "x = " + "[".repeat(most) + "]".repeat(most) + "\n";
    Files.writeString(main, SHORT + list);
    assertThat(problems(read(main))).containsExactly(main + ":3: error: x is not a known key");
    for (String deep :
        List.of(
            "x = " + "[".repeat(most + 1) + "]".repeat(most + 1),
            "x = " + "{a=".repeat(50_000) + "1" + "}".repeat(50_000),
            "a.".repeat(50_000) + "a = 1")) {
      Files.writeString(main, SHORT + "# [[{\n" + "y = \"[\"\n".repeat(most) + deep);
      assertThat(problems(read(main)))
          .containsExactly(main + ":" + (most + 4) + ": error: is nested more than 64 deep");
    }
  }

  @Test
  void what_cannot_be_a_path_is_an_error_with_its_place() throws IOException {
    Files.writeString(main, SHORT + "check.ca-file = \"a\\u0000b\"\n");
    assertThat(problems(read(main)))
        .anyMatch(problem -> problem.startsWith(main + ":3: error: check.ca-file must be a path"));
  }

  @Test
  void a_directory_is_no_certificate() {
    assertThat(Host.OFFLINE.canRead(directory)).isTrue();
    assertThat(LocalHost.now().canRead(directory)).isFalse();
  }

  @Test
  void secrets_come_from_files_without_their_last_newline() throws IOException {
    Path secret = Files.writeString(directory.resolve("secret"), "abc def\n");
    Files.writeString(main, SHORT + "password = \"file:" + secret + "\"");
    assertThat(password(read(main))).contains(new Secret("abc def"));
    Files.writeString(main, SHORT + "password = \"file:secret\"");
    assertThat(password(read(main))).contains(new Secret("abc def"));
    Files.writeString(secret, "\n");
    assertThat(problems(read(main)))
        .containsExactly(main + ":3: error: password must not be empty, but " + secret + " is");
    Files.delete(secret);
    assertThat(problems(read(main)))
        .containsExactly(main + ":3: error: password must be a readable file, but is file:secret");
  }

  @Test
  void a_long_password_is_cut_with_one_warning() throws IOException {
    Files.writeString(
        main,
        "vip = [\"172.16.100.150/24\", \"fd00::9/64\"]\ninterface = eth0\npassword = 12345678é\n"
            + MASTERS);
    assertThat(password(read(main))).contains(new Secret("12345678"));
    assertThat(problems(read(main)))
        .containsOnlyOnce(
            main
                + ":3: warning: password is longer than 8 bytes: VRRPv2 has room for the first 8"
                + " only, which are used");
    Files.writeString(main, SHORT + "password = 1234567é\n");
    assertThat(password(read(main))).contains(new Secret("1234567"));
  }

  @Test
  void the_environment_is_the_one_that_was_given() throws IOException {
    Files.writeString(
        main, SHORT + "password = ${?PASSWORD}\nevent-loops = ${?LOOPS}\nlog.level = ${?HOME}");
    HoconReader reader =
        new HoconReader(NODE1, Map.of("PASSWORD", "abc", "LOOPS", "3", "WITH.DOTS%%", "x"));
    ReadResult result = reader.read(List.of(main));
    assertThat(password(result)).contains(new Secret("abc"));
    assertThat(valid(result).process().eventLoops()).isEqualTo(3);

    assertThat(problems(new HoconReader(NODE1, Map.of("LOOPS", "many")).read(List.of(main))))
        .containsExactly(
            "environment variable LOOPS: error: event-loops must be 0..1024, but is many");
  }

  @Test
  void substitutions_that_lead_nowhere_are_all_reported() throws IOException {
    Files.writeString(main, SHORT + "password = ${A}\nevent-loops = ${B}\nlog.level = loud");
    assertThat(problems(read(main)))
        .containsExactly(
            main
                + ":3: error: ${A} is neither a key nor an environment variable (${?A} may be"
                + " missing)",
            main
                + ":4: error: ${B} is neither a key nor an environment variable (${?B} may be"
                + " missing)",
            main
                + ":5: error: log.level must be one of error, warn, info, debug, trace, but is"
                + " loud");
  }

  @Test
  @Timeout(20)
  void substitutions_that_would_fill_the_memory_are_refused_before_they_are_resolved()
      throws IOException {
    StringBuilder text = new StringBuilder(SHORT + "x0 = aaaaaaaaaa\n");
    for (int i = 1; i <= 40; i++) {
      text.append("x%d = ${x%d}${x%d}%n".formatted(i, i - 1, i - 1));
    }
    Files.writeString(main, text);
    assertThat(problems(read(main)))
        .singleElement()
        .asString()
        .matches(
            Pattern.quote(main.toString())
                + ":\\d+: error: x\\d+ becomes larger than 2,000,000 characters with its"
                + " substitutions");

    StringBuilder lists = new StringBuilder(SHORT + "y { z0 = [1, 2] }\n");
    for (int i = 1; i <= 40; i++) {
      lists.append("y.z%d = [${y.z%d}, ${y.z%d}]%n".formatted(i, i - 1, i - 1));
    }
    Files.writeString(main, lists);
    assertThat(problems(read(main))).singleElement().asString().contains("error: y.z");
  }

  @Test
  void files_are_bounded_together() throws IOException {
    Files.writeString(main, "#".repeat(512 * 1024 + 1));
    assertThat(problems(read(main))).containsExactly(main + ": error: is larger than 512 KiB");
    Files.writeString(main, SHORT + "#".repeat(300 * 1024));
    Path more = Files.writeString(directory.resolve("more"), "#".repeat(300 * 1024));
    assertThat(problems(read(main, more)))
        .containsExactly(
            more + ": error: is larger than 512 KiB together with the files before it");
  }

  @Test
  void substitutions_in_a_circle_are_refused() throws IOException {
    Files.writeString(main, SHORT + "a = ${b}\nb = ${a}");
    assertThat(problems(read(main)))
        .singleElement()
        .asString()
        .contains("error: ${")
        .endsWith("} leads back to itself");
  }

  @Test
  void a_file_may_refer_to_its_own_keys_and_to_defaults() throws IOException {
    Files.writeString(
        main, SHORT + "server-port = 7000\ncheck.port = ${server-port}\nshutdown.drain = ${x}");
    Path more = Files.writeString(directory.resolve("more"), "shutdown.drain = 3s");
    assertThat(valid(read(main, more)).process().drain()).isEqualTo(Duration.ofSeconds(3));
  }

  private static Optional<Secret> password(ReadResult result) {
    return valid(result).virtualRouters().getFirst().wire().password();
  }

  private static ReadResult read(Path... files) {
    return new HoconReader(NODE1, Map.of()).read(List.of(files));
  }
}
