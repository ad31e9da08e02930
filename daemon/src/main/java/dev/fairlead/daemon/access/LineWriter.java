package dev.fairlead.daemon.access;

import com.sun.jna.Native;
import dev.fairlead.config.AccessLogConfig.Target;
import dev.fairlead.lb.SessionRecord;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What goes to one target: a ring for each event loop, and the one thread that empties them.
 *
 * <p>The thread sleeps while there is nothing; the first record wakes it. After that it looks again
 * only when some have gathered, so that a busy event loop makes at most fifty system calls a second
 * for it, and many lines share one write.
 *
 * <p>When no frontend writes here any more, the thread ends. Sessions of frontends that are gone
 * may last for hours all the same: the line of one of them begins another thread.
 */
final class LineWriter {

  /** Between two looks while records keep coming. */
  private static final long GATHER_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** From each ring at a time. */
  private static final int BATCH = 256;

  /** Without a loss for so long, a shortage is over. */
  private static final long CALM_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** Without a line for so long, the thread ends when no frontend writes here any more. */
  private static final long LINGER_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** Below ordinary threads: on a busy CPU it has a tenth of what an event loop has. */
  private static final int NICE = 10;

  private static final Logger LOG = LoggerFactory.getLogger(LineWriter.class);

  /** A session and who wants to know of it. */
  private record Entry(FrontendLog log, SessionRecord session) {}

  /** What the thread does. */
  private enum State {
    /** It waits for {@link #start}; so do lines. */
    NOT_BEGUN,
    AWAKE,
    ASLEEP,
    ENDED
  }

  private static final class LibC {
    static {
      Native.register(LibC.class, "c");
    }

    private LibC() {}

    static native int setpriority(int which, int who, int priority);
  }

  private final Target target;
  private final int buffer;
  private final List<RecordRing<Entry>> rings = new ArrayList<>();
  private final Outlet outlet;
  private final AtomicReference<State> state = new AtomicReference<>(State.NOT_BEGUN);
  private final AtomicBoolean losing = new AtomicBoolean();
  private volatile long lostAt;
  private volatile boolean left;
  private volatile boolean closed;

  /** Where lines that are not written yet belong. The writer's. */
  private final List<FrontendLog> unwritten = new ArrayList<>();

  /** Whether people know that the target cannot be written. The writer's. */
  private boolean outage;

  /** Written by whoever has made it {@link State#AWAKE}, before it can sleep and so be woken. */
  private volatile @Nullable Thread thread;

  LineWriter(Target target, int buffer, int loops, Outlet outlet) {
    this.target = target;
    this.buffer = buffer;
    this.outlet = outlet;
    for (int i = 0; i < loops; i++) {
      rings.add(new RecordRing<>(buffer));
    }
  }

  Target target() {
    return target;
  }

  int buffer() {
    return buffer;
  }

  /** From now on lines are written. Control loop. */
  void start() {
    if (state.compareAndSet(State.NOT_BEGUN, State.AWAKE)) {
      begin();
    }
  }

  private void begin() {
    Thread started = new Thread(null, this::run, "access-log", 256 * 1024);
    started.setDaemon(true);
    thread = started;
    try {
      started.start();
    } catch (OutOfMemoryError e) {
      // No thread can be had now: the next line asks again, and until then lines wait.
      state.set(State.ENDED);
      LOG.warn("access log {} has no thread to write with: {}", target, e.getMessage());
    }
  }

  /** On the event loop of that index; never waits. */
  void offer(int loop, FrontendLog log, SessionRecord session) {
    if (!rings.get(loop).offer(new Entry(log, session))) {
      lost(log);
      return;
    }
    State now = state.get();
    if (now == State.ASLEEP && state.compareAndSet(State.ASLEEP, State.AWAKE)) {
      LockSupport.unpark(thread);
    } else if (now == State.ENDED && !closed && state.compareAndSet(State.ENDED, State.AWAKE)) {
      begin();
    }
  }

  /** Whether there is a thread, or one is about to begin. */
  boolean isRunning() {
    State now = state.get();
    return now == State.AWAKE || now == State.ASLEEP;
  }

  /** Lines that wait. */
  int waiting() {
    return rings.stream().mapToInt(RecordRing::size).sum();
  }

  private void lost(FrontendLog log) {
    log.counts().bufferFull.increment();
    lostAt = System.nanoTime();
    if (!losing.get() && losing.compareAndSet(false, true)) {
      LOG.warn(
          "access log {} does not take its lines as fast as sessions end: {} wait, those beyond are"
              + " lost (fairlead_access_log_lost_lines_total counts them)",
          target,
          rings.getFirst().capacity());
    }
  }

  /** No frontend writes here any more; a target that takes nothing has so much time to do it. */
  void leave(Duration limit) {
    left = true;
    awaitEnd(limit.plusNanos(LINGER_NANOS));
  }

  /** No more lines; what is there is written, as far as that can be done within the limit. */
  void close(Duration limit) {
    closeSoon();
    awaitEnd(limit);
  }

  /** As {@link #close}, without waiting for it. */
  void closeSoon() {
    closed = true;
    LockSupport.unpark(thread);
  }

  private void awaitEnd(Duration limit) {
    Thread writing = thread;
    if (writing == null) {
      return;
    }
    LockSupport.unpark(writing);
    try {
      if (!writing.join(limit)) {
        outlet.close();
        if (closed || waiting() > 0) {
          LOG.warn("access log {} takes no lines: what waited for it is lost", target);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    lowerPriority();
    StringBuilder line = new StringBuilder(512);
    do {
      writeOn(line);
      outlet.end();
      state.set(State.ENDED);
      // Whose line came between the last look and this begins no thread: he has not seen the end.
    } while (!closed && !isEmpty() && state.compareAndSet(State.ENDED, State.AWAKE));
  }

  /** Until there is nothing left, and nothing more is to be expected. */
  private void writeOn(StringBuilder line) {
    thread = Thread.currentThread();
    boolean idle = false;
    while (true) {
      // Before the look: what was there when it was closed is still written.
      boolean last = closed || (left && idle);
      int taken = 0;
      for (int i = 0; i < rings.size(); i++) {
        taken += drain(rings.get(i), line);
      }
      if (!unwritten.isEmpty()) {
        flush();
      }
      calmDown();
      if (taken == 0 && last) {
        return;
      }
      idle = taken == 0 && sleep();
      if (taken > 0 && taken < BATCH && !closed) {
        LockSupport.parkNanos(this, GATHER_NANOS);
      }
    }
  }

  private int drain(RecordRing<Entry> ring, StringBuilder line) {
    int taken = 0;
    for (Entry entry = ring.take(); entry != null; entry = taken < BATCH ? ring.take() : null) {
      taken++;
      FrontendLog log = entry.log();
      if (!log.admits(System.nanoTime())) {
        continue;
      }
      line.setLength(0);
      unwritten.add(log);
      try {
        if (outlet.write(line, log.config(), entry.session())) {
          written();
        }
      } catch (IOException | RuntimeException e) {
        // Whatever it is, a line that cannot be written is no reason to end a balancer.
        failed(e);
      }
    }
    return taken;
  }

  private void flush() {
    try {
      outlet.flush();
      written();
    } catch (IOException | RuntimeException e) {
      failed(e);
    }
  }

  private void written() {
    unwritten.forEach(log -> log.counts().lines.increment());
    unwritten.clear();
    if (outage) {
      outage = false;
      LOG.info("access log {} can be written again", target);
    }
  }

  private void failed(Exception e) {
    unwritten.forEach(log -> log.counts().targetFailed.increment());
    unwritten.clear();
    if (!outage) {
      outage = true;
      LOG.warn(
          "access log {} cannot be written, its lines are lost: {}",
          target,
          e instanceof IOException && e.getMessage() != null ? e.getMessage() : e.toString());
    }
  }

  private void calmDown() {
    if (losing.get() && System.nanoTime() - lostAt >= CALM_NANOS) {
      losing.set(false);
      LOG.info("access log {} takes all its lines again", target);
    }
  }

  /**
   * Until somebody offers, or ten seconds, in which a shortage may end.
   *
   * @return whether it has slept as long as it lingers
   */
  private boolean sleep() {
    boolean lingers = left;
    long since = System.nanoTime();
    state.set(State.ASLEEP);
    if (!closed && isEmpty()) {
      LockSupport.parkNanos(this, lingers ? LINGER_NANOS : CALM_NANOS);
    }
    state.set(State.AWAKE);
    return lingers && System.nanoTime() - since >= LINGER_NANOS;
  }

  /** For the writer's thread. */
  private boolean isEmpty() {
    return rings.stream().allMatch(RecordRing::isEmpty);
  }

  private static void lowerPriority() {
    try {
      // PRIO_PROCESS and 0: for Linux that is the calling thread. It is never refused.
      LibC.setpriority(0, 0, NICE);
    } catch (LinkageError e) {
      LOG.debug("access logs are written with the priority of other threads", e);
    }
  }
}
