package dev.fairlead.health.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.health.CheckResult.Outcome;
import io.netty.handler.codec.DecoderException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.NoRouteToHostException;
import java.nio.channels.ClosedChannelException;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;

class FailureTest {

  /**
   * Whether a read or a write meets the reset first is chance: a server that accepts and resets
   * would be dead with one check and answering with the next.
   */
  @Test
  void aResetIsAResetWhoeverMeetsIt() {
    Failure reset = new Failure(Outcome.CONNECT_FAILED, "connection reset");
    IOException read = new IOException("recvAddress(..) failed with error(-104): Connection reset");
    assertThat(Failure.ofConnected(read, true, "")).isEqualTo(reset);
    assertThat(Failure.ofConnected(writing(read), true, "")).isEqualTo(reset);
    assertThat(Failure.ofConnected(new DecoderException(writing(read)), true, "")).isEqualTo(reset);
    IOException write = new IOException("writevAddresses(..) failed with error(-32): Broken pipe");
    assertThat(Failure.ofConnected(writing(write), true, "")).isEqualTo(reset);
    assertThat(Failure.ofConnected(writing(new ClosedChannelException()), true, ""))
        .isEqualTo(Failure.closed("during the TLS handshake"));
  }

  /** As Netty has them: no words, or those of an address behind the word null. */
  @Test
  void whatHasNoWordsOfItsOwnGetsSome() {
    Failure noRoute = new Failure(Outcome.UNREACHABLE, "no route to host");
    assertThat(Failure.ofConnect(new NoRouteToHostException("null: /10.0.0.1:6443")))
        .isEqualTo(noRoute);
    assertThat(Failure.ofConnect(new NoRouteToHostException())).isEqualTo(noRoute);
    assertThat(Failure.ofConnect(new FileNotFoundException()))
        .isEqualTo(new Failure(Outcome.UNREACHABLE, "there is no such socket"));
  }

  @Test
  void whatTlsItselfSaysIsNoReset() {
    assertThat(Failure.ofConnected(new SSLException("no cipher suites in common"), true, ""))
        .isEqualTo(
            new Failure(Outcome.TLS_FAILED, "TLS handshake failed: no cipher suites in common"));
  }

  private static SSLException writing(IOException cause) {
    return new SSLException("failure when writing TLS control frames", cause);
  }
}
