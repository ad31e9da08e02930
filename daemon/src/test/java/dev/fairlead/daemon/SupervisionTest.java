package dev.fairlead.daemon;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.Configuration;
import dev.fairlead.config.FrontendConfig;
import dev.fairlead.config.Host;
import dev.fairlead.config.ListenerConfig;
import dev.fairlead.config.LogConfig;
import dev.fairlead.config.ReadResult;
import dev.fairlead.config.hocon.HoconReader;
import dev.fairlead.config.hocon.Json;
import dev.fairlead.daemon.admin.ControlClient;
import dev.fairlead.daemon.admin.ControlClient.Reply;
import dev.fairlead.daemon.admin.ShortTemporaryDirectory;
import dev.fairlead.daemon.log.Logging;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is known of servers beside their checks, in the whole process and on loopback. */
@Timeout(60)
class SupervisionTest {

  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final Echo one = new Echo("1");
  private final Echo two = new Echo("2");
  private Path directory = Path.of("");
  private Path socket = Path.of("");
  private @Nullable Daemon daemon;
  private volatile String text = "";

  @BeforeEach
  void choosePath(@TempDir(factory = ShortTemporaryDirectory.class) Path temporary) {
    directory = temporary;
    socket = temporary.resolve("control.sock");
  }

  @AfterEach
  void end() throws Exception {
    if (daemon != null) {
      daemon.stopAtOnce("test ends", 0);
      daemon.ended().get(20, TimeUnit.SECONDS);
      daemon.close();
    }
    one.close();
    two.close();
  }

  /** localhost is in everybody's /etc/hosts: the system's own resolver answers. */
  @Test
  void aServerMayBeAName() throws Exception {
    Daemon running =
        started(
            "servers { m = \"localhost:%d\" }, check = none".formatted(one.port())
                + ", resolve { family = ipv4, interval = 100ms }");
    assertThat(firstByte(running)).isEqualTo('1');
    assertThat(server(0))
        .containsEntry("name", "m-1")
        .containsEntry("address", "127.0.0.1:" + one.port());
    Eventually.that("it is asked again", () -> number(name(), "questions") > 2);
    assertThat(name()).containsEntry("addresses", List.of("127.0.0.1"));
    // A reload that changes nothing keeps the server and what it has counted.
    assertThat(ControlClient.ask(socket, "reload", LIMIT).text()).contains("nothing has changed");
    assertThat(server(0)).containsEntry("connections", 1);
    text = configuration("servers { m = \"127.0.0.1:%d\" }, check = none".formatted(two.port()));
    assertThat(ControlClient.ask(socket, "reload", LIMIT).succeeded()).isTrue();
    Eventually.that("the address is used", () -> firstByte(running) == '2');
    assertThat(server(0)).containsEntry("name", "m");
  }

  /** What operators change is told to those who check, too, and they know addresses only. */
  @Test
  void aServerOfANameIsCheckedAllTheSameWhenItWasChangedAtRunTime() throws Exception {
    started(
        "servers { m = \"localhost:%d\" }, check { type = tcp, interval = 100ms, fast-interval = 50ms }"
                .formatted(one.port())
            + ", resolve { family = ipv4, interval = 1h }");
    Eventually.that("it is up", () -> "UP".equals(server(0).get("health")));
    assertThat(ControlClient.ask(socket, "server set-weight api/m-1 7", LIMIT).succeeded())
        .isTrue();
    assertThat(server(0)).containsEntry("weight", 7).containsEntry("health", "UP");
    one.close();
    Eventually.that("it is dead", () -> "DEAD".equals(server(0).get("health")));
  }

  @Test
  void aNameThatNobodyKnowsIsSaid() throws Exception {
    started(
        "servers { m = \"no-such-host.invalid:1\", n = \"127.0.0.1:%d\" }, check = none"
            .formatted(one.port()));
    assertThat(server(0)).containsEntry("name", "n");
    assertThat(ControlClient.ask(socket, "status", LIMIT).text())
        .contains("name no-such-host.invalid: ");
  }

  @Test
  void anAgentMovesTheTraffic() throws Exception {
    AtomicReference<String> says = new AtomicReference<>("up 100%");
    try (ServerSocket agent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> answer(agent, says));
      Daemon running =
          started(
              """
              servers {
                m1 { address = "127.0.0.1:%d", weight = 10, agent-address = "127.0.0.1:%d" }
                m2 { address = "127.0.0.1:%d", weight = 10, agent-address = "127.0.0.1:1" }
              }
              check = none, balance = roundrobin
              agent { port = 9, interval = 50ms, timeout = 1s }
              """
                  .formatted(one.port(), agent.getLocalPort(), two.port()));
      says.set("drain");
      Eventually.that("it drains", () -> "DRAIN".equals(server(0).get("administrative")));
      for (int i = 0; i < 6; i++) {
        assertThat(firstByte(running)).isEqualTo('2');
      }
      says.set("ready 30% # half awake");
      Eventually.that("it has its share", () -> Integer.valueOf(3).equals(server(0).get("weight")));
      assertThat(server(0)).containsEntry("administrative", "READY");
      says.set("down");
      Eventually.that("it is down", () -> "UNREADY".equals(server(0).get("health")));
      assertThat(String.valueOf(server(0).get("agent"))).contains("last_answer=down");
      assertThat(String.valueOf(server(1).get("agent"))).contains("no answer: connection refused");
      // Without agents everything is as the file says.
      text =
          configuration(
              "servers { m1 { address = \"127.0.0.1:%d\", weight = 10 } }, check = none"
                  .formatted(one.port()));
      assertThat(ControlClient.ask(socket, "reload", LIMIT).succeeded()).isTrue();
      Eventually.that("it is up", () -> "UP".equals(server(0).get("health")));
      assertThat(server(0)).containsEntry("weight", 10);
      assertThat(firstByte(running)).isEqualTo('1');
    }
  }

  /** What an agent had asked for before a reload is no decision of people's after it. */
  @Test
  void aServerThatItsAgentOpensAgainAfterAReloadIsUsableToAll() throws Exception {
    List<String> log = new CopyOnWriteArrayList<>();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord line) {
            log.add(line.getMessage());
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    AtomicReference<String> says = new AtomicReference<>("drain");
    Logger logger = Logger.getLogger("dev.fairlead.health.HealthChecker");
    try (ServerSocket agent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> answer(agent, says));
      String backend =
          """
          servers { m1 { address = "127.0.0.1:%d", agent-address = "127.0.0.1:%d" } }
          check = none
          agent { port = 9, interval = 50ms, timeout = 1s }
          """
              .formatted(one.port(), agent.getLocalPort());
      started(backend);
      logger.addHandler(handler);
      logger.setLevel(Level.INFO);
      Eventually.that("it drains", () -> "DRAIN".equals(server(0).get("administrative")));
      text = configuration(backend + "connect-timeout = 3s\n");
      assertThat(ControlClient.ask(socket, "reload", LIMIT).succeeded()).isTrue();
      says.set("ready");
      Eventually.that("it is ready", () -> "READY".equals(server(0).get("administrative")));
      Eventually.that(
          "and counted: " + log, () -> log.contains("backend api has a usable server again"));
    } finally {
      logger.setLevel(null);
      logger.removeHandler(handler);
    }
  }

  @Test
  void aServerThatResetsItsClientsIsMarkedDown() throws Exception {
    try (ServerSocket resetting = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> resetAll(resetting));
      Daemon running =
          started(
              """
              servers { bad = "127.0.0.1:%d", good = "127.0.0.1:%d" }
              check { type = tcp, interval = 1h, fast-interval = 1h }
              balance = roundrobin
              observe { errors = 3, on-error = mark-down }
              """
                  .formatted(resetting.getLocalPort(), two.port()));
      Eventually.that(
          "both are up",
          () -> "UP".equals(server(0).get("health")) && "UP".equals(server(1).get("health")));
      Eventually.that(
          "it is down",
          () -> {
            ask(running);
            return "UNREADY".equals(server(0).get("health"));
          });
      assertThat(number(server(0), "early_resets")).isGreaterThanOrEqualTo(3);
      for (int i = 0; i < 6; i++) {
        assertThat(ask(running)).isEqualTo('2');
      }
    }
  }

  @Test
  void aProgramDecides() throws Exception {
    Path well = Files.createFile(directory.resolve("well"));
    started(
        """
        servers { m1 = "127.0.0.1:%d" }
        check {
          type = command, command = ["/bin/sh", "-c", "echo {port}; test -e %s"]
          interval = 100ms, fast-interval = 50ms, timeout = 10s
        }
        """
            .formatted(one.port(), well));
    Eventually.that("it is up", () -> "UP".equals(server(0).get("health")));
    assertThat(String.valueOf(server(0).get("last_check"))).contains("exit code 0: " + one.port());
    Files.delete(well);
    Eventually.that("it is unready", () -> "UNREADY".equals(server(0).get("health")));
    assertThat(String.valueOf(server(0).get("last_check"))).contains("COMMAND_FAILED");
  }

  private static void answer(ServerSocket agent, AtomicReference<String> says) {
    while (!agent.isClosed()) {
      try (Socket asked = agent.accept()) {
        asked.getOutputStream().write((says.get() + "\n").getBytes(US_ASCII));
      } catch (IOException e) {
        // Closed by the test, or the question was given up.
        continue;
      }
    }
  }

  private static void resetAll(ServerSocket server) {
    while (!server.isClosed()) {
      try (Socket client = server.accept()) {
        client.getInputStream().read();
        client.setSoLinger(true, 0);
      } catch (IOException e) {
        // Closed by the test, or a check, which leaves no trace.
        continue;
      }
    }
  }

  private Daemon started(String backend) throws Exception {
    text = configuration(backend);
    Daemon created =
        new Daemon(
            configurationOf(readNow()),
            new ConfigurationSource(List.of(Path.of("test.conf")), this::readNow),
            BuildFacts.load(),
            Logging.start(new LogConfig(LogConfig.Format.HUMAN, LogConfig.Level.ERROR)),
            Notify.from(Map.of()));
    daemon = created;
    created.start();
    return created;
  }

  private String configuration(String backend) {
    return """
    frontends.api { listen = "127.0.0.1:1", backend = api }
    backends.api {
    %s
    }
    admin { metrics = none, probes = none, control-socket = "%s" }
    event-loops = 1
    """
        .formatted(backend, socket);
  }

  private static Configuration configurationOf(ReadResult result) {
    assertThat(result).isInstanceOf(ReadResult.Valid.class);
    return ((ReadResult.Valid) result).configuration();
  }

  /** The kernel chooses the listener's port. */
  private ReadResult readNow() {
    return switch (new HoconReader(Host.OFFLINE, Map.of()).readText("test.conf", text)) {
      case ReadResult.Valid(Configuration read, var findings) ->
          new ReadResult.Valid(
              new Configuration(
                  read.frontends().stream().map(SupervisionTest::withAnyPort).toList(),
                  read.backends(),
                  read.virtualRouters(),
                  read.admin(),
                  read.log(),
                  read.process()),
              findings);
      case ReadResult.Invalid invalid -> invalid;
    };
  }

  private static FrontendConfig withAnyPort(FrontendConfig frontend) {
    return new FrontendConfig(
        frontend.name(),
        List.of(new ListenerConfig("127.0.0.1", 0)),
        frontend.backend(),
        frontend.maxConnections(),
        frontend.clientIdleTimeout(),
        frontend.halfClosedTimeout(),
        frontend.tcp(),
        frontend.backlog());
  }

  private static Socket connect(Daemon daemon) throws IOException {
    return new Socket(
        InetAddress.getLoopbackAddress(),
        daemon.snapshot().frontends().getFirst().listeners().getFirst().port());
  }

  private static int firstByte(Daemon daemon) throws IOException {
    try (Socket session = connect(daemon)) {
      return session.getInputStream().read();
    }
  }

  /** Sends a byte first; -1 when there is no answer. */
  private static int ask(Daemon daemon) {
    try (Socket session = connect(daemon)) {
      session.getOutputStream().write('x');
      return session.getInputStream().read();
    } catch (IOException e) {
      return -1;
    }
  }

  private Map<String, Object> status() throws IOException {
    Reply reply = ControlClient.ask(socket, "status json", LIMIT);
    assertThat(reply.succeeded()).isTrue();
    return Json.parse(reply.text());
  }

  private static long number(Map<String, Object> map, String key) {
    return map.get(key) instanceof Number number ? number.longValue() : -1;
  }

  @SuppressWarnings("unchecked") // the shape is what this test is about
  private Map<String, Object> name() throws IOException {
    return ((List<Map<String, Object>>) status().getOrDefault("names", List.of())).getFirst();
  }

  @SuppressWarnings("unchecked") // as above
  private Map<String, Object> server(int index) throws IOException {
    var backends = (List<Map<String, Object>>) status().getOrDefault("backends", List.of());
    return ((List<Map<String, Object>>) backends.getFirst().getOrDefault("servers", List.of()))
        .get(index);
  }
}
