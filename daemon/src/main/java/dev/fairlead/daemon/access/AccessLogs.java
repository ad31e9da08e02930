package dev.fairlead.daemon.access;

import dev.fairlead.config.AccessLogConfig;
import dev.fairlead.config.AccessLogConfig.Target;
import dev.fairlead.config.FrontendConfig;
import dev.fairlead.lb.SessionLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** The access logs of all frontends. Control loop only. */
public final class AccessLogs implements AutoCloseable {

  /** For a target that a reload has left to take what waits for it. */
  private static final Duration LEAVE_LIMIT = Duration.ofSeconds(5);

  /** The same when the process ends. */
  private static final Duration END_LIMIT = Duration.ofSeconds(1);

  private final int loops;
  private final String hostName;
  private final Executor slow;
  private final Map<String, FrontendLog> logs = new HashMap<>();
  private final Map<String, LogCounts> counts = new HashMap<>();
  private final List<LineWriter> writers = new ArrayList<>();

  /** Those that no frontend uses; sessions of frontends that are gone still may. */
  private final Set<LineWriter> left = Collections.newSetFromMap(new WeakHashMap<>());

  /** Frontends with an access log; {@link #logs} also has those of a reload that was refused. */
  private Set<String> inForce = Set.of();

  /**
   * Starts nothing.
   *
   * @param loops event loops
   * @param hostName for syslog
   * @param slow runs what may wait
   */
  public AccessLogs(int loops, String hostName, Executor slow) {
    this.loops = loops;
    this.hostName = hostName;
    this.slow = slow;
  }

  /** Where this frontend's sessions are told of; null: nowhere. Lines wait until {@link #apply}. */
  public @Nullable SessionLog of(FrontendConfig frontend) {
    if (frontend.accessLog().isEmpty()) {
      return null;
    }
    AccessLogConfig config = frontend.accessLog().get();
    FrontendLog known = logs.get(frontend.name());
    if (known != null && known.config().equals(config)) {
      return known;
    }
    FrontendLog log =
        new FrontendLog(
            frontend.name(),
            config,
            writer(config),
            counts.computeIfAbsent(frontend.name(), name -> new LogCounts()),
            loops);
    logs.put(frontend.name(), log);
    return log;
  }

  private LineWriter writer(AccessLogConfig config) {
    for (LineWriter writer : writers) {
      if (writer.target().equals(config.target()) && writer.buffer() == config.buffer()) {
        return writer;
      }
    }
    LineWriter writer =
        new LineWriter(config.target(), config.buffer(), loops, outlet(config.target()));
    writers.add(writer);
    return writer;
  }

  private Outlet outlet(Target target) {
    return switch (target) {
      case Target.Stdout() -> StreamOutlet.stdout();
      case Target.File file -> StreamOutlet.file(file.path());
      case Target.SyslogSocket local -> DatagramOutlet.syslog(local, hostName);
      case Target.SyslogUdp remote -> DatagramOutlet.udp(remote, hostName);
      case Target.Journal journal -> DatagramOutlet.journal(journal, hostName);
    };
  }

  /** These frontends are there now: begins what they need and ends what nobody needs. */
  public void apply(List<FrontendConfig> frontends) {
    Set<String> wanted = new HashSet<>();
    Set<LineWriter> used = new HashSet<>();
    for (FrontendConfig frontend : frontends) {
      if (of(frontend) instanceof FrontendLog log) {
        wanted.add(frontend.name());
        used.add(log.writer());
      }
    }
    logs.keySet().retainAll(wanted);
    counts.keySet().retainAll(wanted);
    inForce = wanted;
    used.forEach(LineWriter::start);
    for (LineWriter writer : List.copyOf(writers)) {
      if (!used.contains(writer)) {
        writers.remove(writer);
        left.add(writer);
        slow.execute(() -> writer.leave(LEAVE_LIMIT));
      }
    }
  }

  /** For people and meters, by name. */
  public List<AccessLogStatus> status() {
    return logs.values().stream()
        .filter(log -> inForce.contains(log.frontend()))
        .map(FrontendLog::status)
        .sorted((one, other) -> one.frontend().compareTo(other.frontend()))
        .toList();
  }

  /** Writes what is there, if that takes a second at most. */
  @Override
  public void close() {
    close(END_LIMIT);
  }

  /** Writes what is there, as far as all of them can within the limit. */
  public void close(Duration limit) {
    List<LineWriter> all = new ArrayList<>(writers);
    all.addAll(left);
    all.forEach(LineWriter::closeSoon);
    long until = System.nanoTime() + limit.toNanos();
    for (LineWriter writer : all) {
      writer.close(Duration.ofNanos(Math.max(1, until - System.nanoTime())));
    }
  }
}
