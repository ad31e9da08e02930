package dev.fairlead.lb.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.lb.relay.ClientHello.Look;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ClientHelloTest {

  private static List<byte[]> real() throws Exception {
    return List.of(Hellos.TLS_13, Hellos.TLS_12, Hellos.ofJava());
  }

  private static Look look(byte[] bytes) {
    return ClientHello.look(bytes, bytes.length);
  }

  private static byte[] changed(byte[] hello, int at, int to) {
    byte[] copy = hello.clone();
    copy[at] = (byte) to;
    return copy;
  }

  @Test
  void realOnesAreKnown() throws Exception {
    for (byte[] hello : real()) {
      assertThat(look(hello)).isEqualTo(Look.COMPLETE);
    }
  }

  @Test
  void everyBeginningIsIncomplete() throws Exception {
    for (byte[] hello : real()) {
      for (int length = 0; length < hello.length; length++) {
        assertThat(ClientHello.look(hello, length))
            .as("%d bytes", length)
            .isEqualTo(Look.INCOMPLETE);
      }
    }
  }

  @Test
  void oneMayBeFragmentedOverRecords() throws Exception {
    for (byte[] hello : real()) {
      for (int most = 1; most < 60; most++) {
        byte[] fragmented = Hellos.fragmented(hello, most);
        assertThat(look(fragmented)).as("records of %d", most).isEqualTo(Look.COMPLETE);
        assertThat(ClientHello.look(fragmented, fragmented.length - 1)).isEqualTo(Look.INCOMPLETE);
      }
    }
  }

  @Test
  void aByteMoreIsTooMany() throws Exception {
    for (byte[] hello : real()) {
      assertThat(look(Arrays.copyOf(hello, hello.length + 1))).isEqualTo(Look.OTHER);
      // In the same record, with its length right.
      byte[] longer = Arrays.copyOf(hello, hello.length + 1);
      int length = hello.length - 5 + 1;
      longer[3] = (byte) (length >> 8);
      longer[4] = (byte) length;
      assertThat(look(longer)).isEqualTo(Look.OTHER);
      // A whole record of early data behind it.
      byte[] data = Arrays.copyOf(hello, hello.length + 6);
      System.arraycopy(new byte[] {23, 3, 3, 0, 1, 7}, 0, data, hello.length, 6);
      assertThat(look(data)).isEqualTo(Look.OTHER);
    }
  }

  @Test
  void earlyDataIsNeverSentTwice() throws Exception {
    for (byte[] hello : real()) {
      assertThat(look(Hellos.withExtension(hello, 42, new byte[0]))).isEqualTo(Look.OTHER);
      assertThat(look(Hellos.withExtension(hello, 0x7777, new byte[9]))).isEqualTo(Look.COMPLETE);
    }
  }

  @Test
  void whatIsNotAllowedIsNotOne() {
    byte[] hello = Hellos.TLS_13;
    // Application data, an alert, a ServerHello, SSL 2, TLS 2.
    assertThat(look(changed(hello, 0, 23))).isEqualTo(Look.OTHER);
    assertThat(look(changed(hello, 0, 21))).isEqualTo(Look.OTHER);
    assertThat(look(changed(hello, 5, 2))).isEqualTo(Look.OTHER);
    assertThat(look(changed(hello, 1, 2))).isEqualTo(Look.OTHER);
    assertThat(look(changed(hello, 9, 4))).isEqualTo(Look.OTHER);
    // An empty record.
    assertThat(look(new byte[] {22, 3, 1, 0, 0, 22})).isEqualTo(Look.OTHER);
    // A session identifier of 33 bytes.
    assertThat(look(changed(hello, 43, 33))).isEqualTo(Look.OTHER);
    // The same extension twice; a pre-shared key that is not the last.
    assertThat(look(Hellos.withExtension(hello, 0, new byte[3]))).isEqualTo(Look.OTHER);
    assertThat(look(Hellos.withExtension(hello, 41, new byte[3]))).isEqualTo(Look.OTHER);
    // The extensions' length, one less and one more.
    int at = Hellos.extensionsAt(hello) + 1;
    assertThat(look(changed(hello, at, hello[at] - 1))).isEqualTo(Look.OTHER);
    assertThat(look(changed(hello, at, hello[at] + 1))).isEqualTo(Look.OTHER);
    // Text.
    assertThat(look("GET / HTTP/1.1\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII)))
        .isEqualTo(Look.OTHER);
  }

  @Test
  void sixteenKibibytesAreEnough() {
    byte[] hello = Hellos.TLS_13;
    int room = ClientHello.MOST_BYTES - hello.length - 4;
    assertThat(look(Hellos.withExtension(hello, 0x7777, new byte[room]))).isEqualTo(Look.COMPLETE);
    assertThat(look(Hellos.withExtension(hello, 0x7777, new byte[room + 1]))).isEqualTo(Look.OTHER);
  }

  @Test
  void anyBytesAreLookedAtWithoutHarm() throws Exception {
    long seed = Long.getLong("fairlead.seed", 20_260_101);
    Random random = new Random(seed);
    for (byte[] hello : real()) {
      for (int round = 0; round < 30_000; round++) {
        byte[] bytes =
            random.nextBoolean() ? hello.clone() : Hellos.fragmented(hello, 1 + random.nextInt(80));
        for (int i = random.nextInt(8); i >= 0; i--) {
          bytes[random.nextInt(round % 2 == 0 ? bytes.length : 60)] = (byte) random.nextInt();
        }
        int length = random.nextInt(bytes.length + 1);
        Look look = ClientHello.look(bytes, length);
        if (look == Look.COMPLETE) {
          // Then a byte less is not enough, and a byte more too much.
          assertThat(ClientHello.look(bytes, length - 1))
              .as("seed %d", seed)
              .isEqualTo(Look.INCOMPLETE);
          assertThat(look(Arrays.copyOf(bytes, Math.max(length + 1, bytes.length))))
              .as("seed %d", seed)
              .isIn(Look.OTHER, length == bytes.length ? Look.OTHER : Look.COMPLETE);
        }
      }
      byte[] noise = new byte[200];
      random.nextBytes(noise);
      ClientHello.look(noise, noise.length);
    }
  }
}
