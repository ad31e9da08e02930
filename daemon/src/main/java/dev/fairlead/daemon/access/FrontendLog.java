package dev.fairlead.daemon.access;

import dev.fairlead.config.AccessLogConfig;
import dev.fairlead.lb.SessionEnd;
import dev.fairlead.lb.SessionLog;
import dev.fairlead.lb.SessionRecord;

/** One frontend's access log: which sessions have a line, and what has become of the lines. */
final class FrontendLog implements SessionLog {

  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  /** Integers of a cache line. */
  private static final int LINE = 16;

  private final String frontend;
  private final AccessLogConfig config;
  private final LineWriter writer;
  private final LogCounts counts;

  /** Sessions in good order so far, one number for each event loop, each in its own cache line. */
  private final int[] seen;

  /** The writer's. */
  private long second = System.nanoTime();

  /** The writer's. */
  private int linesInSecond;

  FrontendLog(
      String frontend, AccessLogConfig config, LineWriter writer, LogCounts counts, int loops) {
    this.frontend = frontend;
    this.config = config;
    this.writer = writer;
    this.counts = counts;
    this.seen = new int[loops * LINE];
  }

  String frontend() {
    return frontend;
  }

  AccessLogConfig config() {
    return config;
  }

  LineWriter writer() {
    return writer;
  }

  LogCounts counts() {
    return counts;
  }

  @Override
  public void ended(int loop, SessionRecord session) {
    if (isWanted(loop, session)) {
      writer.offer(loop, this, session);
    }
  }

  private boolean isWanted(int loop, SessionRecord session) {
    if (session.end() != SessionEnd.NORMAL) {
      return true;
    }
    boolean isEmpty = session.bytesFromClient() == 0 && session.bytesToClient() == 0;
    boolean isOfInterest =
        switch (config.sessions()) {
          case ALL -> true;
          case NON_EMPTY -> !isEmpty;
          case FAILED -> false;
        };
    if (!isOfInterest || config.oneIn() == 1) {
      return isOfInterest;
    }
    int at = loop * LINE;
    boolean isItsTurn = seen[at] == 0;
    seen[at] = seen[at] + 1 == config.oneIn() ? 0 : seen[at] + 1;
    return isItsTurn;
  }

  /** Whether there may be another line in this second. The writer's thread. */
  boolean admits(long nowNanos) {
    int limit = config.linesPerSecond();
    if (limit == 0) {
      return true;
    }
    if (nowNanos - second >= NANOS_PER_SECOND) {
      second = nowNanos;
      linesInSecond = 0;
    }
    if (linesInSecond >= limit) {
      counts.rateLimited.increment();
      return false;
    }
    linesInSecond++;
    return true;
  }

  AccessLogStatus status() {
    return new AccessLogStatus(
        frontend,
        config.target().toString(),
        counts.lines.sum(),
        counts.bufferFull.sum(),
        counts.rateLimited.sum(),
        counts.targetFailed.sum());
  }
}
