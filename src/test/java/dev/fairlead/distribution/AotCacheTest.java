package dev.fairlead.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.distribution.Distribution.Ended;
import dev.fairlead.lab.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A refused cache is no error to the JVM, only a slow start that nobody would notice. */
final class AotCacheTest {

  /** Makes the JVM end instead of going on without the cache. */
  private static final Map<String, String> INSIST = Map.of("FAIRLEAD_JAVA_OPTS", "-XX:AOTMode=on");

  @TempDir Path folder;

  @Test
  void theJvmAcceptsTheCacheWithTheProductionOptions() {
    Ended ended = Distribution.run(INSIST, Distribution.command("version"));
    assertThat(ended.err()).isEmpty();
    assertThat(ended.exitCode()).isZero();
  }

  @Test
  void almostEveryClassOfTheProcessComesOutOfTheCache() throws Exception {
    Path loaded = folder.resolve("classes");
    Path log = folder.resolve("log");
    Path configuration =
        Distribution.loopbackConfiguration(
            folder, Distribution.freePort(), Distribution.freePort());
    ProcessBuilder builder =
        new ProcessBuilder(Distribution.command("run", "-f", configuration.toString()))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("FAIRLEAD_JAVA_OPTS", "-Xlog:class+load=info:file=" + loaded);
    Process process = builder.start();
    try {
      Await.until(
          "ready", Duration.ofSeconds(30), () -> Files.readString(log).contains("ready after"));
    } finally {
      process.destroy();
      process.waitFor(20, TimeUnit.SECONDS);
      process.destroyForcibly();
    }
    List<String> ours =
        Files.readString(loaded)
            .lines()
            .filter(line -> line.contains(" dev.fairlead.") || line.contains(" io.netty."))
            .toList();
    List<String> fromJars =
        ours.stream().filter(line -> !line.contains("source: shared objects file")).toList();
    assertThat(ours).hasSizeGreaterThan(300);
    // The training had other settings than this run; a class or two may differ.
    assertThat(fromJars).hasSizeLessThan(ours.size() / 50);
  }

  @Test
  void theCacheStaysValidWhereTheArchiveIsUnpacked() {
    Path archive = Distribution.HOME.resolveSibling(Distribution.HOME.getFileName() + ".tar.gz");
    Ended unpacked =
        Distribution.run(
            Map.of(), List.of("tar", "-xzf", archive.toString(), "-C", folder.toString()));
    assertThat(unpacked.exitCode()).as(unpacked.err()).isZero();
    Path launcher =
        folder.resolve(Distribution.HOME.getFileName().toString()).resolve("bin/fairlead");
    Ended ended = Distribution.run(INSIST, List.of(launcher.toString(), "version"));
    assertThat(ended.err()).isEmpty();
    assertThat(ended.exitCode()).isZero();
  }

  @Test
  void otherOptionsThanTheTrainedOnesAreNoticedByTheseTests() {
    Ended ended =
        Distribution.run(
            Map.of("FAIRLEAD_JAVA_OPTS", "-XX:AOTMode=on -XX:-UseCompactObjectHeaders"),
            Distribution.command("version"));
    assertThat(ended.exitCode()).isNotZero();
  }

  @Test
  void theOptionsAreTheOnesWeWant() throws Exception {
    String options = Files.readString(Distribution.HOME.resolve("lib/jvm.options"));
    assertThat(options.lines())
        .contains(
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseCompactObjectHeaders",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:-UsePerfData",
            "--enable-native-access=ALL-UNNAMED");
  }
}
