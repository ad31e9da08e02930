package dev.fairlead.health.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.config.HealthCheckConfig.StatusRange;
import dev.fairlead.config.HealthCheckConfig.Timing;
import dev.fairlead.config.HealthCheckConfig.TlsSettings;
import dev.fairlead.health.CheckResult;
import dev.fairlead.health.CheckResult.Outcome;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP checks that share a connection, against real servers. */
class KeptConnectionTest {

  private static final ProbeLoop LOOP = new ProbeLoop();

  private static final String LENGTH = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  private static final String CHUNKED =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
          + "2\r\nok\r\nA;name=value\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n";
  private static final String NO_CONTENT = "HTTP/1.1 204 No Content\r\n\r\n";
  private static final String EARLY_HINTS =
      "HTTP/1.1 103 Early Hints\r\nContent-Length: 77\r\n\r\n" + LENGTH;

  private final Queue<String> requests = new ConcurrentLinkedQueue<>();
  private final BlockingQueue<String> goodbyes = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> broken = new LinkedBlockingQueue<>();

  @AfterAll
  static void stop() {
    LOOP.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {LENGTH, CHUNKED, NO_CONTENT, EARLY_HINTS})
  void tenChecksUseOneConnectionAndTheNextOpensAnother(String response) throws Exception {
    try (TestServer server = TestServer.plain(connection -> answerAll(connection, response))) {
      Probe probe = probe(server, 10, Optional.empty());
      for (int i = 0; i < 10; i++) {
        assertThat(LOOP.run(probe).outcome()).isEqualTo(Outcome.OK);
      }
      assertThat(server.accepted()).isEqualTo(1);
      assertThat(LOOP.run(probe).outcome()).isEqualTo(Outcome.OK);
      assertThat(server.accepted()).isEqualTo(2);
      // The last one says that it is: the server need not find out.
      assertThat(requests.stream().map(request -> request.contains("Connection: close")))
          .containsExactly(
              false, false, false, false, false, false, false, false, false, true, false);
      assertThat(broken).isEmpty();
    }
  }

  @Test
  void overTlsTooAndTheServerSeesACleanEnd(@TempDir Path directory) throws Exception {
    TestCertificates certificates = new TestCertificates(directory);
    certificates.issue("server", "ec -pkeyopt ec_paramgen_curve:P-256", "IP:127.0.0.1", 30);
    try (TestServer server =
        TestServer.tls(
            certificates.server("server"), false, connection -> answerAll(connection, LENGTH))) {
      Probe probe = probe(server, 5, Optional.of(TlsSettings.UNVERIFIED));
      for (int i = 0; i < 5; i++) {
        assertThat(LOOP.run(probe).outcome()).isEqualTo(Outcome.OK);
      }
      assertThat(server.accepted()).isEqualTo(1);
      assertThat(server.ends().element().get(5, TimeUnit.SECONDS)).isZero();
      assertThat(LOOP.run(probe).outcome()).isEqualTo(Outcome.OK);
      LOOP.call(probe::close);
      assertThat(goodbyes.poll(5, TimeUnit.SECONDS)).isEqualTo("goodbye");
      assertThat(server.accepted()).isEqualTo(2);
    }
  }

  @Test
  void aFreshCheckLeavesTheOldConnection() throws Exception {
    try (TestServer server = TestServer.plain(connection -> answerAll(connection, LENGTH))) {
      Probe probe = probe(server, 10, Optional.empty());
      LOOP.run(probe);
      LOOP.run(probe);
      LOOP.run(probe, true);
      LOOP.run(probe);
      assertThat(server.accepted()).isEqualTo(2);
      assertThat(server.ends().element().get(5, TimeUnit.SECONDS)).isZero();
      assertThat(broken).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\n\r\n"
      })
  void aResponseWhoseEndIsNotKnownEndsTheConnection(String response) throws Exception {
    try (TestServer server = TestServer.plain(connection -> answerOne(connection, response))) {
      Probe probe = probe(server, 10, Optional.empty());
      assertThat(LOOP.run(probe).outcome()).isEqualTo(Outcome.OK);
      assertThat(LOOP.run(probe).outcome()).isEqualTo(Outcome.OK);
      assertThat(server.accepted()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokay",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nunasked"
      })
  void aConnectionThatHasGoneWrongIsNotUsedAgain(String response) throws Exception {
    try (TestServer server = TestServer.plain(connection -> answerAll(connection, response))) {
      Probe probe = probe(server, 10, Optional.empty());
      assertThat(LOOP.run(probe).outcome()).isEqualTo(Outcome.OK);
      assertThat(server.ends().element().get(5, TimeUnit.SECONDS)).isZero();
      assertThat(LOOP.run(probe).outcome()).isEqualTo(Outcome.OK);
      assertThat(server.accepted()).isEqualTo(2);
    }
  }

  /** The server's process is killed: its kernel says so, seconds before the next check is due. */
  @Test
  void theEndOfAKeptConnectionIsToldAtOnce() throws Exception {
    CountDownLatch kill = new CountDownLatch(1);
    try (TestServer server =
        TestServer.plain(connection -> {
          answerOne(connection, LENGTH);
          answerOne(connection, LENGTH);
          await(kill);
        })) {
      Probe probe = probe(server, 10, Optional.empty());
      LOOP.run(probe);
      LOOP.run(probe);
      assertThat(broken).isEmpty();
      kill.countDown();
      assertThat(broken.poll(ProbeLoop.DEADLINE_SECONDS, TimeUnit.SECONDS)).isEqualTo("broken");
    }
  }

  /** Else it would be asked again at once, for ever. */
  @Test
  void aServerThatKeepsNoConnectionIsNotSuspected() throws Exception {
    try (TestServer server =
        TestServer.plain(connection -> {
          answerOne(connection, LENGTH);
          connection.close();
        })) {
      Probe probe = probe(server, 10, Optional.empty());
      for (int i = 1; i <= 5; i++) {
        assertThat(LOOP.run(probe).outcome()).isEqualTo(Outcome.OK);
        assertThat(server.accepted()).isLessThanOrEqualTo(i);
      }
      assertThat(broken).isEmpty();
    }
  }

  /** It closed the connection in the moment in which we asked: a new one tells the truth. */
  @Test
  void aConnectionThatEndsUnderAQuestionIsNoFailure() throws Exception {
    try (TestServer server =
        TestServer.plain(connection -> {
          answerOne(connection, LENGTH);
          // It has the next question, and goes without a word.
          TestServer.readRequest(connection);
          connection.setSoLinger(true, 0);
          connection.close();
        })) {
      Probe probe = probe(server, 10, Optional.empty());
      assertThat(LOOP.run(probe).outcome()).isEqualTo(Outcome.OK);
      CheckResult second = LOOP.run(probe);
      assertThat(second.outcome()).as(second.detail()).isEqualTo(Outcome.OK);
      assertThat(server.accepted()).isEqualTo(2);
    }
  }

  @Test
  void aFrozenServerDoesNotAnswerOnAKeptConnectionEither() throws Exception {
    CountDownLatch thaw = new CountDownLatch(1);
    try (TestServer server =
        TestServer.plain(connection -> {
          answerOne(connection, LENGTH);
          await(thaw);
        })) {
      Probe probe = probe(server, 10, Optional.empty());
      assertThat(LOOP.run(probe).outcome()).isEqualTo(Outcome.OK);
      assertThat(LOOP.run(probe).outcome()).isEqualTo(Outcome.RESPONSE_TIMEOUT);
      assertThat(server.accepted()).isEqualTo(1);
      thaw.countDown();
    }
  }

  @Test
  void aLongBodyIsNotWaitedFor() throws Exception {
    try (TestServer server =
        TestServer.plain(connection -> {
          TestServer.readRequest(connection);
          TestServer.write(connection, "HTTP/1.1 200 OK\r\nContent-Length: 500000000\r\n\r\n");
          for (int i = 0; i < 100; i++) {
            TestServer.write(connection, "x".repeat(10_000));
          }
          connection.getInputStream().readAllBytes();
        })) {
      Probe probe = probe(server, 10, Optional.empty());
      assertThat(LOOP.run(probe).outcome()).isEqualTo(Outcome.OK);
      assertThat(server.ends().element()).failsWithin(Duration.ofSeconds(5));
      assertThat(LOOP.run(probe).outcome()).isEqualTo(Outcome.OK);
      assertThat(server.accepted()).isEqualTo(2);
    }
  }

  private void answerAll(Socket connection, String response) throws IOException {
    while (true) {
      try {
        answerOne(connection, response);
      } catch (IOException e) {
        // A reset, or a TLS stream that was cut, has other words.
        if (String.valueOf(e.getMessage()).equals("end of stream after ")) {
          goodbyes.add("goodbye");
          return;
        }
        throw e;
      }
      if (requests.stream().reduce((a, b) -> b).orElse("").contains("Connection: close")) {
        return;
      }
    }
  }

  private void answerOne(Socket connection, String response) throws IOException {
    requests.add(TestServer.readRequest(connection));
    TestServer.write(connection, response);
  }

  private static void await(CountDownLatch latch) {
    try {
      if (!latch.await(ProbeLoop.DEADLINE_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("never");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Probe probe(TestServer server, int checksPerConnection, Optional<TlsSettings> tls) {
    return LOOP.probe(
        server.address(),
        new HealthCheckConfig.Http(
            new Timing(
                Duration.ofSeconds(2), Duration.ofMillis(500), Duration.ofSeconds(1), 2, 3, 0),
            tls,
            "/readyz",
            Optional.empty(),
            Optional.empty(),
            List.of(new StatusRange(200, 299)),
            Optional.empty(),
            checksPerConnection,
            Duration.ofSeconds(60)),
        () -> broken.add("broken"));
  }
}
