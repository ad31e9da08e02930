package dev.fairlead.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BoundedAnswerTest {

  private static final Duration LONG = Duration.ofMinutes(1);

  @Test
  void what_the_question_says() {
    assertThat(BoundedAnswer.of(Path.of("there"), LONG, () -> true)).isTrue();
    assertThat(BoundedAnswer.of(Path.of("there"), LONG, () -> false)).isFalse();
  }

  @Test
  void no_answer_is_no_and_who_asks_again_does_not_wait() throws InterruptedException {
    Path file = Path.of("on a server that is gone");
    CountDownLatch gone = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    AtomicInteger asked = new AtomicInteger();
    boolean answer =
        BoundedAnswer.of(
            file,
            Duration.ofMillis(50),
            () -> {
              try {
                gone.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              } finally {
                ended.countDown();
              }
              return true;
            });
    assertThat(answer).isFalse();
    assertThat(
            BoundedAnswer.of(
                file,
                LONG,
                () -> {
                  asked.incrementAndGet();
                  return true;
                }))
        .isFalse();
    assertThat(asked).as("one thread for each file").hasValue(0);
    gone.countDown();
    ended.await();
  }

  @Test
  void this_machine_is_asked_in_bounded_time() {
    assertThat(LocalHost.now().canRead(Path.of("/etc/passwd"))).isTrue();
    assertThat(LocalHost.now().canRead(Path.of("/etc"))).isFalse();
    assertThat(LocalHost.now().canExecute(Path.of("/bin/sh"))).isTrue();
    assertThat(LocalHost.now().isWritableByOthers(Path.of("/etc/passwd"))).isFalse();
  }
}
