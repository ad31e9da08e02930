package dev.fairlead.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.AgentConfig;
import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.config.HealthCheckConfig.Timing;
import dev.fairlead.config.ObserveConfig;
import dev.fairlead.config.ResolveConfig;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.config.SupervisionConfig;
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
      InetSocketAddress address,
      HealthCheckConfig check,
      boolean fresh,
      Consumer<CheckResult> done) {}

  private final EmbeddedChannel loop = new EmbeddedChannel();
  private final List<Asked> asked = new ArrayList<>();
  private final List<String> events = new ArrayList<>();
  private final List<String> checks = new ArrayList<>();
  private final List<String> log = new ArrayList<>();
  private final List<Throwable> broken = new ArrayList<>();
  private final List<Runnable> connections = new ArrayList<>();
  private final List<InetSocketAddress> closed = new ArrayList<>();
  private Runnable trap = () -> {};
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
          loop.eventLoop(),
          loop.eventLoop(),
          new Recorder(),
          broken::add,
          this::probe,
          this::agent,
          new SplittableRandom(1));

  private final class Recorder implements HealthChecker.Observer {
    @Override
    public void checked(String backend, String server, CheckResult result) {
      trap.run();
      checks.add(backend + "/" + server + " " + result.outcome());
    }

    @Override
    public void changed(
        String backend, String server, Health before, Health after, CheckResult reason) {
      events.add(backend + "/" + server + " " + before + " -> " + after);
    }

    @Override
    public void gone(String backend, String server) {
      events.add(backend + "/" + server + " gone");
    }

    @Override
    public void advised(String backend, String server, AgentAdvice advice) {
      events.add(
          "%s/%s advice: down %s, %s, weight %s, limit %s"
              .formatted(
                  backend,
                  server,
                  advice.down(),
                  advice.administrative().map(Enum::name).orElse("-"),
                  advice.weight(100),
                  advice.maxConnections()));
    }
  }

  private Probe probe(InetSocketAddress address, HealthCheckConfig check, Runnable connection) {
    connections.add(connection);
    return new Probe() {
      @Override
      public void run(boolean fresh, Consumer<CheckResult> done) {
        asked.add(new Asked(address, check, fresh, done));
      }

      @Override
      public void close() {
        closed.add(address);
      }
    };
  }

  private Probe agent(InetSocketAddress address, AgentConfig agent) {
    return (fresh, done) -> asked.add(new Asked(address, TCP, fresh, done));
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
  void aServerThatRefusesKeepsItsSessionsUntilItsHostIsSilentToo() {
    apply(backend("api", TCP, server("m1", 1)));
    answer(1, Outcome.OK);
    events.clear();
    advance(2000);
    for (int i = 0; i < 5; i++) {
      answer(1, Outcome.CONNECT_FAILED);
      advance(500);
    }
    assertThat(events).containsExactly("api/m1 UP -> DEAD");
    assertThat(checker.isGone("api", "m1")).isFalse();
    for (int i = 0; i < 4; i++) {
      answer(1, Outcome.CONNECT_TIMEOUT);
      advance(500);
    }
    answer(1, Outcome.CONNECT_FAILED);
    assertThat(events).containsExactly("api/m1 UP -> DEAD", "api/m1 gone");
    assertThat(checker.isGone("api", "m1")).isTrue();
    advance(500);
    answer(1, Outcome.UNEXPECTED_STATUS);
    assertThat(checker.isGone("api", "m1")).isFalse();
  }

  @Test
  void aFrozenServerIsGoneWhenItIsDead() {
    apply(backend("api", TCP, server("m1", 1)));
    answer(1, Outcome.OK);
    events.clear();
    advance(2000);
    answer(1, Outcome.RESPONSE_TIMEOUT);
    advance(500);
    answer(1, Outcome.RESPONSE_TIMEOUT);
    advance(500);
    assertThat(events).isEmpty();
    answer(1, Outcome.RESPONSE_TIMEOUT);
    assertThat(events).containsExactly("api/m1 UP -> DEAD", "api/m1 gone");
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
    assertThat(asked).extracting(Asked::check).containsExactly(other);
    old.done().accept(result(Outcome.CONNECT_FAILED));
    loop.runPendingTasks();
    assertThat(events).isEmpty();
    assertThat(checks).isEmpty();
    answer(1, Outcome.OK);
    assertThat(events).containsExactly("api/m1 UNKNOWN -> UP");
  }

  @Test
  void aRemovedServerIsNotHeardOfAgain() {
    apply(backend("api", TCP, server("m1", 1), server("m2", 2)));
    Asked removed = asked.removeFirst();
    apply(backend("api", TCP, server("m2", 2)));
    removed.done().accept(result(Outcome.OK));
    advance(5000);
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
                "api",
                "m1",
                Health.UP,
                result(Outcome.OK),
                2,
                Duration.ofSeconds(2),
                AgentAdvice.NONE));
  }

  @Test
  void theSameQuestionIsAskedOnceForAllWhoWantToKnow() {
    apply(
        backend("api", TCP, server("m1", 1), server("m2", 2)),
        backend("other", TCP, server("x1", 1)),
        backend("third", new HealthCheckConfig.Tcp(Timing.DEFAULT), server("y1", 1)));
    assertThat(addresses()).containsExactly(1, 2, 1);
    answer(1, Outcome.OK);
    answer(2, Outcome.OK);
    assertThat(events)
        .containsExactly("api/m1 UNKNOWN -> UP", "other/x1 UNKNOWN -> UP", "api/m2 UNKNOWN -> UP");
    // A doubt of one is a doubt of all, and still one check.
    asked.clear();
    advance(1000);
    checker.hint("other", "x1");
    loop.runPendingTasks();
    assertThat(addresses()).containsExactly(1);
  }

  @Test
  void whoJoinsAQuestionKnowsItsAnswerAtOnce() {
    apply(backend("api", TCP, server("m1", 1)));
    answer(1, Outcome.OK);
    apply(backend("api", TCP, server("m1", 1)), backend("other", TCP, server("x1", 1)));
    assertThat(events).containsExactly("api/m1 UNKNOWN -> UP", "other/x1 UNKNOWN -> UP");
    assertThat(asked).isEmpty();
    assertThat(checker.status()).extracting(HealthChecker.Status::lastResult).doesNotContainNull();
  }

  @Test
  void aSharedCheckLivesUntilItsLastServerHasGone() {
    apply(backend("api", TCP, server("m1", 1)), backend("other", TCP, server("x1", 1)));
    answer(1, Outcome.OK);
    apply(backend("other", TCP, server("x1", 1)));
    assertThat(closed).isEmpty();
    advance(2000);
    answer(1, Outcome.CONNECT_FAILED);
    assertThat(checks).containsExactly("api/m1 OK", "other/x1 OK", "other/x1 CONNECT_FAILED");
    apply(backend("other", TCP));
    assertThat(closed).containsExactly(address(1));
    advance(10_000);
    assertThat(asked).isEmpty();
  }

  @Test
  void aNewConnectionIsOpenedWheneverThereIsADoubt() {
    apply(backend("api", TCP, server("m1", 1)));
    assertThat(asked.getFirst().fresh()).isTrue();
    answer(1, Outcome.OK);
    advance(2000);
    assertThat(asked.getFirst().fresh()).isFalse();
    answer(1, Outcome.OK);
    advance(500);
    checker.hint("api", "m1");
    loop.runPendingTasks();
    assertThat(asked.getFirst().fresh()).isTrue();
    answer(1, Outcome.UNEXPECTED_STATUS);
    advance(500);
    assertThat(asked.getFirst().fresh()).as("while it is not settled").isTrue();
  }

  /** kill -9 and an immediate restart: no connect need fail, and the server is not ready. */
  @Test
  void aBrokenConnectionIsAHintAndTheNextNoMeansARestart() {
    apply(backend("api", TCP, server("m1", 1)));
    answer(1, Outcome.OK);
    advance(700);
    connections.getFirst().run();
    loop.runPendingTasks();
    answer(1, Outcome.UNEXPECTED_STATUS);
    assertThat(events).last().isEqualTo("api/m1 UP -> STARTING");
    advance(500);
    answer(1, Outcome.OK);
    assertThat(events).last().isEqualTo("api/m1 UP -> STARTING");
    advance(500);
    answer(1, Outcome.OK);
    assertThat(events).last().isEqualTo("api/m1 STARTING -> UP");
  }

  @Test
  void aProbeThatThrowsEndsItsCheckAndIsAskedAgain() {
    boolean[] throwing = {true};
    HealthChecker unlucky =
        new HealthChecker(
            loop.eventLoop(),
            loop.eventLoop(),
            new Recorder(),
            broken::add,
            (address, check, connection) ->
                (fresh, done) -> {
                  if (throwing[0]) {
                    throw new IllegalStateException("our bug");
                  }
                  done.accept(result(Outcome.OK));
                },
            this::agent,
            new SplittableRandom(1));
    unlucky.apply(List.of(backend("api", TCP, server("m1", 1))));
    loop.runPendingTasks();
    assertThat(checks).containsExactly("api/m1 NOT_RUN");
    assertThat(log)
        .containsExactly(
            "WARNING checks of backend api cannot run: internal error:"
                + " java.lang.IllegalStateException: our bug");
    throwing[0] = false;
    advance(500);
    assertThat(events).containsExactly("api/m1 UNKNOWN -> UP");
    assertThat(broken).isEmpty();
  }

  @Test
  void aCheckThatNeverEndsIsGivenUpAndAskedAgain() {
    apply(backend("api", TCP, server("m1", 1)));
    Asked lost = asked.removeFirst();
    // Twice its timeout, since the time for reading files comes on top, and five seconds.
    advance(8999);
    assertThat(checks).isEmpty();
    advance(1);
    assertThat(checks).containsExactly("api/m1 NOT_RUN");
    assertThat(asked).hasSize(1);
    lost.done().accept(result(Outcome.CONNECT_FAILED));
    loop.runPendingTasks();
    assertThat(checks).as("one check has one result").hasSize(1);
    answer(1, Outcome.OK);
    assertThat(events).containsExactly("api/m1 UNKNOWN -> UP");
  }

  @Test
  void whatADecisionThrowsIsReported() {
    apply(backend("api", TCP, server("m1", 1)));
    trap =
        () -> {
          throw new IllegalStateException("our bug");
        };
    answer(1, Outcome.OK);
    assertThat(broken).singleElement().isInstanceOf(IllegalStateException.class);
  }

  @Test
  void failingTrafficIsCountedAsConfigured() {
    apply(observing(ObserveConfig.OnError.FAIL_CHECK));
    answer(1, Outcome.OK);
    assertThat(checker.trafficFailed("api", "m1", 9)).isFalse();
    for (int check = 1; check < 3; check++) {
      assertThat(checker.trafficFailed("api", "m1", 10)).isTrue();
      assertThat(events).hasSize(1);
    }
    assertThat(checker.trafficFailed("api", "m1", 10)).isTrue();
    assertThat(events).last().isEqualTo("api/m1 UP -> UNREADY");
    assertThat(log)
        .contains(
            "WARNING server api/m1 is DOWN (unready): 10 connections of clients failed in a row, 3"
                + " failed in a row; 0 usable left");
    assertThat(checker.trafficFailed("api", "unknown", 10)).isFalse();
  }

  @Test
  void suddenDeathLeavesOneMoreChance() {
    apply(observing(ObserveConfig.OnError.SUDDEN_DEATH));
    answer(1, Outcome.OK);
    advance(1000);
    assertThat(checker.trafficFailed("api", "m1", 10)).isTrue();
    loop.runPendingTasks();
    assertThat(events).hasSize(1);
    answer(1, Outcome.CONNECT_TIMEOUT);
    assertThat(events).last().isEqualTo("api/m1 UP -> UNREADY");
  }

  @Test
  void markDownWaitsForNoCheckButChecksBringItBack() {
    apply(observing(ObserveConfig.OnError.MARK_DOWN));
    answer(1, Outcome.OK);
    advance(1000);
    assertThat(checker.trafficFailed("api", "m1", 10)).isTrue();
    assertThat(events).last().isEqualTo("api/m1 UP -> UNREADY");
    loop.runPendingTasks();
    answer(1, Outcome.OK);
    advance(500);
    answer(1, Outcome.OK);
    assertThat(events).last().isEqualTo("api/m1 UNREADY -> UP");
  }

  @Test
  void onErrorCheckOnlyChecks() {
    apply(observing(ObserveConfig.OnError.CHECK));
    answer(1, Outcome.OK);
    advance(1000);
    for (int i = 0; i < 5; i++) {
      assertThat(checker.trafficFailed("api", "m1", 10)).isTrue();
    }
    loop.runPendingTasks();
    assertThat(asked).hasSize(1);
    assertThat(events).hasSize(1);
  }

  @Test
  void withoutObserveFailingTrafficChangesNothing() {
    apply(backend("api", TCP, server("m1", 1)));
    answer(1, Outcome.OK);
    assertThat(checker.trafficFailed("api", "m1", 1000)).isFalse();
    assertThat(events).hasSize(1);
  }

  @Test
  void anAgentTakesAwayAndGivesBack() {
    apply(withAgent(backend("api", TCP, server("m1", 1))));
    assertThat(addresses()).containsExactly(1, 9999);
    answer(1, Outcome.OK);
    says("down # updating");
    assertThat(events)
        .containsExactly(
            "api/m1 UNKNOWN -> UP",
            "api/m1 UP -> UNREADY",
            "api/m1 advice: down true, -, weight 100, limit OptionalInt.empty");
    assertThat(log)
        .contains(
            "WARNING server api/m1 is DOWN (unready): the agent says down # updating, agent; 0"
                + " usable left");
    events.clear();
    advance(2000);
    // What the checks say does not bring it back, only the agent does.
    answer(1, Outcome.OK);
    assertThat(events).isEmpty();
    says("up 50% maxconn:7");
    assertThat(events)
        .containsExactly(
            "api/m1 UNREADY -> UP",
            "api/m1 advice: down false, -, weight 50, limit OptionalInt[7]");
  }

  @Test
  void anAgentThatSaysUpDoesNotBringUpADeadServer() {
    apply(withAgent(backend("api", TCP, server("m1", 1))));
    answer(1, Outcome.CONNECT_FAILED);
    says("up ready 100%");
    assertThat(checker.status())
        .extracting(HealthChecker.Status::health)
        .containsExactly(Health.DEAD);
  }

  @Test
  void anAgentThatIsGoneChangesNothing() {
    apply(withAgent(backend("api", TCP, server("m1", 1))));
    answer(1, Outcome.OK);
    says("drain 10%");
    assertThat(log).contains("SEVERE backend api has no usable server");
    events.clear();
    advance(1100);
    answer(9999, Outcome.CONNECT_FAILED);
    assertThat(events).isEmpty();
    assertThat(checker.status().getFirst().advice().lastAnswer()).isEqualTo("no answer: said so");
    advance(1100);
    assertThat(addresses()).contains(9999);
  }

  @Test
  void withoutItsAgentAServerIsAsConfigured() {
    apply(withAgent(backend("api", TCP, server("m1", 1))));
    answer(1, Outcome.OK);
    says("maint");
    events.clear();
    apply(backend("api", TCP, server("m1", 1)));
    assertThat(events)
        .containsExactly("api/m1 advice: down false, -, weight 100, limit OptionalInt.empty");
    advance(10_000);
    assertThat(addresses()).doesNotContain(9999);
  }

  @Test
  void anAgentThatIsAskedInAnotherWayIsTakenAtItsLastWord() {
    apply(withAgent(backend("api", TCP, server("m1", 1))));
    answer(1, Outcome.OK);
    says("drain 50%");
    events.clear();
    apply(withAgent(backend("api", TCP, server("m1", 1)), Duration.ofSeconds(9)));
    assertThat(events).isEmpty();
    // At once, and then in its own time.
    says("ready");
    assertThat(events)
        .containsExactly("api/m1 advice: down false, READY, weight 50, limit OptionalInt.empty");
    advance(8000);
    assertThat(addresses()).doesNotContain(9999);
    advance(2000);
    assertThat(addresses()).contains(9999);
  }

  @Test
  void aSharedAgentIsAskedOnce() {
    apply(
        withAgent(backend("api", TCP, server("m1", 1))),
        withAgent(backend("other", TCP, server("x1", 1))));
    assertThat(addresses()).containsExactly(1, 9999);
    says("50%");
    assertThat(events).hasSize(2).allMatch(event -> event.contains("weight 50"));
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

  private static BackendConfig observing(ObserveConfig.OnError onError) {
    return with(
        backend("api", TCP, server("m1", 1)),
        new SupervisionConfig(
            Optional.empty(), new ObserveConfig(10, onError), ResolveConfig.DEFAULT));
  }

  private static BackendConfig withAgent(BackendConfig backend) {
    return withAgent(backend, Duration.ofSeconds(1));
  }

  private static BackendConfig withAgent(BackendConfig backend, Duration interval) {
    AgentConfig agent = new AgentConfig(9999, interval, Duration.ofSeconds(1), Optional.empty());
    return with(
        backend,
        new SupervisionConfig(Optional.of(agent), ObserveConfig.OFF, ResolveConfig.DEFAULT));
  }

  private static BackendConfig with(BackendConfig backend, SupervisionConfig supervision) {
    return new BackendConfig(
        backend.name(),
        backend.servers(),
        backend.balance(),
        backend.connectTimeout(),
        backend.retries(),
        backend.redispatchAfter(),
        backend.allDown(),
        backend.serverIdleTimeout(),
        backend.closeRate(),
        backend.tcp(),
        backend.check(),
        backend.placement(),
        supervision);
  }

  private void says(String line) {
    Asked question =
        asked.stream().filter(each -> each.address().getPort() == 9999).findFirst().orElseThrow();
    asked.remove(question);
    question.done().accept(new CheckResult(Outcome.OK, line, 0, Duration.ofMillis(1)));
    loop.runPendingTasks();
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
