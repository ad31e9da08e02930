package dev.fairlead.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.daemon.demo.ChildProcess;
import dev.fairlead.lab.Await;
import dev.fairlead.lab.Lab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.api.parallel.ResourceLock;

/** {@code fairlead demo} itself: its promises are kept, and it leaves nothing behind. */
@Isolated("ten JVMs, and promises in milliseconds")
@ResourceLock(Lab.BOTH_CPUS) // times what a client sees
final class DemoTest {

  private static final Duration STORY = Duration.ofSeconds(90);

  @TempDir private Path directory;
  private final List<ChildProcess> started = new ArrayList<>();

  @AfterEach
  void end() {
    started.forEach(ChildProcess::kill);
  }

  @Test
  void theStoryEndsWellAndLeavesNothingBehind() throws Exception {
    ChildProcess demo = start("--seconds", "30");
    assertThat(demo.hasEndedWithin(STORY)).isTrue();
    assertThat(demo.exitStatus()).as(demo.output()).isZero();
    assertThat(demo.output())
        .contains("API server kill -9", "master node crash", "master clean stop")
        .contains("Every expectation was met");
    assertThat(traces(demo.pid())).isEmpty();
  }

  @Test
  void onLoopbackThereIsAStoryWithoutAVirtualAddress() throws Exception {
    ChildProcess demo = start("--seconds", "30", "--loopback");
    assertThat(demo.hasEndedWithin(STORY)).isTrue();
    assertThat(demo.exitStatus()).as(demo.output()).isZero();
    assertThat(demo.output()).contains("not ready", "Every expectation was met");
    assertThat(traces(demo.pid())).isEmpty();
  }

  @Test
  void anInterruptedDemoCleansUpAndTheNextOneCleansUpAfterAKilledOne() throws Exception {
    ChildProcess first = start("--seconds", "30");
    Await.until(
        "the first demo is under way", STORY, () -> first.output().contains("new TLS connections"));
    first.kill();
    assertThat(first.hasEndedWithin(STORY)).isTrue();
    assertThat(traces(first.pid())).isNotEmpty();

    ChildProcess second = start("--seconds", "30");
    Await.until(
        "the second demo is under way",
        STORY,
        () -> second.output().contains("new TLS connections"));
    assertThat(traces(first.pid())).isEmpty();
    second.signal("INT");
    assertThat(second.hasEndedWithin(Duration.ofSeconds(20))).isTrue();
    assertThat(traces(second.pid())).isEmpty();
  }

  private ChildProcess start(String... options) throws IOException {
    List<String> command =
        Stream.concat(Lab.installation().fairlead("demo").stream(), Stream.of(options)).toList();
    ChildProcess demo =
        ChildProcess.logged(command, Files.createTempFile(directory, "demo", ".log"));
    started.add(demo);
    return demo;
  }

  /** Namespaces, directories and processes that carry a demo's number. */
  private static List<String> traces(long pid) throws IOException {
    String mark = "fairlead-demo-" + pid;
    try (Stream<Path> namespaces = list(Path.of("/run/netns"));
        Stream<Path> directories = list(Path.of("/tmp"))) {
      return Stream.concat(
              Stream.concat(namespaces, directories)
                  .map(Path::toString)
                  .filter(path -> path.contains(mark)),
              ProcessHandle.allProcesses()
                  .filter(process -> commandLine(process).contains(mark))
                  .map(process -> "process " + process.pid()))
          .toList();
    }
  }

  private static Stream<Path> list(Path directory) throws IOException {
    return Files.isDirectory(directory) ? Files.list(directory) : Stream.empty();
  }

  private static String commandLine(ProcessHandle process) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"));
    } catch (IOException e) {
      return "";
    }
  }
}
