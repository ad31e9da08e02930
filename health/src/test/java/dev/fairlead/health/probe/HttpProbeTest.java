package dev.fairlead.health.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.config.HealthCheckConfig.StatusRange;
import dev.fairlead.config.HealthCheckConfig.Timing;
import dev.fairlead.health.CheckResult;
import dev.fairlead.health.CheckResult.Outcome;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpProbeTest {

  private static final ProbeLoop LOOP = new ProbeLoop();
  private static final Duration LONG = Duration.ofSeconds(10);
  private static final Duration SHORT = Duration.ofMillis(1000);

  @AfterAll
  static void stop() {
    LOOP.close();
  }

  @ParameterizedTest
  @CsvSource({
    "200, OK",
    "302, UNEXPECTED_STATUS",
    "401, OK",
    "403, FORBIDDEN",
    "404, UNEXPECTED_STATUS",
    "429, UNEXPECTED_STATUS",
    "500, UNEXPECTED_STATUS",
    "503, UNEXPECTED_STATUS"
  })
  void aStatusDecides(int status, Outcome expected) throws Exception {
    try (Answering server = new Answering("/readyz", status)) {
      CheckResult result = LOOP.run(server.address(), check(LONG, null));
      assertThat(result.outcome()).isEqualTo(expected);
      assertThat(result.status()).isEqualTo(status);
      assertThat(server.server.accepted()).isEqualTo(1);
    }
  }

  @Test
  void theRequestSaysWhatItWants() throws Exception {
    try (Answering server = new Answering("/readyz", 200)) {
      LOOP.run(server.address(), check(LONG, null));
      assertThat(server.requests.element())
          .isEqualTo(
              "GET /readyz HTTP/1.1\r\n"
                  + ("Host: 127.0.0.1:" + server.address().getPort() + "\r\n")
                  + "User-Agent: fairlead-check\r\n"
                  + "Accept: */*\r\n"
                  + "Connection: close\r\n"
                  + "\r\n");
    }
  }

  @Test
  void theServerSeesACleanEnd() throws Exception {
    try (Answering server = new Answering("/readyz", 200)) {
      for (int i = 0; i < 20; i++) {
        LOOP.run(server.address(), check(LONG, null));
      }
      assertThat(server.server.ends()).hasSize(20);
      for (var end : server.server.ends()) {
        assertThat(end.get(5, TimeUnit.SECONDS)).isZero();
      }
    }
  }

  @Test
  void aServerThatNeverClosesIsClosed() throws Exception {
    try (TestServer server =
        TestServer.plain(connection -> {
          TestServer.write(connection, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
          connection.getInputStream().readAllBytes();
        })) {
      assertThat(LOOP.run(server.address(), check(LONG, null)).outcome()).isEqualTo(Outcome.OK);
      assertThat(server.ends().element().get(5, TimeUnit.SECONDS)).isZero();
    }
  }

  @Test
  void aBodyWithoutEndIsCutOff() throws Exception {
    try (TestServer server =
        TestServer.plain(connection -> {
          TestServer.write(connection, "HTTP/1.1 200 OK\r\n\r\n");
          while (true) {
            TestServer.write(connection, "x".repeat(10_000));
          }
        })) {
      assertThat(LOOP.run(server.address(), check(LONG, null)).outcome()).isEqualTo(Outcome.OK);
      assertThat(server.ends().element())
          .failsWithin(Duration.ofSeconds(5))
          .withThrowableThat()
          .withCauseInstanceOf(IOException.class);
    }
  }

  @Test
  void fourOhFourAsksTheFallbackInTheSameCheckAndRemembersIt() throws Exception {
    try (Answering server = new Answering("/healthz", 200)) {
      Probe probe = LOOP.probe(server.address(), check(LONG, "/healthz"));
      assertThat(LOOP.run(probe).outcome()).isEqualTo(Outcome.OK);
      assertThat(LOOP.run(probe).outcome()).isEqualTo(Outcome.OK);
      assertThat(server.paths()).containsExactly("/readyz", "/healthz", "/healthz");
      // Every now and then the first choice gets its chance: the server may have been upgraded.
      for (int i = 0; i < 30; i++) {
        assertThat(LOOP.run(probe).outcome()).isEqualTo(Outcome.OK);
      }
      assertThat(server.paths()).filteredOn("/readyz"::equals).hasSize(2);
    }
  }

  @Test
  void aFallbackThatFailsIsAFailure() throws Exception {
    try (Answering server = new Answering("/elsewhere", 200)) {
      CheckResult result = LOOP.run(server.address(), check(LONG, "/healthz"));
      assertThat(result.outcome()).isEqualTo(Outcome.UNEXPECTED_STATUS);
      assertThat(result.detail()).isEqualTo("HTTP 404");
    }
  }

  @Test
  void interimResponsesAreSkipped() throws Exception {
    try (TestServer server =
        TestServer.plain(connection ->
            TestServer.write(
                connection,
                "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 500 No\r\n\r\n"))) {
      assertThat(LOOP.run(server.address(), check(LONG, null)).detail()).isEqualTo("HTTP 500");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SSH-2.0-OpenSSH_9.2\r\n",
        "\u0015\u0003\u0003\u0000\u0002\u0002\n",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 x00 OK\r\n\r\n",
        "HTTP/1.1 099 OK\r\n\r\n"
      })
  void garbageIsNoAnswer(String garbage) throws Exception {
    try (TestServer server =
        TestServer.plain(connection -> {
          TestServer.write(connection, garbage);
          connection.getInputStream().readAllBytes();
        })) {
      CheckResult result = LOOP.run(server.address(), check(LONG, null));
      assertThat(result.outcome()).isEqualTo(Outcome.PROTOCOL_ERROR);
      assertThat(result.detail()).isEqualTo("what came is not HTTP");
    }
  }

  @Test
  void aHeadWithoutEndIsRefused() throws Exception {
    try (TestServer server =
        TestServer.plain(connection -> {
          TestServer.write(connection, "HTTP/1.1 200 OK\r\n");
          while (true) {
            TestServer.write(connection, "X: " + "y".repeat(1000) + "\r\n");
          }
        })) {
      CheckResult result = LOOP.run(server.address(), check(LONG, null));
      assertThat(result.outcome()).isEqualTo(Outcome.PROTOCOL_ERROR);
      assertThat(result.detail()).isEqualTo("response head is longer than 16384 bytes");
    }
  }

  @Test
  void anEndInTheMiddleOfTheHeadIsAProtocolError() throws Exception {
    try (TestServer server =
        TestServer.plain(connection -> TestServer.write(connection, "HTTP/1.1 200 OK\r\nDate"))) {
      assertThat(LOOP.run(server.address(), check(LONG, null)).detail())
          .isEqualTo("connection closed in the middle of the response head");
    }
  }

  @Test
  void acceptedAndNeverAnswered() throws Exception {
    try (TestServer server =
        TestServer.plain(connection -> connection.getInputStream().readAllBytes())) {
      CheckResult result = LOOP.run(server.address(), check(SHORT, null));
      assertThat(result.outcome()).isEqualTo(Outcome.RESPONSE_TIMEOUT);
      assertThat(result.detail()).isEqualTo("connected, but no answer within 1 s");
      // And the check does not hold its connection any longer.
      assertThat(server.ends().element().get(5, TimeUnit.SECONDS)).isZero();
    }
  }

  @Test
  void aSlowDripDoesNotProlongTheCheck() throws Exception {
    try (ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
        TestServer server =
            TestServer.plain(connection -> {
              TestServer.write(connection, "HTTP/1.1 200 OK\r\nX: ");
              var drip =
                  clock.scheduleAtFixedRate(() -> drop(connection), 0, 20, TimeUnit.MILLISECONDS);
              connection.getInputStream().readAllBytes();
              drip.cancel(false);
            })) {
      CheckResult result = LOOP.run(server.address(), check(SHORT, null));
      assertThat(result.outcome()).isEqualTo(Outcome.RESPONSE_TIMEOUT);
      assertThat(result.duration()).isBetween(SHORT, Duration.ofSeconds(5));
      clock.shutdownNow();
    }
  }

  @Test
  void closedWithoutAnAnswer() throws Exception {
    try (TestServer server = TestServer.plain(Socket::close)) {
      CheckResult result = LOOP.run(server.address(), check(LONG, null));
      assertThat(result.outcome()).isEqualTo(Outcome.CONNECT_FAILED);
    }
  }

  @Test
  void reset() throws Exception {
    try (TestServer server =
        TestServer.plain(connection -> {
          connection.getInputStream().read();
          connection.setSoLinger(true, 0);
          connection.close();
        })) {
      CheckResult result = LOOP.run(server.address(), check(LONG, null));
      assertThat(result.outcome()).isEqualTo(Outcome.CONNECT_FAILED);
      assertThat(result.detail()).isEqualTo("connection reset");
    }
  }

  @Test
  void refused() throws Exception {
    assertThat(LOOP.run(TestServer.nobody(), check(LONG, null)).detail())
        .isEqualTo("connection refused");
  }

  @Test
  void theTokenIsReadForEveryCheck(@TempDir Path directory) throws Exception {
    Path token = directory.resolve("token");
    try (Answering server = new Answering("/readyz", 200)) {
      Probe probe =
          LOOP.probe(server.address(), check(LONG, Optional.empty(), null, Optional.of(token)));
      CheckResult missing = LOOP.run(probe);
      assertThat(missing.outcome()).isEqualTo(Outcome.NOT_RUN);
      assertThat(missing.detail()).isEqualTo("cannot read " + token + ": no such file");
      Files.writeString(token, "first\n");
      assertThat(LOOP.run(probe).outcome()).isEqualTo(Outcome.OK);
      Files.writeString(token, "second\n");
      assertThat(LOOP.run(probe).outcome()).isEqualTo(Outcome.OK);
      Files.writeString(token, "third\r\nX-Injected: yes\n");
      CheckResult invalid = LOOP.run(probe);
      assertThat(invalid.outcome()).isEqualTo(Outcome.NOT_RUN);
      assertThat(invalid.detail()).doesNotContain("third");
      assertThat(server.requests)
          .extracting(request -> request.contains("Authorization: Bearer first\r\n"))
          .containsExactly(true, false);
      assertThat(server.requests.stream().skip(1))
          .allMatch(request -> request.contains("Authorization: Bearer second\r\n"));
    }
  }

  @Test
  void theConfiguredHostIsSent() throws Exception {
    try (Answering server = new Answering("/readyz", 200)) {
      LOOP.run(server.address(), check(LONG, Optional.of("api.test"), null, Optional.empty()));
      assertThat(server.requests.element()).contains("\r\nHost: api.test\r\n");
    }
  }

  /** Answers one path with a status, and 404 elsewhere. */
  private static final class Answering implements AutoCloseable {
    final TestServer server;

    final Queue<String> requests = new ConcurrentLinkedQueue<>();

    Answering(String path, int status) throws IOException {
      server =
          TestServer.plain(connection -> {
            String request = TestServer.readRequest(connection);
            requests.add(request);
            boolean known = request.startsWith("GET " + path + " ");
            TestServer.write(
                connection,
                "HTTP/1.1 "
                    + (known ? status : 404)
                    + " Whatever\r\nLocation: /elsewhere\r\nConnection: close\r\n\r\nbody");
          });
    }

    InetSocketAddress address() {
      return server.address();
    }

    List<String> paths() {
      return requests.stream()
          .map(request -> request.substring(4, request.indexOf(' ', 4)))
          .toList();
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }

  private static void drop(Socket connection) {
    try {
      TestServer.write(connection, "H");
    } catch (IOException e) {
      // The check has closed it, which ends the reader and so the dripping.
      return;
    }
  }

  private static HealthCheckConfig check(Duration timeout, @Nullable String fallbackPath) {
    return check(timeout, Optional.empty(), fallbackPath, Optional.empty());
  }

  private static HealthCheckConfig check(
      Duration timeout,
      Optional<String> host,
      @Nullable String fallbackPath,
      Optional<Path> tokenFile) {
    return new HealthCheckConfig.Http(
        new Timing(Duration.ofSeconds(2), Duration.ofMillis(500), timeout, 2, 3, 0),
        Optional.empty(),
        "/readyz",
        Optional.ofNullable(fallbackPath),
        host,
        List.of(new StatusRange(200, 200)),
        tokenFile,
        1,
        Duration.ofSeconds(60));
  }
}
