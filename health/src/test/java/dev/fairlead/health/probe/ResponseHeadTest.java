package dev.fairlead.health.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.health.probe.ResponseHead.Progress;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResponseHeadTest {

  /** {@code |} stands for CR LF, {@code ;} for a bare LF. */
  @ParameterizedTest
  @CsvSource({
    "HTTP/1.1 200 OK||, COMPLETE, 200",
    "HTTP/1.0 503 Service Unavailable|Retry-After: 1||, COMPLETE, 503",
    "HTTP/1.1 404||, COMPLETE, 404",
    "HTTP/1.1 204 ;Date: x;;, COMPLETE, 204",
    "HTTP/1.1 100 Continue||HTTP/1.1 200 OK||, COMPLETE, 200",
    "HTTP/1.1 101 Switching||, COMPLETE, 101",
    "HTTP/1.1 200 OK|, MORE, 200",
    "HTTP/1.1 200 OK|X: y|, MORE, 200",
    "HTTP/1.1 2, MORE, 2",
    "HTTP/1.1 600 No||, NOT_HTTP, 6",
    "HTTP/1.x 200 OK||, NOT_HTTP, 0",
    "HTTP/1.1  200 OK||, NOT_HTTP, -16",
    "http/1.1 200 OK||, NOT_HTTP, 0",
    "|HTTP/1.1 200 OK||, NOT_HTTP, 0",
  })
  void knownBytes(String text, Progress expected, int status) {
    ResponseHead head = new ResponseHead();
    Progress progress = Progress.MORE;
    byte[] bytes =
        text.replace("|", "\r\n").replace(';', '\n').getBytes(StandardCharsets.ISO_8859_1);
    for (int i = 0; i < bytes.length && progress == Progress.MORE; i++) {
      progress = head.accept(bytes[i]);
    }
    assertThat(progress).isEqualTo(expected);
    if (expected != Progress.NOT_HTTP) {
      assertThat(head.status()).isEqualTo(status);
    }
  }

  @Test
  void theLengthIsBoundedToTheByte() {
    ResponseHead head = new ResponseHead();
    byte[] start = "HTTP/1.1 200 OK\r\n".getBytes(StandardCharsets.ISO_8859_1);
    for (byte each : start) {
      assertThat(head.accept(each)).isEqualTo(Progress.MORE);
    }
    for (int i = start.length; i < ResponseHead.MAX_BYTES; i++) {
      assertThat(head.accept((byte) 'x')).isEqualTo(Progress.MORE);
    }
    assertThat(head.accept((byte) 'x')).isEqualTo(Progress.TOO_LONG);
  }

  @Test
  void anyBytesEndInAWord() {
    long seed = 20_260_101;
    Random random = new Random(seed);
    byte[] good = "HTTP/1.1 200 OK\r\nA: b\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = good.clone();
      for (int i = random.nextInt(4); i > 0; i--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      ResponseHead head = new ResponseHead();
      Progress progress = Progress.MORE;
      for (int i = 0; i < bytes.length && progress == Progress.MORE; i++) {
        progress = head.accept(bytes[i]);
      }
      if (progress == Progress.COMPLETE) {
        assertThat(head.status()).as("seed %d round %d", seed, round).isBetween(100, 599);
      }
    }
  }
}
