package dev.fairlead.daemon.track;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.TrackConfig;
import dev.fairlead.config.TrackConfig.Key;
import dev.fairlead.config.TrackConfig.Kind;
import dev.fairlead.daemon.Eventually;
import dev.fairlead.daemon.track.Standing.Health;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real scripts and files, on a loop of their own. */
class NodeTracksTest {

  private static final Key SCRIPT = new Key(Kind.SCRIPT, "chk");
  private static final Key FILE = new Key(Kind.FILE, "drain");
  private static final Duration OFTEN = Duration.ofMillis(20);

  @TempDir Path folder;
  private final DefaultEventExecutor control = new DefaultEventExecutor();
  private final List<Throwable> broken = new CopyOnWriteArrayList<>();
  private final AtomicInteger changes = new AtomicInteger();
  private final NodeTracks tracks = new NodeTracks(control, changes::incrementAndGet, broken::add);

  @AfterEach
  void close() throws Exception {
    call(() -> {
      tracks.close();
      return true;
    });
    control.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    assertThat(broken).isEmpty();
  }

  @Test
  void aScriptIsRunAgainAndAgainAndItsChangesAreTold() throws Exception {
    Path good = Files.createFile(folder.resolve("good"));
    apply(script("test -e " + good, Duration.ofSeconds(5), 2));
    await(SCRIPT, Health.WELL);
    assertThat(changes).hasValue(1);
    Files.delete(good);
    await(SCRIPT, Health.FAILED);
    Files.createFile(good);
    await(SCRIPT, Health.WELL);
    assertThat(changes).hasValue(3);
    TrackStatus status = status(SCRIPT).orElseThrow();
    assertThat(status.looks().get(Look.Outcome.BAD)).isGreaterThanOrEqualTo(2);
    assertThat(status.lookNanos()).isPositive();
  }

  @Test
  void aScriptThatHangsIsKilledAndHasFailed() throws Exception {
    Path runs = folder.resolve("runs");
    apply(script("echo $$ >> " + runs + "; sleep 77", Duration.ofMillis(100), 1));
    await(SCRIPT, Health.FAILED);
    Look last = status(SCRIPT).orElseThrow().last();
    assertThat(last).isNotNull();
    assertThat(last.outcome()).isEqualTo(Look.Outcome.TIMED_OUT);
    // Never two at once: each has been killed before the next was started.
    Eventually.that("three runs", () -> Files.readAllLines(runs).size() >= 3);
    long alive =
        Files.readAllLines(runs).stream()
            .filter(pid -> ProcessHandle.of(Long.parseLong(pid)).isPresent())
            .count();
    assertThat(alive).isLessThanOrEqualTo(1);
  }

  @Test
  void aScriptThatIsNoLongerWantedIsKilled() throws Exception {
    Path pid = folder.resolve("pid");
    apply(script("echo $$ > " + pid + "; sleep 77", Duration.ofSeconds(70), 1));
    Eventually.that("it runs", () -> !Files.readString(pid).isBlank());
    long running = Long.parseLong(Files.readString(pid).strip());
    apply();
    Eventually.that("it is gone", () -> ProcessHandle.of(running).isEmpty());
  }

  @Test
  void eachNewNumberInAFileIsTold() throws Exception {
    Path file = folder.resolve("drain");
    apply(file(file));
    await(FILE, Health.WELL);
    int before = changes.get();
    Files.writeString(file, "-5");
    await(FILE, Health.FAILED);
    Eventually.that(
        "the number is known", () -> status(FILE).orElseThrow().standing().number() == -5);
    Files.writeString(file, "-9");
    Eventually.that(
        "the number is known", () -> status(FILE).orElseThrow().standing().number() == -9);
    assertThat(changes.get()).isGreaterThanOrEqualTo(before + 2);
  }

  @Test
  void aReloadKeepsWhatIsEqualAndForgetsWhatIsGone() throws Exception {
    Path file = Files.writeString(folder.resolve("drain"), "1");
    apply(file(file), script("true", Duration.ofSeconds(5), 2));
    await(FILE, Health.FAILED);
    await(SCRIPT, Health.WELL);
    long since = status(FILE).orElseThrow().standing().since();
    apply(file(file));
    assertThat(status(FILE).orElseThrow().standing().since()).isEqualTo(since);
    assertThat(status(SCRIPT)).isEmpty();
    // Another command of the same name is another thing.
    apply(script("true", Duration.ofSeconds(5), 2));
    await(SCRIPT, Health.WELL);
    apply(script("false", Duration.ofSeconds(5), 2));
    await(SCRIPT, Health.FAILED);
  }

  private static TrackConfig script(String script, Duration timeout, int fall) {
    return new TrackConfig.Script(
        "chk", List.of("/bin/sh", "-c", script), Optional.empty(), OFTEN, timeout, 1, fall);
  }

  private static TrackConfig file(Path path) {
    return new TrackConfig.WatchedFile(
        "drain", path, TrackConfig.WatchedFile.Meaning.INTEGER, OFTEN);
  }

  private void apply(TrackConfig... configs) throws Exception {
    call(() -> {
      tracks.apply(List.of(configs));
      return true;
    });
  }

  private Optional<TrackStatus> status(Key key) throws Exception {
    return call(() -> tracks.status(key));
  }

  private void await(Key key, Health health) throws Exception {
    Eventually.that(
        key + " is " + health, () -> status(key).orElseThrow().standing().health() == health);
  }

  private <T> T call(Callable<T> task) throws Exception {
    return control.submit(task).get(10, TimeUnit.SECONDS);
  }
}
