package dev.fairlead.daemon.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.AccessLogConfig;
import dev.fairlead.config.AccessLogConfig.Envelope;
import dev.fairlead.config.AccessLogConfig.Facility;
import dev.fairlead.config.AccessLogConfig.Format;
import dev.fairlead.config.AccessLogConfig.Severity;
import dev.fairlead.config.AccessLogConfig.SyslogFormat;
import dev.fairlead.config.AccessLogConfig.Target;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FrontendLogTest {

  private static final int BUFFER = 1024;

  private final LogCounts counts = new LogCounts();

  /** Never started: what is offered stays in its rings. */
  private final LineWriter writer =
      new LineWriter(new Target.Stdout(), 64, 2, StreamOutlet.stdout());

  @Test
  void aSessionInGoodOrderThatMovedNothingIsEmpty() {
    FrontendLog log = log(AccessLogConfig.Sessions.NON_EMPTY, 1, 0);
    log.ended(0, Sessions.normal(0));
    assertThat(waiting()).isZero();
    log.ended(0, Sessions.normal(1));
    log.ended(0, Sessions.failed());
    assertThat(waiting()).isEqualTo(2);
  }

  @Test
  void onlyThoseThatFailed() {
    FrontendLog log = log(AccessLogConfig.Sessions.FAILED, 1, 0);
    log.ended(0, Sessions.normal(1));
    assertThat(waiting()).isZero();
    log.ended(0, Sessions.failed());
    assertThat(waiting()).isEqualTo(1);
  }

  @Test
  void oneInSoManyAndAllThatFailed() {
    FrontendLog log = log(AccessLogConfig.Sessions.ALL, 5, 0);
    for (int i = 0; i < 50; i++) {
      log.ended(0, Sessions.normal(1));
      log.ended(1, Sessions.normal(1));
    }
    assertThat(waiting()).as("a tenth of each loop's").isEqualTo(20);
    for (int i = 0; i < 7; i++) {
      log.ended(0, Sessions.failed());
    }
    assertThat(waiting()).isEqualTo(27);
  }

  @Test
  void soManyLinesASecondAndTheRestIsCounted() {
    FrontendLog log = log(AccessLogConfig.Sessions.ALL, 1, 3);
    long now = System.nanoTime() + TimeUnit.SECONDS.toNanos(2);
    for (int i = 0; i < 3; i++) {
      assertThat(log.admits(now)).isTrue();
    }
    assertThat(log.admits(now)).isFalse();
    assertThat(log.admits(now + 999_999_999)).isFalse();
    assertThat(log.admits(now + 1_000_000_000)).isTrue();
    assertThat(log.status().rateLimited()).isEqualTo(2);
  }

  @Test
  void withoutALimitThereIsNone() {
    FrontendLog log = log(AccessLogConfig.Sessions.ALL, 1, 0);
    for (int i = 0; i < 10_000; i++) {
      assertThat(log.admits(0)).isTrue();
    }
  }

  @Test
  void whatTheRingDoesNotHoldIsLostAndCounted() {
    FrontendLog log = log(AccessLogConfig.Sessions.ALL, 1, 0);
    for (int i = 0; i < 100; i++) {
      log.ended(1, Sessions.normal(1));
    }
    assertThat(waiting()).isEqualTo(64);
    assertThat(log.status().bufferFull()).isEqualTo(36);
    assertThat(log.status().lost()).isEqualTo(36);
  }

  private int waiting() {
    return writer.waiting();
  }

  private FrontendLog log(AccessLogConfig.Sessions sessions, int oneIn, int linesPerSecond) {
    AccessLogConfig config =
        new AccessLogConfig(
            new Target.Stdout(),
            Format.TCPLOG,
            new Envelope(
                SyslogFormat.RFC3164, Facility.LOCAL0, Severity.INFO, Severity.INFO, "fairlead"),
            sessions,
            oneIn,
            linesPerSecond,
            BUFFER);
    return new FrontendLog("fnt", config, writer, counts, 2);
  }
}
