package dev.fairlead.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.Configuration;
import dev.fairlead.config.Finding;
import dev.fairlead.config.Finding.Severity;
import dev.fairlead.config.ProcessConfig;
import dev.fairlead.config.ReadResult;
import dev.fairlead.daemon.Participant.Prepared;
import dev.fairlead.daemon.Participant.RefusedException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

class ReloadTest {

  private static final Configuration OLD = Configurations.empty(Duration.ofSeconds(1));
  private static final Configuration NEW = Configurations.empty(Duration.ofSeconds(2));

  /** What happened, in order. */
  private final List<String> events = new ArrayList<>();

  /** Reloads that were asked for and have not run yet. */
  private final Deque<Runnable> thread = new ArrayDeque<>();

  private ReadResult read = new ReadResult.Valid(NEW, List.of());
  private Configuration running = OLD;
  private boolean tooLate;
  private Optional<RefusedException> refusal = Optional.empty();

  private final Reload reload =
      new Reload(
          new ConfigurationSource(List.of(Path.of("fairlead.conf")), this::readNow),
          List.of(participant("listeners"), participant("election")),
          new FakeTarget(),
          thread::add);

  @Test
  void preparesAllThenCommitsAllInOrder() {
    Reload.Outcome outcome = run(reload.request());
    assertThat(outcome.succeeded()).isTrue();
    assertThat(events)
        .containsExactly(
            "read", "prepare listeners", "prepare election", "commit listeners", "commit election");
    assertThat(running).isEqualTo(NEW);
  }

  @Test
  void anErrorInTheFileChangesNothingAndReportsAllFindings() {
    read =
        new ReadResult.Invalid(
            List.of(
                finding(Severity.ERROR, "listen", "must be ADDRESS:PORT"),
                finding(Severity.WARNING, "password", "is cut to 8 bytes")));
    Reload.Outcome outcome = run(reload.request());
    assertThat(outcome.succeeded()).isFalse();
    assertThat(outcome.sentence()).contains("the old one stays in force");
    assertThat(outcome.lines())
        .containsExactly(
            "fairlead.conf:3: error: listen must be ADDRESS:PORT",
            "fairlead.conf:3: warning: password is cut to 8 bytes");
    assertThat(events).containsExactly("read");
    assertThat(running).isEqualTo(OLD);
  }

  @Test
  void aRefusalAbortsWhatWasPreparedAndCommitsNothing() {
    refusal = Optional.of(new RefusedException(List.of("a keepalived runs here")));
    Reload.Outcome outcome = run(reload.request());
    assertThat(outcome.succeeded()).isFalse();
    assertThat(outcome.lines()).containsExactly("a keepalived runs here");
    assertThat(events)
        .containsExactly("read", "prepare listeners", "prepare election", "abort listeners");
    assertThat(running).isEqualTo(OLD);
  }

  @Test
  void aCommitThatComesTooLateAbortsAll() {
    tooLate = true;
    Reload.Outcome outcome = run(reload.request());
    assertThat(outcome.succeeded()).isFalse();
    assertThat(outcome.lines()).containsExactly("the process is STOPPING");
    assertThat(events)
        .containsExactly(
            "read", "prepare listeners", "prepare election", "abort election", "abort listeners");
    assertThat(running).isEqualTo(OLD);
  }

  @Test
  void aSecondRequestWaitsAndReadsTheFileAgain() {
    CompletableFuture<Reload.Outcome> first = reload.request();
    CompletableFuture<Reload.Outcome> second = reload.request();
    assertThat(thread).hasSize(1);
    run(first);
    assertThat(second).isNotDone();
    run(second);
    assertThat(events.stream().filter("read"::equals)).hasSize(2);
  }

  @Test
  void requestsThatWaitShareOneReload() {
    reload.request();
    assertThat(reload.request()).isSameAs(reload.request());
  }

  @Test
  void aReaderThatThrowsFailsTheReloadAndNotTheNextOne() {
    ReadResult good = read;
    read = new ReadResult.Valid(NEW, List.of(finding(Severity.NOTE, "boom", "")));
    CompletableFuture<Reload.Outcome> first = reload.request();
    assertThat(run(first).succeeded()).isFalse();
    read = good;
    assertThat(run(reload.request()).succeeded()).isTrue();
  }

  @Test
  void aFileThatEndsInAStackOverflowFailsTheReloadAndNotTheProcess() {
    read = new ReadResult.Valid(NEW, List.of(finding(Severity.NOTE, "deep", "")));
    assertThat(run(reload.request()).succeeded()).isFalse();
    assertThat(running).isEqualTo(OLD);
  }

  @Test
  void eachFindingIsLoggedAsWhatItIs() {
    read =
        new ReadResult.Valid(
            NEW,
            List.of(
                finding(Severity.WARNING, "password", "is cut to 8 bytes"),
                finding(Severity.NOTE, "masters", "exchange VRRP by unicast")));
    List<String> logged = new ArrayList<>();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord line) {
            logged.add(line.getLevel() + " " + line.getMessage());
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger logger = Logger.getLogger(Reload.class.getName());
    logger.addHandler(handler);
    try {
      run(reload.request());
    } finally {
      logger.removeHandler(handler);
    }
    assertThat(logged)
        .hasSize(3)
        .startsWith(
            "WARNING fairlead.conf:3: warning: password is cut to 8 bytes",
            "INFO fairlead.conf:3: note: masters exchange VRRP by unicast");
    assertThat(logged.getLast()).startsWith("INFO reloaded in ");
  }

  @Test
  void settingsThatNeedARestartAreNamedAndKept() {
    Path socket = Path.of("/run/other.sock");
    Configuration next =
        Configurations.process(new ProcessConfig(4, Duration.ofSeconds(2)), socket);
    assertThat(RestartNeeded.warnings(OLD, next))
        .containsExactly(
            "event-loops stays 1 until a restart (the file now says 4)",
            "admin.control-socket stays /run/fairlead/fairlead.sock until a restart (the file now"
                + " says /run/other.sock)");
    assertThat(RestartNeeded.kept(OLD, next)).isEqualTo(NEW);
  }

  @Test
  void aProcessStartedWithFlagsHasNothingToReload() {
    Reload flags =
        new Reload(
            new ConfigurationSource(List.of(), this::readNow),
            List.of(),
            new FakeTarget(),
            thread::add);
    Reload.Outcome outcome = run(flags.request());
    assertThat(outcome.succeeded()).isFalse();
    assertThat(outcome.sentence()).contains("started with flags");
    assertThat(events).isEmpty();
  }

  private Reload.Outcome run(CompletableFuture<Reload.Outcome> future) {
    thread.remove().run();
    return future.getNow(new Reload.Outcome(false, "did not end", List.of()));
  }

  private ReadResult readNow() {
    events.add("read");
    if (read.findings().stream().anyMatch(finding -> finding.key().equals("boom"))) {
      throw new IllegalStateException("boom");
    }
    if (read.findings().stream().anyMatch(finding -> finding.key().equals("deep"))) {
      throw new StackOverflowError();
    }
    return read;
  }

  private Participant participant(String name) {
    return next -> {
      events.add("prepare " + name);
      if (name.equals("election") && refusal.isPresent()) {
        throw refusal.get();
      }
      return new Prepared() {
        @Override
        public void commit() {
          events.add("commit " + name);
        }

        @Override
        public void abort() {
          events.add("abort " + name);
        }
      };
    };
  }

  private final class FakeTarget implements Reload.Target {
    @Override
    public Configuration running() {
      return running;
    }

    @Override
    public void commit(Configuration next, Runnable change) throws RefusedException {
      if (tooLate && !next.equals(running)) {
        throw new RefusedException(List.of("the process is STOPPING"));
      }
      change.run();
      running = next;
    }
  }

  private static Finding finding(Severity severity, String key, String sentence) {
    return new Finding(severity, "code", "fairlead.conf", 3, key, sentence, Optional.empty());
  }
}
