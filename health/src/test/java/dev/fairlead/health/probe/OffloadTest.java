package dev.fairlead.health.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.health.CheckResult;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class OffloadTest {

  /** A dead file server: every read hangs. */
  @Test
  void hangingReadsEndTheirCheckAndAreBounded() throws Exception {
    MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    EventLoop loop = group.next();
    Offload offload = new Offload(loop);
    CountDownLatch hang = new CountDownLatch(1);
    BlockingQueue<CheckResult> results = new LinkedBlockingQueue<>();
    try {
      read(loop, offload, hang, results, Duration.ofMillis(200));
      assertThat(next(results).detail())
          .isEqualTo("the files of the check could not be read within 200 ms");
      for (int i = 0; i < 128; i++) {
        read(loop, offload, hang, results, Duration.ofMinutes(1));
      }
      CheckResult refused = next(results);
      assertThat(refused.outcome()).isEqualTo(CheckResult.Outcome.NOT_RUN);
      assertThat(refused.detail()).isEqualTo("the files of earlier checks are still being read");
      hang.countDown();
      for (int i = 0; i < 127; i++) {
        assertThat(next(results).detail()).isEqualTo("read");
      }
      read(loop, offload, hang, results, Duration.ofMinutes(1));
      assertThat(next(results).detail()).isEqualTo("read");
    } finally {
      hang.countDown();
      group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }

  private static void read(
      EventLoop loop,
      Offload offload,
      CountDownLatch hang,
      BlockingQueue<CheckResult> results,
      Duration timeout) {
    loop.execute(() -> {
      Attempt attempt = new Attempt(loop, timeout, results::add);
      offload.run(
          () -> wait(hang),
          attempt,
          value ->
              attempt.succeed(new CheckResult(CheckResult.Outcome.OK, value, 0, Duration.ZERO)));
    });
  }

  private static String wait(CountDownLatch hang) {
    try {
      return hang.await(ProbeLoop.DEADLINE_SECONDS, TimeUnit.SECONDS) ? "read" : "gave up";
    } catch (InterruptedException e) {
      return "interrupted";
    }
  }

  private static CheckResult next(BlockingQueue<CheckResult> results) throws InterruptedException {
    CheckResult result = results.poll(ProbeLoop.DEADLINE_SECONDS, TimeUnit.SECONDS);
    assertThat(result).isNotNull();
    return result;
  }
}
