package dev.fairlead.health.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.config.HealthCheckConfig.Timing;
import dev.fairlead.config.UnixAddress;
import dev.fairlead.health.CheckResult;
import dev.fairlead.health.CheckResult.Outcome;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TcpProbeTest {

  private static final ProbeLoop LOOP = new ProbeLoop();

  @AfterAll
  static void stop() {
    LOOP.close();
  }

  /**
   * The proof needs no capture: a connection whose handshake completes reaches the accept queue, in
   * order, before the one that is made afterwards.
   */
  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void theServerNeverSeesFiftyChecks(String address) throws Exception {
    try (TestServer server = TestServer.plain(address, connection -> {})) {
      Probe probe = LOOP.probe(server.address(), check(Duration.ofSeconds(5)));
      int stalled = 0;
      for (int i = 0; i < 50; i++) {
        CheckResult result = LOOP.run(probe);
        // The kernel holds the ACK back for 200 ms: a machine that stalls for so long shows it.
        stalled += result.duration().toMillis() >= 150 ? 1 : 0;
        assertThat(result.outcome()).isEqualTo(Outcome.OK);
        assertThat(result.detail()).isEqualTo("connected");
      }
      try (Socket visible = new Socket()) {
        visible.connect(server.address(), 5000);
        assertThat(visible.getInputStream().read()).isEqualTo(-1);
      }
      assertThat(stalled).isLessThan(25);
      assertThat(server.accepted()).isBetween(1, 1 + stalled);
    }
  }

  @Test
  void refused() throws Exception {
    CheckResult result = LOOP.run(TestServer.nobody(), check(Duration.ofSeconds(5)));
    assertThat(result.outcome()).isEqualTo(Outcome.CONNECT_FAILED);
    assertThat(result.detail()).isEqualTo("connection refused");
    assertThat(result.duration()).isLessThan(Duration.ofSeconds(5));
  }

  /** With somebody there: the end-to-end tests, whose haproxy has such a name. */
  @Test
  void refusedAtAPaddedAbstractName() throws Exception {
    CheckResult result =
        LOOP.run(UnixAddress.of("abns@nobody-is-here"), check(Duration.ofSeconds(5)));
    assertThat(result.outcome()).isEqualTo(Outcome.CONNECT_FAILED);
    assertThat(result.detail()).isEqualTo("connection refused");
  }

  @Test
  void noAnswerToTheSyn() throws Exception {
    // A full accept queue drops SYNs, as a dead host does.
    try (ServerSocket full = new ServerSocket(0, 1, TestServer.LOOPBACK)) {
      InetSocketAddress address = new InetSocketAddress(TestServer.LOOPBACK, full.getLocalPort());
      List<SocketChannel> fillers = new ArrayList<>();
      try {
        for (int i = 0; i < 8; i++) {
          SocketChannel filler = SocketChannel.open();
          fillers.add(filler);
          filler.configureBlocking(false);
          filler.connect(address);
        }
        long start = System.nanoTime();
        CheckResult result = LOOP.run(address, check(Duration.ofMillis(300)));
        assertThat(result.outcome()).isEqualTo(Outcome.CONNECT_TIMEOUT);
        assertThat(result.detail()).isEqualTo("no connection within 300 ms");
        assertThat(System.nanoTime() - start).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(299));
      } finally {
        for (SocketChannel filler : fillers) {
          filler.close();
        }
      }
    }
  }

  private static HealthCheckConfig check(Duration timeout) {
    return new HealthCheckConfig.Tcp(
        new Timing(Duration.ofSeconds(2), Duration.ofMillis(500), timeout, 2, 3, 0));
  }
}
