package dev.fairlead.benchmarks.failover;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** All setups, several labs at a time: most of a failover is waiting. */
final class Campaign {
  /** A lab lives for so many repetitions, so that a setup's are spread over the whole run. */
  private static final int REPETITIONS_PER_LAB = 3;

  /** A probe that stood still for longer makes an episode worth another attempt. */
  static final double CALM_MILLIS = 30;

  private static final int ATTEMPTS = 2;

  private final Path launcher;
  private final String prefix;
  private final Path directory;
  private final Consumer<String> progress;
  private final Path episodesFile;
  private final List<Episode> episodes = Collections.synchronizedList(new ArrayList<>());
  private final List<String> failures = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger repeated = new AtomicInteger();
  private int labs;

  /**
   * Nothing runs yet.
   *
   * @param directory for the labs' files
   * @param episodesFile gets each episode as it ends, so that a run which is killed has not been in
   *     vain
   */
  Campaign(
      Path launcher, String prefix, Path directory, Path episodesFile, Consumer<String> progress) {
    this.launcher = launcher;
    this.prefix = prefix;
    this.directory = directory;
    this.episodesFile = episodesFile;
    this.progress = progress;
  }

  private record Job(Setup setup, int first, int last) {}

  /**
   * Labs at a time. With an advertisement every 20 ms a takeover is a matter of a few: there the
   * labs must not wait for each other's turn.
   */
  static int parallel(Profile profile, int cpus) {
    return switch (profile) {
      case V2_1S -> 4 * cpus;
      case V3_100MS -> 5 * cpus / 2;
      case V3_20MS -> cpus;
    };
  }

  /** Profile by profile, since they bear different crowds. */
  void run(List<Setup> setups, List<Fault> faults, int repetitions) throws InterruptedException {
    Map<Profile, List<Setup>> byProfile = new TreeMap<>();
    setups.forEach(
        setup -> byProfile.computeIfAbsent(setup.profile(), _ -> new ArrayList<>()).add(setup));
    for (Map.Entry<Profile, List<Setup>> entry : byProfile.entrySet()) {
      List<Job> jobs = new ArrayList<>();
      for (int first = 1; first <= repetitions; first += REPETITIONS_PER_LAB) {
        for (Setup setup : entry.getValue()) {
          jobs.add(new Job(setup, first, Math.min(repetitions, first + REPETITIONS_PER_LAB - 1)));
        }
      }
      int parallel = parallel(entry.getKey(), Runtime.getRuntime().availableProcessors());
      try (ExecutorService executor = Executors.newFixedThreadPool(parallel)) {
        List<Future<?>> running = new ArrayList<>();
        for (Job job : jobs) {
          running.add(executor.submit(() -> run(job, faults)));
        }
        for (Future<?> each : running) {
          await(each);
        }
      }
    }
  }

  private void await(Future<?> job) throws InterruptedException {
    try {
      job.get();
    } catch (ExecutionException e) {
      failures.add(String.valueOf(e.getCause()));
      progress.accept("a lab was lost: " + e.getCause());
    }
  }

  private void run(Job job, List<Fault> faults) {
    int number = nextLab();
    try (Trial trial =
        Trial.start(
            job.setup(),
            prefix,
            Integer.toString(number),
            launcher,
            directory.resolve(Integer.toString(number)))) {
      for (int repetition = job.first(); repetition <= job.last(); repetition++) {
        for (Fault fault : faults) {
          Episode episode = calmest(trial, fault, repetition);
          episodes.add(episode);
          write(episode);
          progress.accept(line(episode));
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException(job.setup().name(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(job.setup().name() + " was interrupted", e);
    }
  }

  private synchronized void write(Episode episode) throws IOException {
    Files.writeString(
        episodesFile,
        FailoverReport.line(episode),
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  /**
   * While the probe stands still nothing is known, and a gap that it has made itself looks like any
   * other: again, then.
   */
  private Episode calmest(Trial trial, Fault fault, int repetition)
      throws IOException, InterruptedException {
    Episode calmest = trial.run(fault, repetition);
    for (int i = 1; i < ATTEMPTS && calmest.probeStallMillis() > CALM_MILLIS; i++) {
      repeated.incrementAndGet();
      Episode next = trial.run(fault, repetition);
      calmest = next.probeStallMillis() < calmest.probeStallMillis() ? next : calmest;
    }
    return calmest;
  }

  private synchronized int nextLab() {
    return ++labs;
  }

  private static String line(Episode episode) {
    return "%-22s %-20s %-18s %2d  gap %s, tcp %s, both answer %s + %s, hold %s + %s, none %s + %s, after %s / %s, stall %s %s"
        .formatted(
            episode.setup().group(),
            episode.column(),
            episode.fault().label(),
            episode.repetition(),
            FailoverReport.millis(episode.gap()),
            FailoverReport.millis(episode.during().tcpGap()),
            FailoverReport.millis(episode.during().twoAnswer()),
            FailoverReport.millis(episode.after().twoAnswer()),
            FailoverReport.millis(episode.during().twoHold()),
            FailoverReport.millis(episode.after().twoHold()),
            FailoverReport.millis(episode.during().noneHold()),
            FailoverReport.millis(episode.after().noneHold()),
            FailoverReport.millis(episode.after().udpGap()),
            FailoverReport.millis(episode.after().tcpGap()),
            FailoverReport.millis(episode.probeStallMillis()),
            episode.remark());
  }

  Results results() {
    synchronized (episodes) {
      return new Results(episodes);
    }
  }

  /** Episodes that were repeated because the probe had stood still. */
  int repeated() {
    return repeated.get();
  }

  List<String> failures() {
    synchronized (failures) {
      return List.copyOf(failures);
    }
  }
}
