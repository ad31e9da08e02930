package dev.fairlead.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fairlead.config.AdminConfig;
import dev.fairlead.config.Configuration;
import dev.fairlead.config.FrontendConfig;
import dev.fairlead.config.Host;
import dev.fairlead.config.ListenerConfig;
import dev.fairlead.config.LogConfig;
import dev.fairlead.config.ReadResult;
import dev.fairlead.config.hocon.HoconReader;
import dev.fairlead.config.hocon.Json;
import dev.fairlead.daemon.Participant.RefusedException;
import dev.fairlead.daemon.admin.ControlClient;
import dev.fairlead.daemon.admin.ControlClient.Reply;
import dev.fairlead.daemon.admin.ShortTemporaryDirectory;
import dev.fairlead.daemon.log.Logging;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole process, on loopback, with the real modules and without a virtual router. */
@Timeout(60)
class DaemonTest {

  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final Echo first = new Echo("1");
  private final Echo second = new Echo("2");
  private final List<Daemon> daemons = new ArrayList<>();

  private Path socket = Path.of("");

  /** What a reload reads. */
  private volatile String text = "";

  @BeforeEach
  void choosePath(@TempDir(factory = ShortTemporaryDirectory.class) Path temporary) {
    socket = temporary.resolve("control.sock");
    text = configuration(first);
  }

  @AfterEach
  void endAll() throws Exception {
    for (Daemon daemon : daemons) {
      daemon.stopAtOnce("test ends", 0);
      daemon.ended().get(20, TimeUnit.SECONDS);
      daemon.close();
    }
    first.close();
    second.close();
  }

  @Test
  void servesAndTellsAboutIt() throws Exception {
    text = text.replace("event-loops = 1", "event-loops = 3");
    Daemon daemon = started();
    assertThat((List<?>) status().get("event_loops")).hasSize(3);
    assertThat(firstByte(daemon)).isEqualTo('1');
    Eventually.that("the server is UP", () -> "UP".equals(server(0).get("health")));

    assertThat(status())
        .containsEntry("phase", "RUNNING")
        .containsEntry("version", BuildFacts.load().version());
    assertThat(server(0)).containsEntry("connections", 1).containsEntry("administrative", "READY");
    Reply table = ControlClient.ask(socket, "status", LIMIT);
    assertThat(table.text()).contains("ACCEPTING", "UP", "test.conf").doesNotContain("\u001b[");
    assertThat(ControlClient.ask(socket, "status colour", LIMIT).text()).contains("\u001b[32mUP");
    assertThat(table.text().lines()).allMatch(line -> line.length() <= 80);

    assertThat(get(daemon, "/metrics"))
        .contains("fairlead_frontend_connections_total{frontend=\"api\"} 1.0");
    assertThat(get(daemon, "/readyz?verbose")).endsWith("[+]frontend api ok\nok\n");
    assertThat(get(daemon, "/livez?verbose")).contains("[+]loop control ok", "[+]loop probes ok");
  }

  @Test
  void aReloadChangesServersAndKeepsSessions() throws Exception {
    Daemon daemon = started();
    try (Socket session = connect(daemon)) {
      assertThat(session.getInputStream().read()).isEqualTo('1');
      text = configuration(second);
      Reply reply = ControlClient.ask(socket, "reload", LIMIT);
      assertThat(reply.text()).startsWith("reloaded in ");
      assertThat(reply.succeeded()).isTrue();
      Eventually.that("new sessions go to the new server", () -> firstByte(daemon) == '2');

      session.getOutputStream().write('x');
      assertThat(session.getInputStream().read()).isEqualTo('x');
    }
    assertThat(String.valueOf(status().get("configuration"))).contains("succeeded=true");
    assertThat(get(daemon, "/metrics"))
        .contains("fairlead_reloads_total{result=\"succeeded\"} 1.0");
  }

  @Test
  void aReloadLeadsAFrontendToAnotherBackend() throws Exception {
    String both =
        configuration(first)
            + "backends.other.servers = [\"127.0.0.1:%d\"]\n".formatted(second.port());
    text = both;
    Daemon daemon = started();
    assertThat(firstByte(daemon)).isEqualTo('1');
    text = both + "frontends.api.backend = other\n";
    assertThat(ask("reload").succeeded()).isTrue();
    assertThat(firstByte(daemon)).isEqualTo('2');
  }

  @Test
  void eachSessionHasALineInTheAccessLogWhereverAReloadPutsIt() throws Exception {
    Path one = socket.resolveSibling("one.log");
    Path two = socket.resolveSibling("two.log");
    text = logging(one, "tcplog");
    Daemon daemon = started();
    assertThat(firstByte(daemon)).isEqualTo('1');
    Eventually.that("there is a line", () -> Files.readString(one).lines().count() == 1);
    assertThat(Files.readString(one))
        .matches(
            "127\\.0\\.0\\.1:[0-9]+ \\[[^]]+\\] api api/127\\.0\\.0\\.1:[0-9]+ 0/[0-9]+/[0-9]+ 1"
                + " (--|CD) 1/1/0/0/0 0/0\n");

    text = logging(two, "json");
    assertThat(ask("reload").succeeded()).isTrue();
    assertThat(firstByte(daemon)).isEqualTo('1');
    Eventually.that("there is a line", () -> Files.readString(two).lines().count() == 1);
    assertThat(Json.parse(Files.readString(two)))
        .containsEntry("frontend", "api")
        .containsEntry("client", "127.0.0.1")
        .containsEntry("bytes_to_client", 1);
    assertThat(Files.readString(one).lines()).hasSize(1);
    assertThat(get(daemon, "/metrics"))
        .contains("fairlead_access_log_lines_total{frontend=\"api\"} 2.0");
    assertThat(ask("status").text()).contains("ACCESS LOG OF", two.toString());

    text = configuration(first);
    assertThat(ask("reload").succeeded()).isTrue();
    assertThat(firstByte(daemon)).isEqualTo('1');
    assertThat(ask("status").text()).doesNotContain("ACCESS LOG OF");
    assertThat(Files.readString(two).lines()).hasSize(1);
  }

  /** The writer gathers lines for 20 ms, and a process that ends at once is gone before. */
  @Test
  void anEndAtOnceStillWritesTheLinesThatWait() throws Exception {
    Path file = socket.resolveSibling("access.log");
    text = logging(file, "tcplog");
    Daemon daemon = started();
    for (int i = 0; i < 5; i++) {
      assertThat(firstByte(daemon)).isEqualTo('1');
    }
    Eventually.that("the sessions have ended", () -> daemon.snapshot().resources().sessions() == 0);
    daemon.stopAtOnce("a second signal", 0);
    daemon.ended().get(20, TimeUnit.SECONDS);
    assertThat(Files.readString(file).lines()).hasSize(5);
  }

  @Test
  void anAccessLogThatNobodyReadsHoldsUpNobody() throws Exception {
    Path pipe = socket.resolveSibling("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    text = logging(pipe, "json").replace("format = json", "format = json, buffer = 64");
    Daemon daemon = started();
    for (int i = 0; i < 300; i++) {
      assertThat(firstByte(daemon)).isEqualTo('1');
    }
    Eventually.that(
        "what does not fit is counted",
        () -> {
          double lost = 0;
          for (String line : get(daemon, "/metrics").lines().toList()) {
            if (line.startsWith("fairlead_access_log_lost_lines_total{")
                && line.contains("buffer_full")) {
              lost = Double.parseDouble(line.substring(line.indexOf('}') + 1));
            }
          }
          // Beside those in the ring: what the writer has taken before it opened the pipe.
          return lost > 0 && lost <= 300 - 64;
        });
    assertThat(ask("status").text()).contains("ACCESS LOG OF");
  }

  private String logging(Path file, String format) {
    return configuration(first)
        + "defaults.frontend.access-log { to = \"file:%s\", format = %s }\n"
            .formatted(file, format);
  }

  @Test
  void weightAndStateOfAServerCanBeChangedWhileItRuns() throws Exception {
    text = two();
    Daemon daemon = started();
    String second = "127.0.0.1:" + this.second.port();
    assertThat(ask("server drain api/" + second).text())
        .isEqualTo("server api/" + second + ": drain, weight 1\n");
    for (int i = 0; i < 6; i++) {
      assertThat(firstByte(daemon)).isEqualTo('1');
    }
    assertThat(server(1))
        .containsEntry("administrative", "DRAIN")
        .containsEntry("configured_administrative", "READY");
    assertThat(ask("status").text()).contains(second + ": drain set at run time, the file says");
    assertThat(get(daemon, "/metrics"))
        .contains("server_administrative_state{backend=\"api\",server=\"" + second)
        .containsPattern("administrative_state\\{[^}]*" + second + "\",state=\"drain\"} 1");

    assertThat(ask("server set-weight api/" + second + " 200").text()).contains("weight 200");
    assertThat(ask("reload").succeeded()).isTrue();
    assertThat(server(1)).as("after a reload").containsEntry("weight", 200);
    text = two().replace("weight = 1", "weight = 9");
    assertThat(ask("reload").succeeded()).isTrue();
    assertThat(server(1))
        .as("the file says something else")
        .containsEntry("weight", 9)
        .containsEntry("administrative", "DRAIN");
    assertThat(ask("server reset api/" + second).text()).contains("ready, weight 9");

    assertThat(ask("server maint api/nobody").text())
        .isEqualTo(
            "backend api has no server nobody; it has 127.0.0.1:%d, %s\n"
                .formatted(first.port(), second));
    assertThat(ask("server maint nowhere/m1").text())
        .isEqualTo("there is no backend nowhere; there is api\n");
    assertThat(ask("server paint api/m1").text()).startsWith("unknown request");
  }

  @Test
  void maintenanceOfTheLastServerIsKnownToAll() throws Exception {
    Daemon daemon = started();
    assertThat(firstByte(daemon)).isEqualTo('1');
    try (Socket session = connect(daemon)) {
      assertThat(session.getInputStream().read()).isEqualTo('1');
      ask("server maint api/127.0.0.1:" + first.port());
      Eventually.that("its session is closed", () -> isOver(session));
    }
    assertThat(status().toString()).contains("usable_servers=0");
    ask("server ready api/127.0.0.1:" + first.port());
    Eventually.that("it is back", () -> firstByte(daemon) == '1');
  }

  @Test
  void clientsThatStickCanBeShownSetAndCleared() throws Exception {
    text = two().replace("balance = roundrobin", "balance = roundrobin, stick-table = 1k");
    Daemon daemon = started();
    int first = firstByte(daemon);
    for (int i = 0; i < 4; i++) {
      assertThat(firstByte(daemon)).isEqualTo(first);
    }
    String own = "127.0.0.1:" + (first == '1' ? this.first : second).port();
    String other = "127.0.0.1:" + (first == '1' ? second : this.first).port();
    assertThat(ask("stick show api 100").text())
        .startsWith("1 of 1024 clients of backend api stick to a server\n127.0.0.1 ")
        .contains(own)
        // Of 30 minutes, in whole seconds that may not have begun.
        .containsPattern("forgotten in (29m5|30m0)");
    assertThat(ask("stick set api 127.0.0.1 " + other).succeeded()).isTrue();
    assertThat(firstByte(daemon)).isNotEqualTo(first);
    Map<String, Object> shown = Json.parse(ask("stick show api 100 json").text());
    assertThat(shown).containsEntry("used", 1).containsEntry("size", 1024);
    assertThat(String.valueOf(shown.get("clients")))
        .contains("client=127.0.0.1", "server=" + other);
    assertThat(ask("status").text()).contains("stick table: 1 of 1024 clients");
    assertThat(get(daemon, "/metrics")).contains("fairlead_stick_table_used{backend=\"api\"} 1.0");

    assertThat(ask("reload").succeeded()).isTrue();
    assertThat(ask("stick clear api client 127.0.0.1").text())
        .as("it has outlived the reload")
        .isEqualTo("127.0.0.1 is forgotten\n");
    assertThat(ask("stick clear api client 127.0.0.1").succeeded()).isFalse();
    firstByte(daemon);
    assertThat(ask("stick clear api").text()).isEqualTo("1 client(s) are forgotten\n");
    assertThat(ask("stick set api 127.0.0.1 m9").text()).startsWith("backend api has no server m9");

    text = two();
    assertThat(ask("reload").succeeded()).isTrue();
    assertThat(ask("stick show api 5").text()).contains("has no stick table (stick-table.size)");
  }

  private Reply ask(String line) throws IOException {
    return ControlClient.ask(socket, line, LIMIT);
  }

  private static boolean isOver(Socket session) {
    try {
      return session.getInputStream().read() < 0;
    } catch (IOException e) {
      return true;
    }
  }

  /** Two servers, the second one with a weight of its own to change. */
  private String two() {
    return configuration(first)
        .replace(
            "servers = [\"127.0.0.1:%d\"]".formatted(first.port()),
            "balance = roundrobin, servers = [\"127.0.0.1:%d\",".formatted(first.port())
                + " { address = \"127.0.0.1:%d\", weight = 1 }]".formatted(second.port()));
  }

  @Test
  void aReloadThatFailsChangesNothing() throws Exception {
    Daemon daemon = started();
    text = configuration(second) + "\nfrontends.api.listne = 3\n";
    Reply reply = ControlClient.ask(socket, "reload", LIMIT);
    assertThat(reply.succeeded()).isFalse();
    assertThat(reply.text())
        .contains("test.conf:", "listne", "did you mean listen?")
        .endsWith("reload failed: the configuration has errors; the old one stays in force\n");
    assertThat(firstByte(daemon)).isEqualTo('1');
  }

  @Test
  void aReloadThatCannotBindItsNewListenerChangesNothing() throws Exception {
    Daemon daemon = started();
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      text =
          configuration(second)
              + "frontends.more { listen = \"127.0.0.1:%d\", backend = api }\n"
                  .formatted(taken.getLocalPort());
      Reply reply = ControlClient.ask(socket, "reload", LIMIT);
      assertThat(reply.succeeded()).isFalse();
      assertThat(reply.text()).contains("cannot listen on 127.0.0.1:" + taken.getLocalPort());
    }
    assertThat(firstByte(daemon)).isEqualTo('1');
  }

  @Test
  void aReloadChangesWhatAnAdminListenerServes() throws Exception {
    Daemon daemon = started();
    assertThat(get(daemon, "/readyz")).isEqualTo("ok\n");
    text = configuration(first).replace("probes = \"127.0.0.1:3\"", "probes = none");
    assertThat(ControlClient.ask(socket, "reload", LIMIT).succeeded()).isTrue();
    assertThat(get(daemon, "/readyz")).isEqualTo("not found; here are:\n/metrics\n");
  }

  /** The file may be another one by now, and wrong. */
  @Test
  void whatIsInForceIsShown() throws Exception {
    Daemon daemon = started();
    String before = checksum(daemon);
    assertThat(ask("status configuration").text())
        .contains("backend api: least connections, connect timeout 2s, retries 3,");
    text = configuration(first) + "backends.api.connect-timeout = 0\n";
    assertThat(ask("reload").succeeded()).isFalse();
    assertThat(ask("status configuration").text()).contains("connect timeout 2s");
    assertThat(checksum(daemon)).isEqualTo(before);
    text = configuration(first) + "backends.api.connect-timeout = 7s\nevent-loops = 5\n";
    assertThat(ask("reload").succeeded()).isTrue();
    assertThat(ask("status configuration").text())
        .contains("connect timeout 7s", "event loops: 1,");
    assertThat(String.valueOf(status().get("configuration"))).contains("connect timeout 7s");
    assertThat(checksum(daemon)).isNotEqualTo(before);
  }

  private static String checksum(Daemon daemon) throws IOException {
    return get(daemon, "/metrics")
        .lines()
        .filter(line -> line.startsWith("fairlead_configuration_checksum "))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aReloadNamesWhatNeedsARestart() throws Exception {
    started();
    text = configuration(first) + "event-loops = 3\n";
    Reply reply = ControlClient.ask(socket, "reload", LIMIT);
    assertThat(reply.succeeded()).isTrue();
    assertThat(reply.text()).contains("event-loops stays 1 until a restart");
  }

  @Test
  void aStopLetsSessionsDrainAndRefusesNewOnes() throws Exception {
    Daemon daemon = started();
    int port = port(daemon);
    try (Socket session = connect(daemon)) {
      assertThat(session.getInputStream().read()).isEqualTo('1');
      daemon.stop("test");
      Eventually.that("new connections are refused", () -> isRefused(port));
      assertThat(get(daemon, "/readyz")).contains("[-]the process is STOPPING");
      Reply reload = ControlClient.ask(socket, "reload", LIMIT);
      assertThat(reload.succeeded()).isFalse();
      assertThat(reload.text()).isEqualTo("reload refused: the process is STOPPING\n");
      session.getOutputStream().write('x');
      assertThat(session.getInputStream().read()).isEqualTo('x');
      assertThat(daemon.ended()).isNotDone();
    }
    assertThat(daemon.ended().get(20, TimeUnit.SECONDS)).isZero();
    assertThat(socket).doesNotExist();
  }

  @Test
  void aSecondProcessOnTheSameControlSocketIsRefused() throws Exception {
    started();
    assertThatThrownBy(this::started)
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(
            "another fairlead is running (pid %d)".formatted(ProcessHandle.current().pid()));
  }

  @Test
  void aPortInUseIsRefusedAtStart() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      text = configuration(first).replace("127.0.0.1:2", "127.0.0.1:" + taken.getLocalPort());
      assertThatThrownBy(this::started)
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("cannot listen on 127.0.0.1:" + taken.getLocalPort());
    }
    assertThat(socket).doesNotExist();
  }

  @Test
  void anErrorWhereNoneMayBeEndsTheProcess() throws Exception {
    Daemon daemon = started();
    daemon.broken(new IllegalStateException("a broken promise"));
    assertThat(daemon.ended().get(20, TimeUnit.SECONDS)).isEqualTo(1);
  }

  // ---- the process ----

  private Daemon started() throws Exception {
    ConfigurationSource source =
        new ConfigurationSource(List.of(Path.of("test.conf")), this::readNow);
    if (!(source.read() instanceof ReadResult.Valid valid)) {
      throw new AssertionError(source.read().findings());
    }
    Daemon daemon =
        new Daemon(
            valid.configuration(),
            source,
            BuildFacts.load(),
            Logging.start(new LogConfig(LogConfig.Format.HUMAN, LogConfig.Level.WARN)),
            Notify.from(Map.of()));
    daemons.add(daemon);
    daemon.start();
    return daemon;
  }

  private String configuration(Echo server) {
    return """
    frontends.api { listen = "127.0.0.1:2", backend = api }
    backends.api {
      servers = ["127.0.0.1:%d"]
      check { type = tcp, interval = 100ms, fast-interval = 50ms, timeout = 1s }
    }
    admin { metrics = "127.0.0.1:1", probes = "127.0.0.1:3", control-socket = "%s" }
    event-loops = 1
    """
        .formatted(server.port(), socket);
  }

  private ReadResult readNow() {
    return switch (new HoconReader(Host.OFFLINE, Map.of()).readText("test.conf", text)) {
      case ReadResult.Valid(Configuration configuration, var findings) ->
          new ReadResult.Valid(withFreePorts(configuration), findings);
      case ReadResult.Invalid invalid -> invalid;
    };
  }

  /** Ports 1 to 3 of the text mean any: the kernel chooses, so that nothing can be in the way. */
  private static Configuration withFreePorts(Configuration read) {
    Function<ListenerConfig, ListenerConfig> free =
        listener -> listener.port() <= 3 ? new ListenerConfig(listener.address(), 0) : listener;
    return new Configuration(
        read.frontends().stream()
            .map(one ->
                new FrontendConfig(
                        one.name(),
                        one.listeners().stream().map(free).toList(),
                        one.backend(),
                        one.maxConnections(),
                        one.clientIdleTimeout(),
                        one.halfClosedTimeout(),
                        one.tcp(),
                        one.backlog())
                    .with(one.entrance())
                    .with(one.accessLog()))
            .toList(),
        read.backends(),
        read.virtualRouters(),
        new AdminConfig(
            read.admin().metrics().map(free),
            read.admin().probes().map(free),
            read.admin().controlSocket()),
        read.log(),
        read.process());
  }

  private Map<String, Object> status() throws IOException {
    Reply reply = ControlClient.ask(socket, "status json", LIMIT);
    assertThat(reply.succeeded()).isTrue();
    return Json.parse(reply.text());
  }

  @SuppressWarnings("unchecked") // the shape is what this test is about
  private Map<String, Object> server(int index) throws IOException {
    var backends = (List<Map<String, Object>>) status().getOrDefault("backends", List.of());
    return ((List<Map<String, Object>>) backends.getFirst().getOrDefault("servers", List.of()))
        .get(index);
  }

  private static int port(Daemon daemon) {
    return daemon.snapshot().frontends().getFirst().listeners().getFirst().port();
  }

  private static Socket connect(Daemon daemon) throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), port(daemon));
  }

  private static int firstByte(Daemon daemon) throws IOException {
    try (Socket session = connect(daemon)) {
      return session.getInputStream().read();
    }
  }

  private static boolean isRefused(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.getInputStream().read() < 0;
    } catch (IOException e) {
      return true;
    }
  }

  private static String get(Daemon daemon, String path) throws IOException {
    InetSocketAddress address = daemon.adminAddresses().getFirst();
    URLConnection connection =
        URI.create("http://127.0.0.1:" + address.getPort() + path).toURL().openConnection();
    if (connection instanceof HttpURLConnection http && http.getResponseCode() >= 400) {
      try (var error = http.getErrorStream()) {
        return new String(error.readAllBytes(), UTF_8);
      }
    }
    try (var in = connection.getInputStream()) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }
}
