package dev.fairlead.health.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.AgentConfig;
import dev.fairlead.health.CheckResult;
import dev.fairlead.health.CheckResult.Outcome;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AgentProbeTest {

  private static final ProbeLoop LOOP = new ProbeLoop();

  @AfterAll
  static void stop() {
    LOOP.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"up 50%\n", "up 50%\r\nmore\n", "up 50%"})
  void oneLineIsTheAnswer(String text) throws Exception {
    try (TestServer server = TestServer.plain(connection -> TestServer.write(connection, text))) {
      CheckResult result = run(server.address(), Optional.empty());
      assertThat(result.outcome()).isEqualTo(Outcome.OK);
      assertThat(result.detail()).isEqualTo("up 50%");
    }
  }

  @Test
  void theTextIsSentBeforeReading() throws Exception {
    try (TestServer server =
        TestServer.plain(connection -> {
          byte[] asked = connection.getInputStream().readNBytes(8);
          TestServer.write(connection, new String(asked, 0, 7, "US-ASCII") + "\n");
        })) {
      assertThat(run(server.address(), Optional.of("api-one\n")).detail()).isEqualTo("api-one");
    }
  }

  @Test
  void aLineWithoutEndIsCutAndControlCharactersGo() throws Exception {
    try (TestServer server =
        TestServer.plain(
            connection -> TestServer.write(connection, "up\u001b[31m " + "x".repeat(100_000)))) {
      assertThat(run(server.address(), Optional.empty()).detail())
          .startsWith("up [31m xx")
          .hasSize(512);
    }
  }

  @Test
  void silenceIsATimeout() throws Exception {
    try (TestServer server =
        TestServer.plain(connection -> connection.getInputStream().readAllBytes())) {
      assertThat(run(server.address(), Optional.empty()).outcome())
          .isEqualTo(Outcome.RESPONSE_TIMEOUT);
    }
  }

  @Test
  void nobodyIsAConnectThatFailed() throws Exception {
    assertThat(run(TestServer.nobody(), Optional.empty()).outcome())
        .isEqualTo(Outcome.CONNECT_FAILED);
  }

  @Test
  void anEndWithoutAWordIsNoAnswer() throws Exception {
    try (TestServer server = TestServer.plain(connection -> {})) {
      CheckResult result = run(server.address(), Optional.empty());
      assertThat(result.outcome()).isEqualTo(Outcome.CONNECT_FAILED);
      assertThat(result.detail()).isEqualTo("connection closed without a word");
    }
  }

  private static CheckResult run(InetSocketAddress address, Optional<String> send)
      throws Exception {
    return LOOP.run(
        LOOP.agent(
            address, new AgentConfig(1, Duration.ofSeconds(1), Duration.ofMillis(500), send)));
  }
}
