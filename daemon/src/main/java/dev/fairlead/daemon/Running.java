package dev.fairlead.daemon;

import dev.fairlead.config.Configuration;
import dev.fairlead.config.Finding;
import dev.fairlead.config.Finding.Severity;
import dev.fairlead.config.LocalHost;
import dev.fairlead.config.ReadResult;
import dev.fairlead.config.hocon.HoconReader;
import dev.fairlead.config.hocon.RunFlags;
import dev.fairlead.daemon.Participant.RefusedException;
import dev.fairlead.daemon.log.Logging;
import io.netty.channel.epoll.Epoll;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code fairlead run}: from a configuration to an exit code, with signals in between. */
public final class Running {

  /** Read when no file is named. */
  public static final Path DEFAULT_FILE = Path.of("/etc/fairlead/fairlead.conf");

  /** As in reference.conf: where a process is asked for when no configuration says. */
  public static final Path DEFAULT_SOCKET = Path.of("/run/fairlead/fairlead.sock");

  /**
   * First checks and elections are over, and the JVM has freed what its compiler needed for them
   * (every 5 s); a minute later it has compiled nearly all it will.
   */
  private static final List<Integer> START_UP_SECONDS = List.of(6, 60);

  private Running() {}

  /** Reads these files, and reads them again on a reload. */
  public static Source filesSource(List<Path> files) {
    return new Source(
        new ConfigurationSource(
            files, () -> new HoconReader(LocalHost.now(), System.getenv()).read(files)));
  }

  /** Reads flags, once. */
  public static Source flagsSource(RunFlags flags) {
    return new Source(
        new ConfigurationSource(
            List.of(), () -> new HoconReader(LocalHost.now(), System.getenv()).readFlags(flags)));
  }

  /** Where a configuration comes from, for callers outside this package. */
  public record Source(@SuppressWarnings("EffectivelyPrivate") ConfigurationSource source) {}

  /** Runs in the foreground until a signal ends it; returns the exit code. */
  public static int run(Source from) {
    Logging.prepare();
    warmUp();
    ConfigurationSource source = from.source();
    ReadResult read = source.read();
    // The first switch over types takes the JVM several milliseconds, and a client is waiting.
    return read instanceof ReadResult.Valid valid
        ? serve(valid.configuration(), valid.findings(), source)
        : refuse(read.findings());
  }

  /**
   * Loads Netty's native library while this thread reads the configuration: each takes tens of
   * milliseconds, neither needs the other, and a client is waiting for both.
   */
  private static void warmUp() {
    Thread.ofPlatform().daemon().name("warm-up").start(Epoll::isAvailable);
  }

  private static int refuse(List<Finding> findings) {
    PrintStream err = System.err;
    findings.forEach(finding -> err.println(finding));
    err.println("fairlead: not started: " + FindingCount.of(findings));
    return 1;
  }

  private static int serve(
      Configuration configuration, List<Finding> findings, ConfigurationSource source) {
    Logging logging = Logging.start(configuration.log());
    Logger log = LoggerFactory.getLogger(Running.class);
    for (Finding finding : findings) {
      if (finding.severity() == Severity.WARNING) {
        log.warn("{}", finding);
      } else {
        log.info("{}", finding);
      }
    }
    Daemon daemon =
        new Daemon(configuration, source, BuildFacts.load(), logging, Notify.from(System.getenv()));
    // Virtual threads included: whatever nobody expected ends the process rather than half of it.
    Thread.setDefaultUncaughtExceptionHandler((thread, e) -> daemon.broken(e));
    installSignals(daemon);
    int exitCode = startAndWait(daemon, log);
    logging.flush();
    return exitCode;
  }

  private static int startAndWait(Daemon daemon, Logger log) {
    try {
      daemon.start();
    } catch (RefusedException e) {
      if (!daemon.isStopping()) {
        e.reasons().forEach(reason -> log.error("{}", reason));
        log.error("not started");
        return 1;
      }
    } catch (Exception e) {
      if (!daemon.isStopping()) {
        log.error("not started: {}", e.toString(), e);
        return 1;
      }
    }
    for (int seconds : START_UP_SECONDS) {
      try {
        return daemon.ended().get(seconds, TimeUnit.SECONDS);
      } catch (TimeoutException running) {
        StartUpMemory.giveBack();
      } catch (InterruptedException | ExecutionException e) {
        throw new IllegalStateException("nobody interrupts this thread or fails this future", e);
      }
    }
    return daemon.ended().join();
  }

  private static void installSignals(Daemon daemon) {
    AtomicBoolean asked = new AtomicBoolean();
    Signals.onStop((signal, exitCode) -> {
      if (asked.compareAndSet(false, true)) {
        daemon.stop(signal);
      } else {
        daemon.stopAtOnce("second signal (" + signal + ")", exitCode);
      }
    });
    Signals.onHangUp(() -> daemon.reload("SIGHUP"));
  }
}
