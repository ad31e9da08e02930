package dev.fairlead.config.hocon;

import static dev.fairlead.config.hocon.Reads.problems;
import static dev.fairlead.config.hocon.Reads.valid;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.CheckWay;
import dev.fairlead.config.Configuration;
import dev.fairlead.config.ConfigurationText;
import dev.fairlead.config.EntranceConfig;
import dev.fairlead.config.FrontendConfig;
import dev.fairlead.config.ListenerConfig;
import dev.fairlead.config.OutgoingConfig;
import dev.fairlead.config.OutgoingConfig.SendProxyConfig;
import dev.fairlead.config.OutgoingConfig.Source;
import dev.fairlead.config.ProxyVersion;
import dev.fairlead.config.ReadResult;
import dev.fairlead.config.SocketConfig;
import dev.fairlead.config.SourceLimitsConfig;
import dev.fairlead.config.UnixAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The keys of where connections come in and leave. */
class EdgeKeysTest {

  private static final FakeHost HOST = FakeHost.with("eth0 10.0.0.5/24");

  private static Configuration read(String frontend, String backend) {
    return valid(HOST, text(frontend, backend));
  }

  private static String text(String frontend, String backend) {
    return "frontends.f { backend = b, %s }\nbackends.b { servers.s = \"10.0.0.1:6443\", %s }"
        .formatted(frontend, backend);
  }

  private static FrontendConfig frontend(String keys) {
    return read(keys, "").frontends().getFirst();
  }

  private static BackendConfig backend(String keys) {
    return read("", keys).backends().getFirst();
  }

  @Test
  void what_nobody_asks_for_is_not_there() {
    assertThat(frontend("").entrance()).isEqualTo(EntranceConfig.NONE);
    assertThat(frontend("").entrance().isGuarded()).isFalse();
    assertThat(backend("").outgoing()).isEqualTo(OutgoingConfig.NONE);
    assertThat(backend("").outgoing().isPlain()).isTrue();
  }

  @Test
  void listeners_are_ports_ranges_and_unix_sockets() {
    assertThat(
            frontend(
                    "listen = [\"*:8000-8002\", \"[fd00::1]:9000-9000\", \"/run/a.sock\","
                        + " \"unix@/run/b.sock\", \"unix:@name\", \"abns@name\"]")
                .listeners())
        .containsExactly(
            new ListenerConfig("*", 8000),
            new ListenerConfig("*", 8001),
            new ListenerConfig("*", 8002),
            new ListenerConfig("fd00::1", 9000),
            new ListenerConfig("unix:/run/a.sock", 0),
            new ListenerConfig("unix:/run/b.sock", 0),
            new ListenerConfig("unix:@name", 0),
            new ListenerConfig("abns@name", 0));
    assertThat(frontend("v6only = true, listen = [\"*:1\", \"0.0.0.0:2\"]").listeners())
        .containsExactly(new ListenerConfig("::", 1), new ListenerConfig("0.0.0.0", 2));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"*:8010-8000\" | the lower one first",
        "\"*:1-65535\" | at most 1024 ports",
        "\"*:8000-99999\" | must be \"address:port\"",
        "\"unix:relative\" | a unix socket is unix:/path",
        "\"unix:\" | a unix socket is unix:/path"
      })
  void listeners_that_cannot_be(String listen, String message) {
    assertThat(problems(HOST, text("listen = " + listen, "")))
        .singleElement()
        .asString()
        .startsWith("f.conf:1: error: frontends.f.listen ")
        .contains(message);
  }

  @Test
  void a_unix_path_has_its_limits() {
    String path = "/run/" + "x".repeat(99);
    assertThat(problems(HOST, text("listen = \"unix:" + path + "\"", "")))
        .singleElement()
        .asString()
        .contains("at most 103 bytes");
    assertThat(problems(HOST, text("listen = \"unix:" + path.substring(1) + "\"", ""))).hasSize(1);
  }

  @Test
  void two_listeners_on_one_unix_socket_clash() {
    assertThat(problems(HOST, text("listen = [\"unix:/run/a\", \"/run/a\"]", "")))
        .singleElement()
        .asString()
        .contains("is unix:/run/a, but");
  }

  @Test
  void an_entrance_is_read_whole() {
    EntranceConfig entrance =
        frontend(
                """
                transparent = true, fast-open = 0, accept-proxy { on = true, from = "10.0.0.0/8",
                others = reject, timeout = 2s }, allow = ["10.0.0.0/8", "fd00::1"], deny = "10.1.0.0/16",
                socket { interface = eth0, dscp = af41, mark = "0xff" },
                source-limits { max-connections = 3, rate = 4, per = 1s, size = 5, ipv4-prefix = 24,
                ipv6-prefix = 48, when-full = reject }, unix { mode = "600", user = root, group = root }
                """)
            .entrance();
    assertThat(entrance.socket()).isEqualTo(new SocketConfig(Optional.of("eth0"), 34, 255));
    assertThat(entrance.transparent()).isTrue();
    assertThat(entrance.limits())
        .isEqualTo(
            new SourceLimitsConfig(
                3, 4, Duration.ofSeconds(1), 5, 24, 48, SourceLimitsConfig.WhenFull.REJECT));
    assertThat(entrance.unix())
        .isEqualTo(
            new EntranceConfig.UnixSocketConfig(0600, Optional.of("root"), Optional.of("root")));
    var accept = entrance.acceptProxy().orElseThrow();
    assertThat(accept.rejectOthers()).isTrue();
    assertThat(accept.timeout()).isEqualTo(Duration.ofSeconds(2));
    assertThat(accept.from().allows(InetAddress.ofLiteral("10.9.9.9"))).isTrue();
    assertThat(accept.from().allows(InetAddress.ofLiteral("11.0.0.1"))).isFalse();
    assertThat(entrance.access().allows(InetAddress.ofLiteral("10.1.0.1"))).isFalse();
    assertThat(entrance.access().allows(InetAddress.ofLiteral("10.2.0.1"))).isTrue();
    assertThat(entrance.access().allows(InetAddress.ofLiteral("fd00::2"))).isFalse();
    assertThat(frontend("accept-proxy = true").entrance().acceptProxy().orElseThrow().timeout())
        .isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void a_way_out_is_read_whole() {
    OutgoingConfig outgoing =
        backend(
                """
                source = ["10.0.0.5:20000-30000", "[::1]:20000-30000"]
                send-proxy { version = v2, tlvs = pass, crc32c = true, checks = always }
                socket { dscp = 46, mark = 7 }
                """)
            .outgoing();
    assertThat(outgoing.source())
        .isEqualTo(
            new Source(
                false,
                Optional.of(InetAddress.ofLiteral("10.0.0.5")),
                Optional.of(InetAddress.ofLiteral("::1")),
                20_000,
                30_000));
    assertThat(outgoing.sendProxy())
        .contains(new SendProxyConfig(ProxyVersion.V2, true, true, SendProxyConfig.Checks.ALWAYS));
    assertThat(outgoing.socket()).isEqualTo(new SocketConfig(Optional.empty(), 46, 7));
    assertThat(backend("source = client").outgoing().source().client()).isTrue();
    assertThat(backend("source = \"*:7-9\"").outgoing().source())
        .isEqualTo(new Source(false, Optional.empty(), Optional.empty(), 7, 9));
    assertThat(backend("send-proxy = v1").outgoing().sendProxy().orElseThrow().version())
        .isEqualTo(ProxyVersion.V1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "socket.dscp = 64 | | must be 0..63 or a class",
        "socket.mark = 4294967296 | | must be 0..4294967295",
        "socket.interface = eth7 | | must be an interface of this host, but is eth7",
        "unix.mode = 999 | | must be permissions such as",
        "unix.user = nobody-here | | must be a user here, but is nobody-here",
        "unix.group = nobody-here | | must be a group here, but is nobody-here",
        "allow = [\"10.0.0.0/33\"] | | must be a network or an address",
        "allow = [\"api.test\"] | | only numeric ones",
        "deny = \"file:/does/not/exist\" | | there is none",
        "accept-proxy.from = \"10.0.0.0/8\" | | is off (on = true",
        "accept-proxy.form = \"10.0.0.0/8\" | | did you mean from?",
        "source-limits.rat = 7 | | did you mean rate?",
        "listen = \"unix:/run/a\", allow = \"10.0.0.0/8\" | | have no address",
        "| source = nowhere | must be client, \"address\"",
        "| source = \"10.0.0.5:30-20\" | the lower port comes first",
        "| source = [client, \"10.0.0.5\"] | must be client alone",
        "| source = [\"10.0.0.5\", \"10.0.0.6\"] | one address for each family",
        "| source = \"10.0.0.77\" | not an address of this host now",
        "| send-proxy { version = v1, crc32c = true } | needs version = v2",
        "| send-proxy = v3 | one of none, v1, v2",
        "| send-proxy.checks = never | needs a version"
      })
  void what_cannot_be_is_said_where_it_stands(String frontend, String backend, String message) {
    String front = frontend == null ? "" : frontend;
    String back = backend == null ? "" : backend;
    assertThat(problems(HOST, text(front, back)))
        .anySatisfy(problem ->
            assertThat(problem)
                .startsWith(front.isEmpty() ? "f.conf:2: " : "f.conf:1: ")
                .contains(message));
  }

  @Test
  void files_hold_networks_and_bad_lines_are_named(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("allowed");
    Files.writeString(file, "# who may\n10.0.0.0/8\n\n fd00::1 # one\n");
    EntranceConfig entrance = frontend("allow = \"file:" + file + "\"").entrance();
    assertThat(entrance.access().allowed()).isEqualTo(2);
    assertThat(entrance.access().allows(InetAddress.ofLiteral("fd00::1"))).isTrue();
    Files.writeString(file, "10.0.0.0/8\n10.0.0.0/99\n");
    assertThat(problems(HOST, text("allow = \"file:" + file + "\"", "")))
        .singleElement()
        .asString()
        .startsWith(file + ":2: error: must be a network or an address")
        .endsWith("but is 10.0.0.0/99");
    Files.writeString(file, "10.0.0.0/8\r\n\r\nfd00::1 # as Windows ends lines\r\n");
    assertThat(frontend("allow = \"file:" + file + "\"").entrance().access().allowed())
        .isEqualTo(2);
  }

  /** With nothing allowed by name everybody is: that must not come of a file that was cut short. */
  @ParameterizedTest
  @ValueSource(strings = {"", "# nobody yet\n\n"})
  void a_file_without_a_network_lets_nobody_in(String content, @TempDir Path directory)
      throws IOException {
    Path file = Files.writeString(directory.resolve("allowed"), content);
    String list = "\"file:" + file + "\"";
    for (String key : List.of("allow", "accept-proxy.on = true, accept-proxy.from")) {
      assertThat(problems(HOST, text(key + " = " + list, "")))
          .singleElement()
          .asString()
          .startsWith("f.conf:1: error: ")
          .contains("must name a network, but " + file + " names none");
    }
    assertThat(frontend("allow = [\"10.0.0.0/8\", " + list + "]").entrance().access().allowed())
        .isEqualTo(1);
    assertThat(frontend("deny = " + list).entrance().access().isEverybody()).isTrue();
  }

  @Test
  void a_server_can_be_a_unix_socket() {
    BackendConfig backend =
        valid(
                HOST,
                "frontends.f.backend = b\nbackends.b { servers { s = \"unix:/run/s.sock\","
                    + " t { address = \"/run/t.sock\", weight = 3 } } }")
            .backends()
            .getFirst();
    assertThat(backend.servers())
        .allMatch(server -> server.isUnix() && !server.isNamed())
        .extracting(server -> UnixAddress.path(server.address().getHostString()))
        .containsExactly("/run/s.sock", "/run/t.sock");
  }

  @Test
  void checks_begin_with_a_header_where_they_go_to_the_server_itself() {
    BackendConfig auto = backend("send-proxy = v2");
    assertThat(CheckWay.of(auto.outgoing(), auto.servers().getFirst()).greeting())
        .contains(ProxyVersion.V2);
    BackendConfig elsewhere = backend("send-proxy = v2, check.port = 80");
    assertThat(CheckWay.of(elsewhere.outgoing(), elsewhere.servers().getFirst()).greeting())
        .isEmpty();
    BackendConfig always = backend("send-proxy { version = v1, checks = always }, check.port = 80");
    assertThat(CheckWay.of(always.outgoing(), always.servers().getFirst()).greeting())
        .contains(ProxyVersion.V1);
    BackendConfig never = backend("send-proxy { version = v1, checks = never }");
    assertThat(CheckWay.of(never.outgoing(), never.servers().getFirst()).greeting()).isEmpty();
  }

  @Test
  void the_text_says_what_differs_from_what_everybody_expects() {
    String text =
        ConfigurationText.of(
            read(
                "listen = [\"*:8000-8002\", \"*:9000\"], deny = \"10.1.0.0/16\", accept-proxy = true,"
                    + " source-limits.rate = 5, socket.mark = 7",
                "source = client, send-proxy = v1"));
    assertThat(text)
        .contains("frontend f listens on *:8000-8002, *:9000, leads")
        .contains("  lets in: everybody but 1 network\n")
        .contains("  PROXY protocol expected within 5s from everybody\n")
        .contains("at most 5 in 10s; 20480 clients known at once\n")
        .contains("  connections of clients: mark 0x7\n")
        .contains("  connections to servers: from the client's address\n")
        .contains("  PROXY protocol v1 sent first\n");
    assertThat(ConfigurationText.of(read("", ""))).doesNotContain("PROXY", "lets in", "sockets");
  }

  @Test
  void what_the_kernel_does_not_do_is_said() {
    FakeHost host = FakeHost.with("eth0 10.0.0.5/24");
    ReadResult result =
        new HoconReader(host, Map.of()).readText("f.conf", text("fast-open = 10", ""));
    int setting = host.tcpFastOpen();
    assertThat(problems(result)).hasSize((setting & 2) == 0 ? 1 : 0);
  }
}
