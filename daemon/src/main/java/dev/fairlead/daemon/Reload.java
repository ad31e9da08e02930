package dev.fairlead.daemon;

import dev.fairlead.config.Configuration;
import dev.fairlead.config.Finding;
import dev.fairlead.config.ReadResult;
import dev.fairlead.daemon.Participant.Prepared;
import dev.fairlead.daemon.Participant.RefusedException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Brings a changed configuration into force, whole or not at all.
 *
 * <p>Read, report, prepare every participant in order, commit all in one turn of the control loop.
 * A refusal by any of them aborts those before it. One reload runs at a time; requests that arrive
 * meanwhile share one more, since each wants the files as they are now, not one run each.
 */
final class Reload {

  private static final Logger LOG = LoggerFactory.getLogger(Reload.class);

  /**
   * How a reload ended.
   *
   * @param lines findings, refusals and warnings, in that order
   */
  record Outcome(boolean succeeded, String sentence, List<String> lines) {
    Outcome {
      lines = List.copyOf(lines);
    }
  }

  /** What a reload needs of the running process. */
  interface Target {

    /** What is in force; asked on the reload's thread. */
    Configuration running();

    /**
     * Runs {@code change} in one turn of the control loop, waits for it, and from then on answers
     * {@code next} as running.
     *
     * @throws RefusedException it is too late for {@code next}; {@code change} has not run
     */
    void commit(Configuration next, Runnable change) throws Exception;
  }

  private final ConfigurationSource source;
  private final List<Participant> participants;
  private final Target target;
  private final Executor thread;

  /** Guarded by this. */
  private @Nullable CompletableFuture<Outcome> current;

  /** Guarded by this; starts when {@link #current} ends. */
  private @Nullable CompletableFuture<Outcome> queued;

  /**
   * Reads nothing before the first request.
   *
   * @param thread runs one reload; may block, and is never an event loop
   */
  Reload(
      ConfigurationSource source, List<Participant> participants, Target target, Executor thread) {
    this.source = source;
    this.participants = List.copyOf(participants);
    this.target = target;
    this.thread = thread;
  }

  /** Asks for a reload; any thread. The future never fails. */
  synchronized CompletableFuture<Outcome> request() {
    if (current == null) {
      current = new CompletableFuture<>();
      start(current);
      return current;
    }
    if (queued == null) {
      queued = new CompletableFuture<>();
    }
    return queued;
  }

  private void start(CompletableFuture<Outcome> future) {
    thread.execute(() -> {
      Outcome outcome;
      try {
        outcome = run();
      } catch (Exception | StackOverflowError e) {
        // The parser descends with its input: a file that goes too deep is one more bad file.
        LOG.error("reload failed: {}; the old configuration stays in force", e.toString(), e);
        outcome = new Outcome(false, "reload failed: " + e, List.of());
      }
      finish(future, outcome);
    });
  }

  private void finish(CompletableFuture<Outcome> future, Outcome outcome) {
    synchronized (this) {
      current = queued;
      queued = null;
      if (current != null) {
        start(current);
      }
    }
    future.complete(outcome);
  }

  private Outcome run() throws Exception {
    if (source.files().isEmpty()) {
      return logged(
          new Outcome(
              false,
              "reload refused: this process was started with flags, so there is no file to read",
              List.of()),
          List.of());
    }
    long startedAt = System.nanoTime();
    return switch (source.read()) {
      case ReadResult.Invalid(List<Finding> findings) ->
          logged(
              new Outcome(
                  false,
                  "reload failed: the configuration has errors; the old one stays in force",
                  texts(findings)),
              findings);
      case ReadResult.Valid(Configuration next, List<Finding> findings) ->
          logged(apply(next, texts(findings), startedAt), findings);
    };
  }

  private Outcome apply(Configuration next, List<String> lines, long startedAt) throws Exception {
    Configuration before = target.running();
    List<String> all = new ArrayList<>(lines);
    List<Prepared> prepared = new ArrayList<>();
    try {
      for (Participant participant : participants) {
        prepared.add(participant.prepare(next));
      }
    } catch (RefusedException e) {
      target.commit(before, () -> prepared.reversed().forEach(Prepared::abort));
      all.addAll(e.reasons());
      return new Outcome(false, "reload failed; the old configuration stays in force", all);
    } catch (Exception e) {
      target.commit(before, () -> prepared.reversed().forEach(Prepared::abort));
      throw e;
    }
    try {
      target.commit(next, () -> prepared.forEach(Prepared::commit));
    } catch (RefusedException e) {
      target.commit(before, () -> prepared.reversed().forEach(Prepared::abort));
      all.addAll(e.reasons());
      return new Outcome(false, "reload failed; the old configuration stays in force", all);
    }
    all.addAll(RestartNeeded.warnings(before, next));
    long millis = (System.nanoTime() - startedAt) / 1_000_000;
    String sentence =
        before.equals(next)
            ? "reloaded in " + millis + " ms: nothing has changed"
            : "reloaded in " + millis + " ms";
    return new Outcome(true, sentence, all);
  }

  private static List<String> texts(List<Finding> findings) {
    return findings.stream().map(Finding::toString).toList();
  }

  /**
   * Writes an outcome to the log.
   *
   * @param findings what its first lines are
   */
  private static Outcome logged(Outcome outcome, List<Finding> findings) {
    findings.forEach(finding -> LOG.atLevel(level(finding.severity())).log("{}", finding));
    Level rest = outcome.succeeded() ? Level.WARN : Level.ERROR;
    outcome.lines().stream()
        .skip(findings.size())
        .forEach(line -> LOG.atLevel(rest).log("{}", line));
    LOG.atLevel(outcome.succeeded() ? Level.INFO : Level.ERROR).log("{}", outcome.sentence());
    return outcome;
  }

  private static Level level(Finding.Severity severity) {
    return switch (severity) {
      case ERROR -> Level.ERROR;
      case WARNING -> Level.WARN;
      case NOTE -> Level.INFO;
    };
  }
}
