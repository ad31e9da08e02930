package dev.fairlead.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.config.HealthCheckConfig.Timing;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.config.TcpConfig;
import dev.fairlead.health.CheckResult.Outcome;
import dev.fairlead.health.probe.Probe;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Both loops are one embedded loop with frozen time; probes are answered by hand. */
class HealthCheckerTest {

  private static final Timing TIMING =
      new Timing(Duration.ofSeconds(2), Duration.ofMillis(500), Duration.ofSeconds(2), 2, 3, 0);
  private static final HealthCheckConfig TCP = new HealthCheckConfig.Tcp(TIMING);

  /** One check that was asked for and not answered yet. */
  private record Asked(
      InetSocketAddress address, HealthCheckConfig check, Consumer<CheckResult> done) {}

  private final EmbeddedChannel loop = new EmbeddedChannel();
  private final List<Asked> asked = new ArrayList<>();
  private final List<String> events = new ArrayList<>();
  private final List<String> checks = new ArrayList<>();
  private final List<String> log = new ArrayList<>();
  private final Logger logger = Logger.getLogger(HealthChecker.class.getName());
  private final Handler logHandler =
      new Handler() {
        @Override
        public void publish(LogRecord line) {
          log.add(line.getLevel() + " " + line.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };
  private final HealthChecker checker =
      new HealthChecker(
          loop.eventLoop(), loop.eventLoop(), new Recorder(), this::probe, new SplittableRandom(1));

  private final class Recorder implements HealthChecker.Observer {
    @Override
    public void checked(String backend, String server, CheckResult result) {
      checks.add(backend + "/" + server + " " + result.outcome());
    }

    @Override
    public void changed(
        String backend, String server, Health before, Health after, CheckResult reason) {
      events.add(backend + "/" + server + " " + before + " -> " + after);
    }
  }

  private Probe probe(InetSocketAddress address, HealthCheckConfig check) {
    return done -> asked.add(new Asked(address, check, done));
  }

  @BeforeEach
  void start() {
    loop.freezeTime();
    logger.setUseParentHandlers(false);
    logger.addHandler(logHandler);
  }

  @AfterEach
  void stop() {
    logger.removeHandler(logHandler);
    logger.setUseParentHandlers(true);
    loop.close();
  }

  @Test
  void everyServerIsCheckedAtOnceAndThenEveryInterval() {
    apply(backend("api", TCP, server("m1", 1), server("m2", 2)));
    assertThat(addresses()).containsExactly(1, 2);
    answer(1, Outcome.OK);
    answer(2, Outcome.OK);
    assertThat(events).containsExactly("api/m1 UNKNOWN -> UP", "api/m2 UNKNOWN -> UP");
    advance(1999);
    assertThat(asked).isEmpty();
    advance(1);
    assertThat(addresses()).containsExactly(1, 2);
    assertThat(checks).containsExactly("api/m1 OK", "api/m2 OK");
  }

  @Test
  void aServerThatStopsAnsweringIsDeadAfterThreeChecksAtTheFastInterval() {
    apply(backend("api", TCP, server("m1", 1)));
    answer(1, Outcome.OK);
    events.clear();
    advance(2000);
    answer(1, Outcome.CONNECT_FAILED);
    advance(500);
    answer(1, Outcome.CONNECT_FAILED);
    advance(499);
    assertThat(asked).isEmpty();
    advance(1);
    assertThat(events).isEmpty();
    answer(1, Outcome.CONNECT_FAILED);
    assertThat(events).containsExactly("api/m1 UP -> DEAD");
    assertThat(log)
        .contains("WARNING server api/m1 is DOWN (dead): said so, 3 failed in a row; 0 usable left")
        .endsWith("SEVERE backend api has no usable server");
    log.clear();
    advance(500);
    answer(1, Outcome.OK);
    advance(500);
    answer(1, Outcome.OK);
    assertThat(log)
        .containsExactly(
            "INFO server api/m1 is UP: said so in 7 ms, 2 of 2 passed; 1 usable",
            "INFO backend api has a usable server again");
  }

  @Test
  void noUsableServerIsSaidOnceAndOnlyWhenAllAreKnown() {
    apply(backend("api", TCP, server("m1", 1), server("m2", 2)));
    answer(1, Outcome.CONNECT_FAILED);
    assertThat(log).noneMatch(line -> line.contains("no usable server"));
    answer(2, Outcome.CONNECT_FAILED);
    advance(500);
    answer(1, Outcome.UNEXPECTED_STATUS);
    assertThat(events).last().isEqualTo("api/m1 DEAD -> STARTING");
    assertThat(log).filteredOn(line -> line.contains("no usable server")).hasSize(1);
  }

  @Test
  void aHintChecksAtOnceButNotMoreThanTenTimesASecond() {
    apply(backend("api", TCP, server("m1", 1)));
    answer(1, Outcome.OK);
    advance(1000);
    checker.hint("api", "m1");
    loop.runPendingTasks();
    answer(1, Outcome.CONNECT_FAILED);
    checker.hint("api", "m1");
    checker.hint("api", "m1");
    advance(99);
    assertThat(asked).isEmpty();
    advance(1);
    assertThat(asked).hasSize(1);
    checker.hint("api", "unknown");
  }

  @Test
  void aReloadLeavesAnUnchangedServerAlone() {
    apply(backend("api", TCP, server("m1", 1)));
    answer(1, Outcome.OK);
    advance(1500);
    events.clear();
    apply(backend("api", TCP, server("m1", 1), server("m2", 2)));
    assertThat(addresses()).containsExactly(2);
    advance(499);
    assertThat(addresses()).containsExactly(2);
    advance(1);
    assertThat(addresses()).containsExactly(2, 1);
    assertThat(events).isEmpty();
  }

  @Test
  void aChangedCheckKeepsTheStateAndIsAskedAtOnce() {
    apply(backend("api", TCP, server("m1", 1)));
    answer(1, Outcome.OK);
    advance(1000);
    HealthCheckConfig tls =
        new HealthCheckConfig.Tls(TIMING, HealthCheckConfig.TlsSettings.UNVERIFIED);
    apply(backend("api", tls, server("m1", 1)));
    assertThat(asked).extracting(Asked::check).containsExactly(tls);
    assertThat(checker.status())
        .extracting(HealthChecker.Status::health)
        .containsExactly(Health.UP);
  }

  @Test
  void aResultOfTheOldCheckIsIgnored() {
    apply(backend("api", TCP, server("m1", 1)));
    Asked old = asked.removeFirst();
    HealthCheckConfig other = new HealthCheckConfig.Tcp(Timing.DEFAULT);
    apply(backend("api", other, server("m1", 1)));
    assertThat(asked).isEmpty();
    old.done().accept(result(Outcome.CONNECT_FAILED));
    advance(100);
    assertThat(events).isEmpty();
    assertThat(asked).extracting(Asked::check).containsExactly(other);
    answer(1, Outcome.OK);
    assertThat(events).containsExactly("api/m1 UNKNOWN -> UP");
  }

  @Test
  void aRemovedServerIsNotHeardOfAgain() {
    apply(backend("api", TCP, server("m1", 1), server("m2", 2)));
    Asked removed = asked.removeFirst();
    apply(backend("api", TCP, server("m2", 2)));
    removed.done().accept(result(Outcome.OK));
    advance(10_000);
    assertThat(addresses()).containsExactly(2);
    assertThat(checks).isEmpty();
    assertThat(events).isEmpty();
    assertThat(checker.status()).hasSize(1);
  }

  @Test
  void anotherAddressIsAnotherServer() {
    apply(backend("api", TCP, server("m1", 1)));
    answer(1, Outcome.OK);
    apply(backend("api", TCP, server("m1", 9)));
    assertThat(addresses()).containsExactly(9);
    assertThat(checker.status())
        .extracting(HealthChecker.Status::health)
        .containsExactly(Health.UNKNOWN);
  }

  @Test
  void checksGoToTheCheckAddress() {
    ServerConfig server =
        new ServerConfig(
            "m1", address(1), 1, ServerConfig.Administrative.READY, Optional.of(address(77)));
    apply(backend("api", TCP, server));
    assertThat(addresses()).containsExactly(77);
  }

  @Test
  void aServerThatIsNotCheckedIsUpAtOnceAndCanBeCheckedLater() {
    apply(backend("api", TCP, server("m1", 1)));
    Asked old = asked.removeFirst();
    apply(backend("api", new HealthCheckConfig.Disabled(), server("m1", 1)));
    assertThat(events).containsExactly("api/m1 UNKNOWN -> UP");
    old.done().accept(result(Outcome.CONNECT_FAILED));
    advance(10_000);
    assertThat(asked).isEmpty();
    checker.hint("api", "m1");
    advance(10_000);
    assertThat(asked).isEmpty();
    apply(backend("api", TCP, server("m1", 1)));
    assertThat(asked).hasSize(1);
    assertThat(events).hasSize(1);
  }

  @Test
  void aMaintainedServerIsCheckedButIsNotUsable() {
    ServerConfig server =
        new ServerConfig(
            "m1", address(1), 1, ServerConfig.Administrative.MAINTENANCE, Optional.empty());
    apply(backend("api", TCP, server));
    answer(1, Outcome.OK);
    assertThat(events).containsExactly("api/m1 UNKNOWN -> UP");
    assertThat(log).last().isEqualTo("SEVERE backend api has no usable server");
  }

  @Test
  void aCheckThatCannotRunIsToldOncePerBackendAndChangesNothing() {
    apply(backend("api", TCP, server("m1", 1), server("m2", 2)));
    for (int round = 0; round < 3; round++) {
      answer(1, Outcome.NOT_RUN);
      answer(2, Outcome.NOT_RUN);
      advance(500);
    }
    assertThat(log).containsExactly("WARNING checks of backend api cannot run: said so");
    assertThat(events).isEmpty();
    answer(1, Outcome.OK);
    answer(2, Outcome.OK);
    advance(2000);
    answer(1, Outcome.NOT_RUN);
    assertThat(log).filteredOn(line -> line.contains("cannot run")).hasSize(2);
  }

  @Test
  void oneWarningForAServerThatForbids() {
    apply(backend("api", TCP, server("m1", 1)));
    for (int round = 0; round < 3; round++) {
      answer(1, Outcome.FORBIDDEN);
      advance(2000);
    }
    assertThat(log).filteredOn(line -> line.contains("HTTP 403")).hasSize(1);
  }

  @Test
  void failuresThatChangeNothingAreNotInTheLog() {
    apply(backend("api", TCP, server("m1", 1)));
    answer(1, Outcome.OK);
    log.clear();
    advance(2000);
    answer(1, Outcome.CONNECT_FAILED);
    assertThat(log).noneMatch(line -> !line.startsWith("FINE"));
  }

  @Test
  void aBoundedNumberOfChecksIsUnderWay() {
    ServerConfig[] servers = new ServerConfig[HealthChecker.MAX_CHECKS_UNDER_WAY + 2];
    for (int i = 0; i < servers.length; i++) {
      servers[i] = server("s" + i, i + 1);
    }
    apply(backend("api", TCP, servers));
    assertThat(asked).hasSize(HealthChecker.MAX_CHECKS_UNDER_WAY);
    answer(1, Outcome.OK);
    assertThat(asked).hasSize(HealthChecker.MAX_CHECKS_UNDER_WAY);
    assertThat(addresses()).contains(HealthChecker.MAX_CHECKS_UNDER_WAY + 1);
    for (int port : addresses()) {
      answer(port, Outcome.OK);
    }
    answer(servers.length, Outcome.OK);
    assertThat(events).hasSize(servers.length);
  }

  @Test
  void aClosedCheckerAsksAndSaysNothing() {
    apply(backend("api", TCP, server("m1", 1)));
    Asked old = asked.removeFirst();
    checker.close();
    old.done().accept(result(Outcome.OK));
    advance(10_000);
    assertThat(asked).isEmpty();
    assertThat(events).isEmpty();
  }

  @Test
  void statusTellsTheLastResultAndTheTimeOfTheState() {
    apply(backend("api", TCP, server("m1", 1)));
    assertThat(checker.status().getFirst().lastResult()).isNull();
    answer(1, Outcome.OK);
    advance(2000);
    answer(1, Outcome.OK);
    assertThat(checker.status())
        .containsExactly(
            new HealthChecker.Status(
                "api", "m1", Health.UP, result(Outcome.OK), 2, Duration.ofSeconds(2)));
  }

  private void apply(BackendConfig... backends) {
    checker.apply(List.of(backends));
    loop.runPendingTasks();
  }

  private void answer(int port, Outcome outcome) {
    Asked question =
        asked.stream().filter(each -> each.address().getPort() == port).findFirst().orElseThrow();
    asked.remove(question);
    question.done().accept(result(outcome));
    loop.runPendingTasks();
  }

  private void advance(long millis) {
    loop.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
    loop.runScheduledPendingTasks();
    loop.runPendingTasks();
  }

  private List<Integer> addresses() {
    return asked.stream().map(each -> each.address().getPort()).toList();
  }

  private static CheckResult result(Outcome outcome) {
    return new CheckResult(outcome, "said so", 0, Duration.ofMillis(7));
  }

  private static BackendConfig backend(
      String name, HealthCheckConfig check, ServerConfig... servers) {
    return new BackendConfig(
        name,
        List.of(servers),
        BackendConfig.Balance.LEAST_CONNECTIONS,
        Duration.ofSeconds(2),
        3,
        1,
        BackendConfig.AllDown.TRY_ANYWAY,
        Duration.ZERO,
        0,
        TcpConfig.DEFAULT,
        check);
  }

  private static ServerConfig server(String name, int port) {
    return new ServerConfig(
        name, address(port), 1, ServerConfig.Administrative.READY, Optional.empty());
  }

  private static InetSocketAddress address(int port) {
    try {
      return new InetSocketAddress(InetAddress.getByName("192.0.2.1"), port);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }
}
