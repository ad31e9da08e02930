package dev.fairlead.config.hocon;

import static dev.fairlead.config.hocon.Reads.MASTERS;
import static dev.fairlead.config.hocon.Reads.NODE1;
import static dev.fairlead.config.hocon.Reads.SHORT;
import static dev.fairlead.config.hocon.Reads.messages;
import static dev.fairlead.config.hocon.Reads.problems;
import static dev.fairlead.config.hocon.Reads.valid;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.BackendConfig.Balance;
import dev.fairlead.config.Configuration;
import dev.fairlead.config.FrontendConfig;
import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.config.HealthCheckConfig.StatusRange;
import dev.fairlead.config.HealthCheckConfig.Timing;
import dev.fairlead.config.Host;
import dev.fairlead.config.IpText;
import dev.fairlead.config.ListenerConfig;
import dev.fairlead.config.Secret;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.config.TcpConfig;
import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.config.VirtualRouterConfig.GratuitousArp;
import dev.fairlead.config.VirtualRouterConfig.Transport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ShortFormTest {

  static Stream<Arguments> nodes() {
    return Stream.of(
        arguments("172.16.100.100", 100, List.of("172.16.100.120", "172.16.100.160")),
        arguments("172.16.100.120", 90, List.of("172.16.100.100", "172.16.100.160")),
        arguments("172.16.100.160", 80, List.of("172.16.100.100", "172.16.100.120")));
  }

  @ParameterizedTest
  @MethodSource("nodes")
  void each_node_finds_itself_its_priority_and_its_peers(
      String own, int priority, List<String> peers) {
    FakeHost host = FakeHost.with("eth0 192.168.7.1/24", "ens3 " + own + "/24");
    VirtualRouterConfig router = router(valid(host, SHORT), "vip");

    assertThat(router.interfaceName()).isEqualTo("ens3");
    assertThat(router.election().priority()).isEqualTo(priority);
    assertThat(peers(router)).isEqualTo(peers);
    // Others accept no advertisement from any other address that ens3 may have.
    assertThat(router.wire().sourceAddress().map(IpText::text)).contains(own);
  }

  @Test
  void three_lines_mean_what_the_manual_says() {
    Configuration configuration =
        valid(
            new HoconReader(NODE1, Map.of("VRRP_PASSWORD", "s3cret"))
                .readText("f.conf", SHORT + "password = ${?VRRP_PASSWORD}"));

    assertThat(configuration.frontends())
        .containsExactly(
            new FrontendConfig(
                "api",
                List.of(new ListenerConfig("*", 8443)),
                "api",
                0,
                Duration.ZERO,
                Duration.ofSeconds(60),
                TcpConfig.DEFAULT,
                4096));
    BackendConfig backend = configuration.backends().getFirst();
    assertThat(backend.servers())
        .extracting(ServerConfig::name, server -> IpText.text(server.address()))
        .containsExactly(
            tuple("172.16.100.100", "172.16.100.100:6443"),
            tuple("172.16.100.120", "172.16.100.120:6443"),
            tuple("172.16.100.160", "172.16.100.160:6443"));
    assertThat(backend.balance()).isEqualTo(Balance.LEAST_CONNECTIONS);
    assertThat(backend.connectTimeout()).isEqualTo(Duration.ofSeconds(2));
    assertThat(backend.retries()).isEqualTo(3);
    assertThat(backend.redispatchAfter()).isEqualTo(1);
    assertThat(backend.allDown()).isEqualTo(BackendConfig.AllDown.TRY_ANYWAY);
    assertThat(backend.closeRate()).isEqualTo(200);
    HealthCheckConfig.Http check = (HealthCheckConfig.Http) backend.check();
    assertThat(check.timing()).isEqualTo(Timing.DEFAULT);
    assertThat(check.tls().orElseThrow().caFile()).contains(FakeHost.CA);
    assertThat(check.path()).isEqualTo("/readyz");
    assertThat(check.fallbackPath()).contains("/healthz");
    assertThat(check.expectedStatuses()).containsExactly(new StatusRange(200, 200));
    assertThat(check.startupGrace()).isEqualTo(Duration.ofSeconds(60));

    VirtualRouterConfig router = router(configuration, "vip");
    assertThat(router.wire().version()).isEqualTo(2);
    assertThat(router.routerId()).isEqualTo(150);
    assertThat(router.wire().advertisementInterval()).isEqualTo(Duration.ofSeconds(1));
    assertThat(router.election().preempt()).isFalse();
    assertThat(router.election().preemptDelay()).isEqualTo(Duration.ofSeconds(10));
    assertThat(router.wire().password()).contains(new Secret("s3cret"));
    assertThat(router.addresses()).hasToString("[172.16.100.150/24]");
    assertThat(router.announcements()).isEqualTo(GratuitousArp.DEFAULT);
    assertThat(router.deadMan().addressLifetime()).isTrue();
    assertThat(router.resetSockets()).isTrue();
    assertThat(router.track())
        .isEqualTo(new VirtualRouterConfig.Track(List.of("api"), 1, Duration.ofSeconds(3)));

    assertThat(configuration.admin().metrics()).contains(new ListenerConfig("127.0.0.1", 8404));
    assertThat(configuration.admin().probes()).contains(new ListenerConfig("127.0.0.1", 8405));
    assertThat(configuration.admin().controlSocket())
        .isEqualTo(Path.of("/run/fairlead/fairlead.sock"));
    assertThat(configuration.process().drain()).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void a_keepalived_on_multicast_is_pointed_out() {
    assertThat(messages(NODE1, SHORT))
        .containsExactly(
            "f.conf:2: note: masters exchange VRRP by unicast, which a keepalived that uses"
                + " multicast does not hear (transport = multicast while migrating)");
    Configuration migrating = valid(NODE1, SHORT + "transport = multicast");
    assertThat(router(migrating, "vip").wire().transport()).isInstanceOf(Transport.Multicast.class);
    assertThat(messages(NODE1, SHORT + "transport = multicast")).isEmpty();
  }

  @Test
  void without_a_readable_ca_checks_are_unverified_with_one_warning() {
    FakeHost host = NODE1.withFiles();
    assertThat(problems(host, SHORT))
        .containsExactly(
            "f.conf:2: warning: check.ca-file is /etc/kubernetes/pki/ca.crt by default, which cannot"
                + " be read here: the servers' certificates are not verified (ca-file = none says"
                + " that this is meant)");
    assertThat(problems(host, SHORT + "check.ca-file = none")).isEmpty();
    assertThat(problems(host, SHORT + "check = tcp")).isEmpty();
  }

  @Test
  void a_node_that_is_no_master_is_told_its_addresses() {
    assertThat(problems(FakeHost.with("eth0 172.16.100.7/24", "eth0 fd00::7/64"), SHORT))
        .containsExactly(
            "f.conf:2: error: masters must contain exactly one address of this host, but contains"
                + " none; this host has 172.16.100.7/24 (eth0), fd00::7/64 (eth0) (node = ADDRESS"
                + " says which of the masters this node is)");
  }

  @Test
  void a_node_that_is_two_masters_is_told_which() {
    assertThat(problems(FakeHost.with("eth0 172.16.100.100/24", "eth1 172.16.100.120/24"), SHORT))
        .containsExactly(
            "f.conf:2: error: masters must contain exactly one address of this host, but contains"
                + " 172.16.100.100, 172.16.100.120; this host has 172.16.100.100/24 (eth0),"
                + " 172.16.100.120/24 (eth1) (node = ADDRESS says which of the masters this node"
                + " is)");
    FakeHost both = FakeHost.with("eth0 172.16.100.100/24", "eth1 172.16.100.120/24");
    VirtualRouterConfig router = router(valid(both, SHORT + "node = 172.16.100.120"), "vip");
    assertThat(router.election().priority()).isEqualTo(90);
    assertThat(router.interfaceName()).isEqualTo("eth1");
  }

  @Test
  void a_vip_left_over_from_an_earlier_run_confuses_nobody() {
    FakeHost host = FakeHost.with("eth0 172.16.100.150/24", "eth0 172.16.100.160/24");
    assertThat(router(valid(host, SHORT), "vip").election().priority()).isEqualTo(80);

    FakeHost elsewhere = FakeHost.with("eth0 10.0.0.1/24", "eth0 172.16.100.150/24");
    assertThat(problems(elsewhere, "vip = \"172.16.100.150/24\"\nmasters = [10.0.0.1, 10.0.0.2]"))
        .containsExactly(
            "f.conf:1: error: vip must be in a local network, but 172.16.100.150 is not, this host"
                + " has 10.0.0.1/24 (eth0) (if this is meant, name the interface)");
  }

  @Test
  void a_vip_outside_every_network_is_a_warning_when_the_interface_is_explicit() {
    String text = "vip = \"10.9.9.9\"\ninterface = eth0\n" + MASTERS;
    assertThat(problems(NODE1, text))
        .containsExactly(
            "f.conf:1: warning: vip is outside every local network: 10.9.9.9, this host has"
                + " 172.16.100.100/24 (eth0)");
    assertThat(router(valid(NODE1, text), "vip").addresses()).hasToString("[10.9.9.9/32]");
  }

  @Test
  void a_vip_that_ends_in_zero_needs_a_router_id() {
    assertThat(problems(NODE1, "vip = \"172.16.100.0/24\"\n" + MASTERS))
        .containsExactly(
            "f.conf:1: error: router-id must be given (1..255): the last byte of 172.16.100.0,"
                + " which it would be, is 0");
    assertThat(
            router(valid(NODE1, "router-id = 7\nvip = \"172.16.100.0/24\"\n" + MASTERS), "vip")
                .routerId())
        .isEqualTo(7);
  }

  @Test
  void two_families_make_two_virtual_routers() {
    FakeHost host = FakeHost.with("eth0 172.16.100.100/24", "eth0 fd00::100/64");
    String text =
        "vip = [\"172.16.100.150/24\", \"fd00::150/64\", \"172.16.100.151\"]\npassword = abc\n"
            + MASTERS;
    Configuration configuration = valid(host, text);

    VirtualRouterConfig ipv4 = router(configuration, "vip");
    assertThat(ipv4.addresses()).hasToString("[172.16.100.150/24, 172.16.100.151/32]");
    assertThat(ipv4.wire().version()).isEqualTo(2);
    assertThat(ipv4.wire().password()).isPresent();
    assertThat(ipv4.wire().transport()).isInstanceOf(Transport.Unicast.class);
    VirtualRouterConfig ipv6 = router(configuration, "vip6");
    assertThat(ipv6.addresses()).hasToString("[fd00::150/64]");
    assertThat(ipv6.ipv6()).isTrue();
    assertThat(ipv6.wire().version()).isEqualTo(3);
    assertThat(ipv6.routerId()).isEqualTo(0x50);
    assertThat(ipv6.wire().password()).isEmpty();
    assertThat(ipv6.wire().transport()).isInstanceOf(Transport.Multicast.class);
    assertThat(problems(host, text)).isEmpty();
    assertThat(messages(host, text))
        .contains(
            "f.conf:1: note: vip[1] is advertised by multicast: the masters have no IPv6 addresses"
                + " here");
  }

  @Test
  void ipv6_masters_are_peers_of_an_ipv6_vip() {
    FakeHost host = FakeHost.with("eth0 fd00::2/64", "eth0 fe80::1/64");
    Configuration configuration =
        valid(host, "vip = \"fd00::a/64\"\nmasters = [\"fd00::1\", \"fd00::2\", \"fd00::3\"]");
    VirtualRouterConfig router = router(configuration, "vip6");
    assertThat(peers(router)).containsExactly("fd00::1", "fd00::3");
    assertThat(router.wire().sourceAddress().map(IpText::text)).contains("fd00::2");
    assertThat(router.routerId()).isEqualTo(10);
    assertThat(configuration.backends().getFirst().servers())
        .extracting(server -> IpText.text(server.address()))
        .containsExactly("[fd00::1]:6443", "[fd00::2]:6443", "[fd00::3]:6443");
  }

  @Test
  void what_is_written_beside_it_counts() {
    String text =
        SHORT
            + """
            listen = ["127.0.0.1:9443", "[fd00::1]:9443"]
            server-port = 7443
            priority = 42
            preempt = yes
            preempt-delay = 3s
            version = 3
            advertisement-interval = 100ms
            check { interval = 5s, expect = ["200-299", 301] }
            defaults.backend { retries = 1, balance = roundrobin }
            defaults.tcp.user-timeout = 5s
            defaults.virtual-router.gratuitous-arp.refresh = 0
            log { format = json, level = debug }
            admin { metrics = none, probes = "*:9000" }
            """;
    Configuration configuration = valid(NODE1, text);

    FrontendConfig frontend = configuration.frontends().getFirst();
    assertThat(frontend.listeners()).hasToString("[127.0.0.1:9443, [fd00::1]:9443]");
    assertThat(frontend.tcp().userTimeout()).isEqualTo(Duration.ofSeconds(5));
    BackendConfig backend = configuration.backends().getFirst();
    assertThat(backend.servers().getFirst().address().getPort()).isEqualTo(7443);
    assertThat(backend.retries()).isEqualTo(1);
    assertThat(backend.balance()).isEqualTo(Balance.ROUND_ROBIN);
    assertThat(backend.tcp().userTimeout()).isEqualTo(Duration.ofSeconds(5));
    HealthCheckConfig.Http check = (HealthCheckConfig.Http) backend.check();
    assertThat(check.timing().interval()).isEqualTo(Duration.ofSeconds(5));
    assertThat(check.expectedStatuses())
        .containsExactly(new StatusRange(200, 299), new StatusRange(301, 301));
    VirtualRouterConfig router = router(configuration, "vip");
    assertThat(router.election().priority()).isEqualTo(42);
    assertThat(router.election().preempt()).isTrue();
    assertThat(router.election().preemptDelay()).isEqualTo(Duration.ofSeconds(3));
    assertThat(router.wire().version()).isEqualTo(3);
    assertThat(router.wire().advertisementInterval()).isEqualTo(Duration.ofMillis(100));
    assertThat(router.announcements().refresh()).isZero();
    assertThat(configuration.admin().metrics()).isEmpty();
    assertThat(configuration.admin().probes()).contains(new ListenerConfig("*", 9000));
    assertThat(configuration.log().format()).hasToString("JSON");
  }

  @Test
  void defaults_of_virtual_routers_reach_the_short_form() {
    VirtualRouterConfig router =
        router(
            valid(NODE1, SHORT + "defaults.virtual-router { transport = multicast, priority = 7 }"),
            "vip");
    assertThat(router.wire().transport()).isInstanceOf(Transport.Multicast.class);
    assertThat(router.election().priority()).isEqualTo(7);
  }

  @Test
  void a_long_form_frontend_may_stand_beside_it() {
    Configuration configuration =
        valid(
            NODE1,
            SHORT
                + """
                frontends.etcd.listen = "127.0.0.1:2379"
                backends.etcd.servers = ["172.16.100.100:2379"]
                """);
    assertThat(configuration.frontends())
        .extracting(FrontendConfig::name)
        .containsExactly("api", "etcd");
    assertThat(router(configuration, "vip").track().frontends()).containsExactly("api", "etcd");
  }

  @Test
  void what_it_defines_cannot_be_defined_again() {
    String text =
        SHORT
            + """
            frontends { api { listen = "*:9443" } }
            backends { api { servers = ["10.0.0.1:6443"] } }
            virtual-routers { vip { addresses = ["172.16.100.151/24"] } }
            """;
    assertThat(problems(NODE1, text))
        .containsExactly(
            "f.conf:3: error: frontends.api is already defined by the short form (masters, vip)"
                + " (choose another name, or write everything in the long form)",
            "f.conf:4: error: backends.api is already defined by the short form (masters, vip)"
                + " (choose another name, or write everything in the long form)",
            "f.conf:5: error: virtual-routers.vip is already defined by the short form (masters,"
                + " vip) (choose another name, or write everything in the long form)");
  }

  @Test
  void it_needs_masters() {
    assertThat(problems(NODE1, "vip = \"172.16.100.150/24\""))
        .containsExactly(
            "f.conf:1: error: masters must be given with vip, which is the short form (masters ="
                + " [\"10.0.0.1\", \"10.0.0.2\", \"10.0.0.3\"])");
  }

  @Test
  void without_a_vip_there_is_no_virtual_router_and_no_identity() {
    FakeHost stranger = FakeHost.with("eth0 10.0.0.1/24");
    assertThat(valid(stranger, MASTERS).virtualRouters()).isEmpty();
    assertThat(problems(stranger, MASTERS + "priority = 3\npassword = abc"))
        .containsExactly(
            "f.conf:2: warning: priority has no effect without vip",
            "f.conf:3: warning: password has no effect without vip");
  }

  @Test
  void offline_nothing_is_asked_of_this_host() {
    assertThat(messages(Host.OFFLINE, SHORT + "password = \"file:/nonexistent\""))
        .containsExactly(
            "f.conf:2: note: masters are read as on the first of them, 172.16.100.100, since nothing"
                + " is asked of this host",
            "f.conf:2: note: masters exchange VRRP by unicast, which a keepalived that uses"
                + " multicast does not hear (transport = multicast while migrating)");
    assertThat(
            router(valid(Host.OFFLINE, SHORT + "node = 172.16.100.160"), "vip")
                .election()
                .priority())
        .isEqualTo(80);
  }

  @Test
  void the_api_servers_own_port_is_taken_on_a_master() {
    assertThat(problems(NODE1, SHORT + "listen = \"*:6443\""))
        .containsExactly(
            "f.conf:3: error: listen is *:6443, where server 172.16.100.100 of backend api listens"
                + " itself (choose another port)");
  }

  @Test
  void a_vip_that_is_a_master_and_masters_that_repeat_are_refused() {
    assertThat(
            problems(
                NODE1,
                "vip = \"172.16.100.120/24\"\n"
                    + "masters = [172.16.100.100, 172.16.100.120, 172.16.100.100, \"fd00::1\"]"))
        .containsExactly(
            "f.conf:1: error: vip must be an address of its own, but 172.16.100.120 is one of the"
                + " masters",
            "f.conf:2: error: masters[2] must name each master once, but repeats 172.16.100.100",
            "f.conf:2: error: masters[3] must be of the same family as the first master, but is"
                + " fd00::1");
  }

  private static VirtualRouterConfig router(Configuration configuration, String name) {
    return configuration.virtualRouters().stream()
        .filter(router -> router.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static List<String> peers(VirtualRouterConfig router) {
    return ((Transport.Unicast) router.wire().transport())
        .peers().stream().map(IpText::text).toList();
  }
}
