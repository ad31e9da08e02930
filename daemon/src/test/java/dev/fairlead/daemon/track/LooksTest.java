package dev.fairlead.daemon.track;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.TrackConfig.Processes;
import dev.fairlead.config.TrackConfig.WatchedFile;
import dev.fairlead.config.TrackConfig.WatchedFile.Meaning;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files and processes, as they are looked at; the processes are those of an invented /proc. */
class LooksTest {

  private static final Duration SECOND = Duration.ofSeconds(1);

  @TempDir Path folder;

  @Test
  void aFileIsWellWhileItIsThereOrWhileItIsNot() throws IOException {
    Path file = folder.resolve("f");
    assertThat(look(file, Meaning.EXISTS)).isEqualTo("BAD 0 does not exist");
    assertThat(look(file, Meaning.ABSENT)).isEqualTo("GOOD 0 does not exist");
    Files.createFile(file);
    assertThat(look(file, Meaning.EXISTS)).isEqualTo("GOOD 0 exists");
    assertThat(look(file, Meaning.ABSENT)).isEqualTo("BAD 0 exists");
  }

  @Test
  void theNumberInAFileIsBoundedAndAnythingElseIsZero() throws IOException {
    Path file = folder.resolve("f");
    assertThat(look(file, Meaning.INTEGER)).isEqualTo("GOOD 0 does not exist");
    for (String[] row :
        new String[][] {
          {"-20\n", "BAD -20 -20"},
          {" 5 ", "BAD 5 5"},
          {"+7", "BAD 7 7"},
          {"0\n", "GOOD 0 0"},
          {"", "GOOD 0 0"},
          {"-1000", "BAD -254 -254"},
          {"99999999999", "IMPOSSIBLE 0 holds no number"},
          {"ten", "IMPOSSIBLE 0 holds no number"},
        }) {
      Files.writeString(file, row[0]);
      assertThat(look(file, Meaning.INTEGER)).as(row[0]).isEqualTo(row[1]);
    }
    assertThat(look(folder, Meaning.INTEGER)).startsWith("IMPOSSIBLE 0 java.io.IOException");
  }

  private static String look(Path path, Meaning means) {
    return text(WatchedFiles.look(new WatchedFile("f", path, means, SECOND)));
  }

  @Test
  void processesAreCountedByTheirNameAndTheDeadAreNot() throws IOException {
    process(1, "init", 'S', "/sbin/init");
    process(20, "etcd", 'S', "/usr/bin/etcd", "--name", "m1");
    process(21, "etcd", 'R', "/usr/bin/etcd", "--name", "m2");
    process(22, "etcd", 'Z');
    process(23, "etcdctl", 'S', "etcdctl");
    Files.createDirectory(folder.resolve("24"));
    Files.writeString(folder.resolve("cmdline"), "");

    assertThat(count("etcd", List.of(), 2, 0)).isEqualTo("GOOD 0 2 running, wanted at least 2");
    assertThat(count("etcd", List.of(), 3, 0)).isEqualTo("BAD 0 2 running, wanted at least 3");
    assertThat(count("etcd", List.of(), 0, 1)).isEqualTo("BAD 0 2 running, wanted 0..1");
    assertThat(count("etcd", List.of("--name", "m2"), 1, 1))
        .isEqualTo("GOOD 0 1 running, wanted 1..1");
    assertThat(count("etcd", List.of("m2"), 1, 0)).startsWith("BAD");
    assertThat(count("/usr/bin/etcd", List.of("--name"), 2, 2)).startsWith("GOOD");
    assertThat(count("/usr/bin/etc", List.of(), 1, 0)).startsWith("BAD");
    assertThat(count("none", List.of(), 0, 1)).isEqualTo("GOOD 0 0 running, wanted 0..1");
  }

  @Test
  void namesAreComparedAsTheKernelCutsThem() throws IOException {
    process(5, "kube-controller", 'S', "/usr/bin/kube-controller-manager");
    process(6, "a) R (b", 'S', "x");
    assertThat(count("kube-controller-manager", List.of(), 1, 0)).startsWith("GOOD");
    assertThat(count("a) R (b", List.of(), 1, 0)).startsWith("GOOD");
  }

  @Test
  void thoseThatWereFoundAreAskedFirstAndMissedWhenTheyGo() throws IOException {
    process(7, "haproxy", 'S', "haproxy");
    ProcessCount count = counter("haproxy", List.of(), 1, 0);
    assertThat(text(count.look())).startsWith("GOOD");
    delete(7);
    assertThat(text(count.look())).startsWith("BAD");
    process(8, "haproxy", 'S', "haproxy");
    assertThat(text(count.look())).startsWith("GOOD");
  }

  @Test
  void thisJvmIsFoundInTheRealProc() {
    String name =
        Path.of(ProcessHandle.current().info().command().orElseThrow()).getFileName().toString();
    ProcessCount count =
        new ProcessCount(Path.of("/proc"), new Processes("p", name, List.of(), 1, 0, SECOND, 1, 1));
    assertThat(text(count.look())).startsWith("GOOD");
  }

  private String count(String executable, List<String> arguments, int minimum, int maximum) {
    return text(counter(executable, arguments, minimum, maximum).look());
  }

  private ProcessCount counter(
      String executable, List<String> arguments, int minimum, int maximum) {
    return new ProcessCount(
        folder, new Processes("p", executable, arguments, minimum, maximum, SECOND, 1, 1));
  }

  private void process(int pid, String name, char state, String... line) throws IOException {
    Path entry = Files.createDirectory(folder.resolve(String.valueOf(pid)));
    Files.writeString(entry.resolve("stat"), pid + " (" + name + ") " + state + " 1 1 1\n");
    Files.writeString(
        entry.resolve("cmdline"), line.length == 0 ? "" : String.join("\0", line) + "\0");
  }

  private void delete(int pid) throws IOException {
    Path entry = folder.resolve(String.valueOf(pid));
    Files.delete(entry.resolve("stat"));
    Files.delete(entry.resolve("cmdline"));
    Files.delete(entry);
  }

  private static String text(Look look) {
    return look.outcome() + " " + look.number() + " " + look.detail();
  }
}
