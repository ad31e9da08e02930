package dev.fairlead.daemon.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.logging.ErrorManager;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class LogQueueTest {

  /** Takes nothing until it is opened, like a terminal on which somebody pressed Ctrl-S. */
  private static final class BlockedOutput extends OutputStream {
    final CountDownLatch reached = new CountDownLatch(1);
    final CountDownLatch opened = new CountDownLatch(1);
    final ByteArrayOutputStream taken = new ByteArrayOutputStream();

    @Override
    public void write(int one) {
      throw new UnsupportedOperationException("written in blocks only");
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
      reached.countDown();
      try {
        opened.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      taken.write(bytes, offset, length);
    }

    synchronized String text() {
      return taken.toString(StandardCharsets.UTF_8);
    }
  }

  @Test
  void aBlockedOutputNeitherStopsWhoLogsNorGrowsWithoutBound() throws Exception {
    BlockedOutput output = new BlockedOutput();
    LogQueue queue = new LogQueue(output, new HumanFormatter());
    queue.publish(new LogRecord(Level.INFO, "first"));
    output.reached.await();
    for (int i = 0; i < LogQueue.CAPACITY + 100; i++) {
      queue.publish(new LogRecord(Level.INFO, "line " + i));
    }
    assertThat(queue.dropped()).isEqualTo(100);
    queue.flush(Duration.ofMillis(1));
    assertThat(output.opened.getCount()).isEqualTo(1);

    output.opened.countDown();
    queue.flush(Duration.ofSeconds(15));
    assertThat(output.text())
        .contains(" INFO  first\n")
        .contains(" INFO  line " + (LogQueue.CAPACITY - 1) + "\n")
        .doesNotContain("line " + LogQueue.CAPACITY)
        .contains(" WARN  100 log lines were dropped: standard error did not take them\n");
  }

  @Test
  void aClosedOutputIsSurvived() {
    LogQueue queue =
        new LogQueue(
            new OutputStream() {
              @Override
              public void write(int one) throws IOException {
                throw new IOException("closed");
              }
            },
            new HumanFormatter());
    queue.setErrorManager(new SilentErrorManager());
    assertThatCode(
            () -> {
              queue.publish(new LogRecord(Level.INFO, "lost"));
              queue.flush(Duration.ofSeconds(15));
            })
        .doesNotThrowAnyException();
    assertThat(queue.dropped()).isEqualTo(1);
  }

  private static final class SilentErrorManager extends ErrorManager {
    @Override
    public void error(String message, Exception exception, int code) {}
  }
}
