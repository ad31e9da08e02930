package dev.fairlead.daemon.log;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.ErrorManager;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;

/**
 * A bounded queue of records and the one thread that formats and writes them.
 *
 * <p>{@code publish} never waits. While the output does not take what is written, the queue fills
 * up; what comes then is dropped, and a line says how many once the output moves again.
 */
final class LogQueue extends Handler {

  /** Lines that wait at most; about a megabyte. */
  static final int CAPACITY = 4096;

  private static final int LINES_PER_WRITE = 64;

  private final BlockingQueue<LogRecord> queue = new ArrayBlockingQueue<>(CAPACITY);
  private final AtomicLong accepted = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();
  private final OutputStream output;
  private final Thread writer;
  private final Object progress = new Object();
  private volatile Formatter lineFormat;

  /** Guarded by {@link #progress}. */
  private long finished;

  LogQueue(OutputStream output, Formatter format) {
    this.output = output;
    this.lineFormat = format;
    this.writer = new Thread(null, this::writeForever, "log", 256 * 1024);
    writer.setDaemon(true);
    writer.start();
  }

  /** The format of every line written from now on. */
  void format(Formatter format) {
    lineFormat = format;
  }

  /** Lines that were lost because the output did not take them. */
  long dropped() {
    return dropped.get();
  }

  @Override
  public void publish(LogRecord record) {
    if (queue.offer(record)) {
      accepted.incrementAndGet();
    } else {
      dropped.incrementAndGet();
    }
  }

  /** Waits until what is queued now has been written, one second at most. */
  @Override
  public void flush() {
    flush(Duration.ofSeconds(1));
  }

  void flush(Duration limit) {
    long target = accepted.get();
    long deadline = System.nanoTime() + limit.toNanos();
    synchronized (progress) {
      while (finished - target < 0) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return;
        }
        try {
          progress.wait(left / 1_000_000, (int) (left % 1_000_000));
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
      }
    }
  }

  @Override
  public void close() {
    flush();
  }

  private void writeForever() {
    List<LogRecord> batch = new ArrayList<>(LINES_PER_WRITE);
    StringBuilder text = new StringBuilder();
    long reported = 0;
    try {
      while (true) {
        batch.add(queue.take());
        queue.drainTo(batch, LINES_PER_WRITE - 1);
        for (LogRecord record : batch) {
          text.append(lineFormat.format(record));
        }
        long lost = dropped.get();
        if (lost != reported) {
          text.append(lineFormat.format(lossRecord(lost - reported)));
          reported = lost;
        }
        write(text.toString());
        synchronized (progress) {
          finished += batch.size();
          progress.notifyAll();
        }
        batch.clear();
        text.setLength(0);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static LogRecord lossRecord(long lines) {
    LogRecord record =
        new LogRecord(
            Level.WARNING, lines + " log lines were dropped: standard error did not take them");
    record.setLoggerName(LogQueue.class.getName());
    return record;
  }

  private void write(String text) {
    try {
      output.write(text.getBytes(StandardCharsets.UTF_8));
      output.flush();
    } catch (IOException e) {
      // A closed standard error must not end the service; the lines are gone, and counted.
      dropped.incrementAndGet();
      reportError("log output", e, ErrorManager.WRITE_FAILURE);
    }
  }
}
