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
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The TLS check, and the HTTPS check as far as TLS is concerned. */
class TlsProbeTest {

  private static final ProbeLoop LOOP = new ProbeLoop();
  private static final Duration LONG = Duration.ofSeconds(10);
  private static final Duration SHORT = Duration.ofMillis(1000);
  private static final String EC = "ec -pkeyopt ec_paramgen_curve:P-256";

  @TempDir static Path directory;
  private static TestCertificates certificates;

  @BeforeAll
  static void makeCertificates() throws Exception {
    certificates = new TestCertificates(directory);
    certificates.authority("stranger");
    certificates.issue("server", EC, "IP:127.0.0.1,DNS:api.test,DNS:kubernetes", 30);
    certificates.issue("elsewhere", EC, "IP:192.0.2.1,DNS:other.test", 30);
    certificates.issue("expired", EC, "IP:127.0.0.1", -1);
    certificates.issue("client-ec", EC, "DNS:client", 30);
    certificates.openssl("ec -in client-ec.key -out client-sec1.key");
    certificates.issue("client-rsa", "rsa:2048", "DNS:client", 30);
    certificates.openssl("rsa -traditional -in client-rsa.key -out client-pkcs1.key");
  }

  @AfterAll
  static void stop() {
    LOOP.close();
  }

  @Test
  void aHandshakeIsEnoughAndTheServerSeesACleanEnd() throws Exception {
    try (TestServer server =
        TestServer.tls(certificates.server("server"), false, TlsProbeTest::handshakeOnly)) {
      for (int i = 0; i < 20; i++) {
        CheckResult result =
            LOOP.run(server.address(), tlsCheck(LONG, verified(certificates.ca())));
        assertThat(result.outcome()).as(result.detail()).isEqualTo(Outcome.OK);
        assertThat(result.detail()).isEqualTo("TLS handshake done");
      }
      for (var end : server.ends()) {
        assertThat(end.get(5, TimeUnit.SECONDS)).isZero();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"server", "elsewhere", "expired"})
  void withoutACaEveryCertificateWillDo(String name) throws Exception {
    try (TestServer server = TestServer.tls(certificates.server(name), false, answering(200))) {
      assertThat(LOOP.run(server.address(), https(LONG, TlsSettings.UNVERIFIED)).outcome())
          .isEqualTo(Outcome.OK);
    }
  }

  @Test
  void aVerifiedServerIsAskedForItsStatus() throws Exception {
    try (TestServer server = TestServer.tls(certificates.server("server"), false, answering(500))) {
      CheckResult result = LOOP.run(server.address(), https(LONG, verified(certificates.ca())));
      assertThat(result.outcome()).isEqualTo(Outcome.UNEXPECTED_STATUS);
      assertThat(result.detail()).isEqualTo("HTTP 500");
      assertThat(server.ends().element().get(5, TimeUnit.SECONDS)).isZero();
    }
  }

  @Test
  void theFallbackHasItsOwnHandshake() throws Exception {
    try (TestServer server =
        TestServer.tls(
            certificates.server("server"),
            false,
            connection -> {
              boolean fallback = TestServer.readRequest(connection).startsWith("GET /healthz ");
              TestServer.write(connection, "HTTP/1.1 " + (fallback ? 200 : 404) + " X\r\n\r\n");
            })) {
      assertThat(LOOP.run(server.address(), https(LONG, verified(certificates.ca()))).detail())
          .isEqualTo("HTTP 200");
      assertThat(server.accepted()).isEqualTo(2);
    }
  }

  /** A single label, because the JDK would not send such a name by itself. */
  @ParameterizedTest
  @ValueSource(strings = {"api.test", "kubernetes"})
  void theServerNameIsSentAndVerified(String name) throws Exception {
    Queue<String> asked = new ConcurrentLinkedQueue<>();
    try (TestServer server =
        TestServer.tls(
            certificates.server("server"),
            false,
            connection -> {
              handshakeOnly(connection);
              ExtendedSSLSession session =
                  (ExtendedSSLSession) ((SSLSocket) connection).getSession();
              session.getRequestedServerNames().forEach(each -> asked.add(each.toString()));
            })) {
      TlsSettings settings =
          new TlsSettings(
              Optional.of(certificates.ca()),
              Optional.empty(),
              Optional.empty(),
              Optional.of(name));
      CheckResult result = LOOP.run(server.address(), tlsCheck(LONG, settings));
      assertThat(result.outcome()).as(result.detail()).isEqualTo(Outcome.OK);
      server.ends().element().get(5, TimeUnit.SECONDS);
      assertThat(asked).singleElement().asString().contains("value=" + name);
    }
  }

  @Test
  void wrongAddress() throws Exception {
    expectTlsFailure(
        "elsewhere", verified(certificates.ca()), "certificate is not valid for 127.0.0.1");
  }

  @Test
  void wrongName() throws Exception {
    TlsSettings settings =
        new TlsSettings(
            Optional.of(certificates.ca()),
            Optional.empty(),
            Optional.empty(),
            Optional.of("wrong.test"));
    expectTlsFailure("server", settings, "certificate is not valid for wrong.test");
  }

  @Test
  void expired() throws Exception {
    expectTlsFailure("expired", verified(certificates.ca()), "certificate has expired");
  }

  @Test
  void wrongCa() throws Exception {
    expectTlsFailure(
        "server",
        verified(certificates.file("stranger.crt")),
        "certificate does not lead to the CA file");
  }

  @Test
  void aClientCertificateThatIsMissing() throws Exception {
    try (TestServer server = TestServer.tls(certificates.server("server"), true, answering(200))) {
      CheckResult result = LOOP.run(server.address(), https(LONG, verified(certificates.ca())));
      assertThat(result.outcome()).isEqualTo(Outcome.TLS_FAILED);
      assertThat(result.detail()).startsWith("server refused the TLS handshake: ");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "client-ec.crt client-ec.key",
        "client-ec.crt client-sec1.key",
        "client-rsa.crt client-rsa.key",
        "client-rsa.crt client-pkcs1.key"
      })
  void aClientCertificateWithEveryFormOfKey(String pair) throws Exception {
    List<String> files = List.of(pair.split(" ", -1));
    try (TestServer server = TestServer.tls(certificates.server("server"), true, answering(200))) {
      CheckResult result =
          LOOP.run(
              server.address(),
              https(
                  LONG, client(certificates.file(files.get(0)), certificates.file(files.get(1)))));
      assertThat(result.outcome()).as(result.detail()).isEqualTo(Outcome.OK);
    }
  }

  @Test
  void aRenewedCertificateIsUsedWithoutARestart() throws Exception {
    Path certificate = certificates.file("rotating.crt");
    Path key = certificates.file("rotating.key");
    try (TestServer server = TestServer.tls(certificates.server("server"), true, answering(200))) {
      Probe probe = LOOP.probe(server.address(), https(LONG, client(certificate, key)));
      CheckResult missing = LOOP.run(probe);
      assertThat(missing.outcome()).isEqualTo(Outcome.NOT_RUN);
      assertThat(missing.detail()).isEqualTo("cannot read " + certificate + ": no such file");

      replace("stranger.crt", certificate);
      replace("stranger.key", key);
      assertThat(LOOP.run(probe).outcome()).isEqualTo(Outcome.TLS_FAILED);

      replace("client-ec.crt", certificate);
      CheckResult halfway = LOOP.run(probe);
      assertThat(halfway.outcome()).isEqualTo(Outcome.NOT_RUN);
      assertThat(halfway.detail())
          .isEqualTo(key + " is not the key of the certificate in " + certificate);

      replace("client-sec1.key", key);
      assertThat(LOOP.run(probe).outcome()).isEqualTo(Outcome.OK);
    }
  }

  @Test
  void anUnreadableCaIsNoResult() throws Exception {
    CheckResult result =
        LOOP.run(TestServer.nobody(), tlsCheck(LONG, verified(directory.resolve("gone.crt"))));
    assertThat(result.outcome()).isEqualTo(Outcome.NOT_RUN);
    assertThat(result.detail()).endsWith("gone.crt: no such file");
  }

  @Test
  void aNameThatIsNoneIsNoResult() throws Exception {
    TlsSettings settings =
        new TlsSettings(
            Optional.empty(), Optional.empty(), Optional.empty(), Optional.of("not a name!"));
    assertThat(LOOP.run(TestServer.nobody(), tlsCheck(LONG, settings)).outcome())
        .isEqualTo(Outcome.NOT_RUN);
  }

  @Test
  void refused() throws Exception {
    CheckResult result = LOOP.run(TestServer.nobody(), https(LONG, TlsSettings.UNVERIFIED));
    assertThat(result.outcome()).isEqualTo(Outcome.CONNECT_FAILED);
    assertThat(result.detail()).isEqualTo("connection refused");
  }

  @Test
  void plainHttpIsNotTls() throws Exception {
    try (TestServer server =
        TestServer.plain(connection -> {
          TestServer.write(connection, "HTTP/1.0 400 Bad Request\r\n\r\n");
          connection.getInputStream().readAllBytes();
        })) {
      CheckResult result = LOOP.run(server.address(), tlsCheck(LONG, TlsSettings.UNVERIFIED));
      assertThat(result.outcome()).isEqualTo(Outcome.PROTOCOL_ERROR);
      assertThat(result.detail()).isEqualTo("what came is not TLS");
    }
  }

  @Test
  void acceptedAndNoHandshake() throws Exception {
    try (TestServer server =
        TestServer.plain(connection -> connection.getInputStream().readAllBytes())) {
      CheckResult result = LOOP.run(server.address(), tlsCheck(SHORT, TlsSettings.UNVERIFIED));
      assertThat(result.outcome()).isEqualTo(Outcome.RESPONSE_TIMEOUT);
      assertThat(result.detail()).isEqualTo("connected, but no TLS handshake within 1 s");
    }
  }

  @Test
  void aHandshakeAndNoAnswerIsASlowServerNotADeadOne() throws Exception {
    try (TestServer server =
        TestServer.tls(
            certificates.server("server"),
            false,
            connection -> connection.getInputStream().readAllBytes())) {
      // Long enough for the handshake of a cold JVM.
      CheckResult result =
          LOOP.run(server.address(), https(Duration.ofSeconds(2), TlsSettings.UNVERIFIED));
      assertThat(result.outcome()).isEqualTo(Outcome.SLOW);
      assertThat(result.detail()).isEqualTo("TLS handshake done, but no answer within 2 s");
    }
  }

  @Test
  void closedDuringTheHandshake() throws Exception {
    try (TestServer server =
        TestServer.plain(connection -> {
          // All of the ClientHello, or the close becomes a reset.
          connection.getInputStream().read(new byte[16 * 1024]);
        })) {
      CheckResult result = LOOP.run(server.address(), tlsCheck(LONG, TlsSettings.UNVERIFIED));
      assertThat(result.outcome()).isEqualTo(Outcome.CONNECT_FAILED);
      assertThat(result.detail()).isEqualTo("connection closed during the TLS handshake");
    }
  }

  @Test
  void resetDuringTheHandshake() throws Exception {
    try (TestServer server =
        TestServer.plain(connection -> {
          connection.getInputStream().read();
          connection.setSoLinger(true, 0);
          connection.close();
        })) {
      CheckResult result = LOOP.run(server.address(), tlsCheck(LONG, TlsSettings.UNVERIFIED));
      assertThat(result.outcome()).isEqualTo(Outcome.CONNECT_FAILED);
      assertThat(result.detail()).isEqualTo("connection reset");
    }
  }

  private static void expectTlsFailure(String server, TlsSettings settings, String detail)
      throws Exception {
    try (TestServer listening =
        TestServer.tls(certificates.server(server), false, answering(200))) {
      CheckResult result = LOOP.run(listening.address(), https(LONG, settings));
      assertThat(result.detail()).isEqualTo(detail);
      assertThat(result.outcome()).isEqualTo(Outcome.TLS_FAILED);
    }
  }

  private static void replace(String source, Path target) throws IOException {
    Path fresh = target.resolveSibling("fresh");
    Files.copy(certificates.file(source), fresh);
    Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void handshakeOnly(Socket connection) throws IOException {
    ((SSLSocket) connection).startHandshake();
  }

  private static TestServer.Behaviour answering(int status) {
    return connection -> {
      TestServer.readRequest(connection);
      TestServer.write(
          connection, "HTTP/1.1 " + status + " Whatever\r\nConnection: close\r\n\r\nok");
    };
  }

  private static TlsSettings verified(Path caFile) {
    return new TlsSettings(
        Optional.of(caFile), Optional.empty(), Optional.empty(), Optional.empty());
  }

  private static TlsSettings client(Path certificateFile, @Nullable Path keyFile) {
    return new TlsSettings(
        Optional.of(certificates.ca()),
        Optional.of(certificateFile),
        Optional.ofNullable(keyFile),
        Optional.empty());
  }

  private static HealthCheckConfig tlsCheck(Duration timeout, TlsSettings settings) {
    return new HealthCheckConfig.Tls(timing(timeout), settings);
  }

  private static HealthCheckConfig https(Duration timeout, TlsSettings settings) {
    return new HealthCheckConfig.Http(
        timing(timeout),
        Optional.of(settings),
        "/readyz",
        Optional.of("/healthz"),
        Optional.empty(),
        List.of(new StatusRange(200, 200)),
        Optional.empty(),
        1,
        Duration.ofSeconds(60));
  }

  private static Timing timing(Duration timeout) {
    return new Timing(Duration.ofSeconds(2), Duration.ofMillis(500), timeout, 2, 3, 0);
  }
}
