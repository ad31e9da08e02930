package dev.fairlead.config.hocon;

import static dev.fairlead.config.hocon.Reads.NODE1;
import static dev.fairlead.config.hocon.Reads.messages;
import static dev.fairlead.config.hocon.Reads.problems;
import static dev.fairlead.config.hocon.Reads.valid;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.fairlead.config.AdminConfig;
import dev.fairlead.config.AgentConfig;
import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.BackendConfig.AllDown;
import dev.fairlead.config.BackendConfig.Balance;
import dev.fairlead.config.Configuration;
import dev.fairlead.config.DataPath;
import dev.fairlead.config.FrontendConfig;
import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.config.HealthCheckConfig.StatusRange;
import dev.fairlead.config.HealthCheckConfig.Timing;
import dev.fairlead.config.HealthCheckConfig.TlsSettings;
import dev.fairlead.config.HookConfig;
import dev.fairlead.config.IpText;
import dev.fairlead.config.ListenerConfig;
import dev.fairlead.config.LogConfig;
import dev.fairlead.config.ObserveConfig;
import dev.fairlead.config.PlacementConfig;
import dev.fairlead.config.ProcessConfig;
import dev.fairlead.config.QueueConfig;
import dev.fairlead.config.RaceConfig;
import dev.fairlead.config.RebalanceConfig;
import dev.fairlead.config.ResolveConfig;
import dev.fairlead.config.Secret;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.config.ServerConfig.Administrative;
import dev.fairlead.config.StickTableConfig;
import dev.fairlead.config.SupervisionConfig;
import dev.fairlead.config.TcpConfig;
import dev.fairlead.config.TrackConfig;
import dev.fairlead.config.TrackConfig.Key;
import dev.fairlead.config.TrackConfig.Kind;
import dev.fairlead.config.TrackedItem;
import dev.fairlead.config.TrackedItem.Effect.Resign;
import dev.fairlead.config.TrackedItem.Effect.Weight;
import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.config.VirtualRouterConfig.ArpForm;
import dev.fairlead.config.VirtualRouterConfig.Checksum;
import dev.fairlead.config.VirtualRouterConfig.DeadMan;
import dev.fairlead.config.VirtualRouterConfig.Election;
import dev.fairlead.config.VirtualRouterConfig.GratuitousArp;
import dev.fairlead.config.VirtualRouterConfig.InitialState;
import dev.fairlead.config.VirtualRouterConfig.LeaseFilter;
import dev.fairlead.config.VirtualRouterConfig.Scope;
import dev.fairlead.config.VirtualRouterConfig.Track;
import dev.fairlead.config.VirtualRouterConfig.Transport;
import dev.fairlead.config.VirtualRouterConfig.VirtualAddress;
import dev.fairlead.config.VirtualRouterConfig.Wire;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LongFormTest {

  private static final FakeHost HOST =
      FakeHost.with("eth0 172.16.100.100/24", "eth1 10.0.0.5/16")
          .withFiles(Path.of("/ca"), Path.of("/crt"), Path.of("/key"), Path.of("/token"));

  /** Every key there is, with a value that is not its default. */
  static final String EVERYTHING =
      """
      frontends {
        in {
          listen = ["10.0.0.5:9443", "*:9444"]
          backend = out
          max-connections = 2k
          client-idle-timeout = 1h
          half-closed-timeout = 0
          backlog = 100
          tcp {
            keepalive = false
            keepalive-idle = 1m
            keepalive-interval = 5s
            keepalive-probes = 7
            user-timeout = 0
            delayed-acks = false
          }
        }
      }
      backends {
        out {
          servers {
            b { address = "10.0.0.1:1", weight = 5, state = drain, check-address = "10.1.0.1:2" }
            a {
              address = 10.0.0.2, port = 3, weight = 0, state = maintenance
              check-port = 77, agent-address = "10.1.0.2"
              backup = true, max-connections = 30
            }
            c = "[fd00::3]:4"
          }
          balance = roundrobin
          slow-start = 12s
          max-connections = 40
          queue { size = 17, timeout = 3s, leave-on-end = false }
          stick-table {
            size = 200k
            expire = 5m
            ipv4-prefix = 24
            ipv6-prefix = 64
            server-down = return
            server-full = redispatch
          }
          connect-timeout = 750ms
          retries = 0
          redispatch-after = 2
          all-down = refuse
          server-idle-timeout = 2h
          close-rate = 0
          race {
            mode = connect, min-delay = 20ms, max-delay = 40ms, servers = 4, budget = 5%
            avoid = 3s, avoid-max = 6s, slow-answer = 700ms
          }
          rebalance { rate = 7, tolerance = 25%, min-age = 1m, min-idle = 2s }
          tcp { keepalive-probes = 9 }
          check {
            type = https
            port = 99
            path = /health
            fallback-path = /old
            host = example.org
            expect = [204, "300-399"]
            ca-file = /ca
            server-name = api.example.org
            client-certificate = /crt
            client-key = /key
            bearer-token-file = /token
            interval = 3s
            fast-interval = 300ms
            timeout = 1s
            rise = 1
            fall = 5
            jitter = 0.25
            checks-per-connection = 3
            startup-grace = 10s
          }
          agent { port = 9707, interval = 4s, timeout = 600ms, send = "hello" }
          observe { errors = 20, on-error = mark-down }
          resolve { interval = 1m, hold = 0, family = ipv6, max-addresses = 5 }
        }
      }
      virtual-routers {
        main {
          addresses = [
            {
              address = "172.16.100.150/24", label = "eth0:vip", interface = eth1
              scope = link, advertised = true
            }
            "172.16.100.151/24"
            { address = "fd00::9/64", advertised = false }
          ]
          interface = eth0
          version = 2
          router-id = 51
          priority = 200
          advertisement-interval = 3s
          preempt = true
          preempt-delay = 0
          startup-delay = 7s
          initial-state = master
          sync-group = pair
          transport = unicast
          peers = [172.16.100.120]
          source-address = 172.16.100.100
          password = hunter2
          min-hop-limit = 64
          gratuitous-arp {
            count = 3
            second-delay = 0
            refresh = 10s
            repeat-delay = 2s
            heartbeat = 0
            form = both
            router-flag = true
            defend = false
          }
          address-lifetime = false
          lease-filter = always
          clock-jump-is-pause = false
          reset-sockets = false
          track {
            frontends = [in]
            min-usable-servers = 2
            max-event-loop-stall = 1s
            interfaces = [eth1, { name = eth0, weight = -20 }]
            scripts = [chk]
            files = { name = drain, weight = 1 }
            processes = [{ name = etcd, weight = 30 }]
          }
          peer-priorities = [190, 180]
        }
      }
      track-scripts.chk {
        command = [/bin/sh, -c, "exit 0"]
        user = root
        interval = 5s
        timeout = 3s
        rise = 3
        fall = 4
      }
      track-files.drain { path = /run/drain, means = integer, interval = 500ms }
      track-processes.etcd {
        executable = etcd
        arguments = ["--name", m1]
        minimum = 2
        maximum = 3
        interval = 2s
        rise = 5
        fall = 6
      }
      hooks {
        tell {
          routers = main
          on = [master, stop]
          command = "/bin/sh -x"
          keepalived-arguments = true
          user = root
          timeout = 2s
          retries = 5
          backoff = 100ms
        }
        post {
          webhook = "https://example.org/x?token=1"
          ca-file = /ca
          bearer-token-file = /token
        }
      }
      process { realtime = true, lock-memory = true }
      admin {
        metrics = "10.0.0.5:1000"
        probes = "[::]:1001"
        control-socket = /tmp/s
      }
      log { format = json, level = trace }
      event-loops = 3
      data-path = io-uring
      shutdown.drain = 9s
      """;

  @Test
  void every_key_arrives() throws Exception {
    TcpConfig clientSide =
        new TcpConfig(false, Duration.ofMinutes(1), Duration.ofSeconds(5), 7, Duration.ZERO, false);
    TcpConfig serverSide =
        new TcpConfig(
            true, Duration.ofSeconds(30), Duration.ofSeconds(10), 9, Duration.ofSeconds(60), true);
    HealthCheckConfig check =
        new HealthCheckConfig.Http(
            new Timing(
                Duration.ofSeconds(3), Duration.ofMillis(300), Duration.ofSeconds(1), 1, 5, 0.25),
            Optional.of(
                new TlsSettings(
                    Optional.of(Path.of("/ca")),
                    Optional.of(Path.of("/crt")),
                    Optional.of(Path.of("/key")),
                    Optional.of("api.example.org"))),
            "/health",
            Optional.of("/old"),
            Optional.of("example.org"),
            List.of(new StatusRange(204, 204), new StatusRange(300, 399)),
            Optional.of(Path.of("/token")),
            3,
            Duration.ofSeconds(10));
    assertThat(valid(HOST, EVERYTHING))
        .isEqualTo(
            new Configuration(
                List.of(
                    new FrontendConfig(
                        "in",
                        List.of(
                            new ListenerConfig("10.0.0.5", 9443), new ListenerConfig("*", 9444)),
                        "out",
                        2048,
                        Duration.ofHours(1),
                        Duration.ZERO,
                        clientSide,
                        100)),
                List.of(
                    new BackendConfig(
                        "out",
                        List.of(
                            new ServerConfig(
                                "b",
                                socket("10.0.0.1", 1),
                                5,
                                Administrative.DRAIN,
                                Optional.of(socket("10.1.0.1", 2))),
                            new ServerConfig(
                                "a",
                                socket("10.0.0.2", 3),
                                0,
                                Administrative.MAINTENANCE,
                                Optional.of(socket("10.0.0.2", 77)),
                                true,
                                30,
                                Optional.of(socket("10.1.0.2", 9707))),
                            new ServerConfig(
                                "c",
                                socket("fd00::3", 4),
                                1,
                                Administrative.READY,
                                Optional.of(socket("fd00::3", 99)))),
                        Balance.ROUND_ROBIN,
                        Duration.ofMillis(750),
                        0,
                        2,
                        AllDown.REFUSE,
                        Duration.ofHours(2),
                        0,
                        serverSide,
                        check,
                        new PlacementConfig(
                            Duration.ofSeconds(12),
                            40,
                            new QueueConfig(17, Duration.ofSeconds(3), false),
                            Optional.of(
                                new StickTableConfig(
                                    204_800,
                                    Duration.ofMinutes(5),
                                    24,
                                    64,
                                    StickTableConfig.ServerDown.RETURN,
                                    StickTableConfig.ServerFull.REDISPATCH)),
                            new RaceConfig(
                                RaceConfig.Mode.CONNECT,
                                Duration.ofMillis(20),
                                Duration.ofMillis(40),
                                4,
                                0.05,
                                Duration.ofSeconds(3),
                                Duration.ofSeconds(6),
                                Duration.ofMillis(700)),
                            new RebalanceConfig(
                                7, 0.25, Duration.ofMinutes(1), Duration.ofSeconds(2))),
                        new SupervisionConfig(
                            Optional.of(
                                new AgentConfig(
                                    9707,
                                    Duration.ofSeconds(4),
                                    Duration.ofMillis(600),
                                    Optional.of("hello"))),
                            new ObserveConfig(20, ObserveConfig.OnError.MARK_DOWN),
                            new ResolveConfig(
                                Duration.ofMinutes(1),
                                Duration.ZERO,
                                ResolveConfig.Family.IPV6,
                                5)))),
                List.of(
                    new VirtualRouterConfig(
                        "main",
                        "eth0",
                        false,
                        51,
                        new Election(
                            200,
                            true,
                            Duration.ZERO,
                            Duration.ofSeconds(7),
                            InitialState.MASTER,
                            Optional.of("pair")),
                        new Wire(
                            2,
                            Duration.ofSeconds(3),
                            new Transport.Unicast(List.of(ip("172.16.100.120"))),
                            Optional.of(ip("172.16.100.100")),
                            Optional.of(new Secret("hunter2")),
                            Checksum.RFC5798,
                            64),
                        List.of(
                            new VirtualAddress(
                                ip("172.16.100.150"),
                                24,
                                Optional.of("eth0:vip"),
                                Optional.of("eth1"),
                                Scope.LINK,
                                true),
                            new VirtualAddress(
                                ip("172.16.100.151"), 24, Optional.empty(), Optional.empty()),
                            new VirtualAddress(
                                ip("fd00::9"),
                                64,
                                Optional.empty(),
                                Optional.empty(),
                                Scope.GLOBAL,
                                false)),
                        new GratuitousArp(
                            3,
                            Duration.ZERO,
                            Duration.ofSeconds(10),
                            Duration.ofSeconds(2),
                            Duration.ZERO,
                            ArpForm.BOTH,
                            true,
                            false),
                        new DeadMan(false, LeaseFilter.ALWAYS, false),
                        false,
                        new Track(
                            List.of("in"),
                            2,
                            Duration.ofSeconds(1),
                            List.of(
                                new TrackedItem(new Key(Kind.INTERFACE, "eth1"), new Resign()),
                                new TrackedItem(new Key(Kind.INTERFACE, "eth0"), new Weight(-20)),
                                new TrackedItem(new Key(Kind.SCRIPT, "chk"), new Resign()),
                                new TrackedItem(new Key(Kind.FILE, "drain"), new Weight(1)),
                                new TrackedItem(new Key(Kind.PROCESS, "etcd"), new Weight(30)))))),
                List.of(
                    new TrackConfig.Script(
                        "chk",
                        List.of("/bin/sh", "-c", "exit 0"),
                        Optional.of("root"),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(3),
                        3,
                        4),
                    new TrackConfig.WatchedFile(
                        "drain",
                        Path.of("/run/drain"),
                        TrackConfig.WatchedFile.Meaning.INTEGER,
                        Duration.ofMillis(500)),
                    new TrackConfig.Processes(
                        "etcd",
                        "etcd",
                        List.of("--name", "m1"),
                        2,
                        3,
                        Duration.ofSeconds(2),
                        5,
                        6)),
                List.of(
                    new HookConfig(
                        "tell",
                        List.of("main"),
                        Set.of(HookConfig.State.MASTER, HookConfig.State.STOP),
                        new HookConfig.Action.Command(
                            List.of("/bin/sh", "-x"), true, Optional.of("root")),
                        Duration.ofSeconds(2),
                        5,
                        Duration.ofMillis(100)),
                    new HookConfig(
                        "post",
                        List.of("main"),
                        Set.of(HookConfig.State.values()),
                        new HookConfig.Action.Webhook(
                            new Secret("https://example.org/x?token=1"),
                            Optional.of(Path.of("/ca")),
                            Optional.of(Path.of("/token"))),
                        Duration.ofSeconds(10),
                        2,
                        Duration.ofSeconds(1))),
                new AdminConfig(
                    Optional.of(new ListenerConfig("10.0.0.5", 1000)),
                    Optional.of(new ListenerConfig("*", 1001)),
                    Path.of("/tmp/s")),
                new LogConfig(LogConfig.Format.JSON, LogConfig.Level.TRACE),
                new ProcessConfig(3, Duration.ofSeconds(9), true, true, DataPath.IO_URING)));
    assertThat(messages(HOST, EVERYTHING))
        .containsExactly(
            "f.conf:%d: warning: virtual-routers.main is alone in the sync group pair, which does nothing"
                .formatted(lineOf("  main {")));
  }

  private static int lineOf(String text) {
    return EVERYTHING.lines().toList().indexOf(text) + 1;
  }

  @Test
  void defaults_change_what_everything_inherits() {
    Configuration configuration =
        valid(
            NODE1,
            """
            defaults {
              frontend.max-connections = 10
              backend { retries = 9, check { type = none } }
              server { port = 7, weight = 20 }
            }
            frontends { a { listen = "*:1", backend = x }, b { listen = "*:2", backend = x, max-connections = 5 } }
            backends.x.servers = [10.0.0.1, { address = 10.0.0.2, weight = 3 }]
            """);
    assertThat(configuration.frontends())
        .extracting(FrontendConfig::maxConnections)
        .containsExactly(10, 5);
    BackendConfig backend = configuration.backends().getFirst();
    assertThat(backend.retries()).isEqualTo(9);
    assertThat(backend.check()).isEqualTo(new HealthCheckConfig.Disabled());
    assertThat(backend.servers())
        .extracting(ServerConfig::name, ServerConfig::weight)
        .containsExactly(tuple("10.0.0.1:7", 20), tuple("10.0.0.2:7", 3));
  }

  @Test
  void a_backend_is_checked_by_tcp_unless_it_says_otherwise() {
    assertThat(check("")).isEqualTo(new HealthCheckConfig.Tcp(Timing.DEFAULT));
    assertThat(check("check = none")).isEqualTo(new HealthCheckConfig.Disabled());
    assertThat(check("check { type = tls, ca-file = none }"))
        .isEqualTo(new HealthCheckConfig.Tls(Timing.DEFAULT, TlsSettings.UNVERIFIED));
    HealthCheckConfig.Http http = (HealthCheckConfig.Http) check("check = http");
    assertThat(http.tls()).isEmpty();
    assertThat(http.path()).isEqualTo("/readyz");
    assertThat(http.fallbackPath()).contains("/healthz");
  }

  @Test
  void placement_has_short_words_and_the_queue_waits_as_long_as_a_connect() {
    PlacementConfig placement = placement("connect-timeout = 7s, stick-table = 1k, queue = 5");
    assertThat(placement.slowStart()).isEqualTo(Duration.ofSeconds(30));
    assertThat(placement.queue()).isEqualTo(new QueueConfig(5, Duration.ofSeconds(7), true));
    assertThat(placement.stickTable())
        .contains(
            new StickTableConfig(
                1024,
                Duration.ofMinutes(30),
                32,
                128,
                StickTableConfig.ServerDown.REDISPATCH,
                StickTableConfig.ServerFull.WAIT));
    assertThat(placement("").stickTable()).isEmpty();
    assertThat(placement("stick-table = 0").stickTable()).isEmpty();
    assertThat(placement("").queue().timeout()).isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void first_needs_servers_that_can_be_full() {
    assertThat(
            problems(
                NODE1,
                "frontends.x {}\nbackends.x { servers = [10.0.0.1, 10.0.0.2], balance = first }"))
        .containsExactly(
            "f.conf:2: warning: backends.x.servers[0] has no max-connections: with balance = first"
                + " the servers after it are used only while it is down");
    assertThat(
            problems(
                NODE1,
                "frontends.x {}\nbackends.x { balance = first, servers = ["
                    + "{ address = 10.0.0.1, max-connections = 9 }, 10.0.0.2] }"))
        .isEmpty();
  }

  private static PlacementConfig placement(String line) {
    String text = "frontends.x {}\nbackends.x { servers = [\"10.0.0.1:1\"]\n" + line + "\n}";
    return valid(NODE1, text).backends().getFirst().placement();
  }

  @Test
  void a_path_of_ones_own_has_no_fallback() {
    HealthCheckConfig.Http http =
        (HealthCheckConfig.Http) check("check { type = http, path = /health }");
    assertThat(http.fallbackPath()).isEmpty();
  }

  private static HealthCheckConfig check(String line) {
    String text = "frontends.x {}\nbackends.x { servers = [\"10.0.0.1:1\"]\n" + line + "\n}";
    return valid(NODE1, text).backends().getFirst().check();
  }

  @Test
  void servers_keep_the_order_of_the_file() {
    StringBuilder text = new StringBuilder("frontends.x {}\nbackends.x.servers {\n");
    for (int i = 20; i > 0; i--) {
      text.append("  s").append(i).append(" = \"10.0.0.").append(i).append(":1\"\n");
    }
    assertThat(valid(NODE1, text + "}").backends().getFirst().servers())
        .extracting(ServerConfig::name)
        .startsWith("s20", "s19", "s18")
        .endsWith("s2", "s1");
  }

  @Test
  void the_interface_is_the_one_whose_network_holds_the_address() {
    assertThat(router(HOST, "addresses = \"10.0.9.9/16\"").interfaceName()).isEqualTo("eth1");
    assertThat(problems(HOST, "virtual-routers.r { addresses = \"192.168.1.1/24\" }"))
        .containsExactly(
            "f.conf:1: error: virtual-routers.r.interface must be given: 192.168.1.1 is outside"
                + " every local network, this host has 172.16.100.100/24 (eth0), 10.0.0.5/16"
                + " (eth1)");
    FakeHost twice = FakeHost.with("eth0 10.0.0.1/24", "eth1 10.0.0.2/24");
    assertThat(problems(twice, "virtual-routers.r { addresses = \"10.0.0.9/24\" }"))
        .containsExactly(
            "f.conf:1: error: virtual-routers.r.interface must be given: 10.0.0.9 is in the networks"
                + " of eth0, eth1");
  }

  @Test
  void a_node_that_is_its_only_peer_is_warned() {
    String alone = "addresses = \"172.16.100.150/24\", peers = [172.16.100.100]";
    assertThat(messages(HOST, "virtual-routers.r { " + alone + " }"))
        .contains(
            "f.conf:1: warning: virtual-routers.r.peers names this node only: nobody can take over"
                + " the addresses");
    assertThat(
            messages(HOST, "virtual-routers.r { " + alone.replace("]", ", 172.16.100.120]") + " }"))
        .noneMatch(message -> message.contains("names this node only"));
  }

  @Test
  void peers_make_it_unicast_and_this_node_is_not_its_own_peer() {
    String peers = "addresses = \"172.16.100.150/24\", peers = [172.16.100.100, 172.16.100.120]";
    assertThat(router(HOST, peers).wire().transport())
        .isEqualTo(new Transport.Unicast(List.of(ip("172.16.100.120"))));
    assertThat(router(HOST, peers).wire().sourceAddress()).contains(ip("172.16.100.100"));
    assertThat(router(HOST, peers + ", transport = multicast").wire().sourceAddress()).isEmpty();
    assertThat(messages(HOST, "virtual-routers.r { " + peers + " }"))
        .containsExactly(
            "f.conf:1: note: virtual-routers.r.peers[0] is this node itself, and is left out");
    assertThat(router(HOST, "addresses = \"172.16.100.150/24\"").wire().transport())
        .isEqualTo(new Transport.Multicast());
    assertThat(router(HOST, peers + ", transport = multicast").wire().transport())
        .isEqualTo(new Transport.Multicast());
  }

  @Test
  void an_ipv6_router_speaks_version_3() {
    FakeHost host = FakeHost.with("eth0 fd00::1/64");
    VirtualRouterConfig router =
        router(host, "addresses = \"fd00::150/64\", advertisement-interval = 40950ms");
    assertThat(router.wire().version()).isEqualTo(3);
    assertThat(router.wire().advertisementInterval()).isEqualTo(Duration.ofMillis(40_950));
  }

  @Test
  void several_hundred_addresses_do_not_fit_into_an_advertisement() {
    assertThat(problems(FakeHost.with("eth0 10.0.0.1/8"), many("10.1.%d.%d/8", 255))).isEmpty();
    assertThat(problems(FakeHost.with("eth0 10.0.0.1/8"), many("10.1.%d.%d/8", 256)))
        .containsExactly(
            "f.conf:1: error: virtual-routers.r.addresses[255] does not fit into an advertisement:"
                + " 256 addresses, but at most 255");
    assertThat(problems(FakeHost.with("eth0 fd00::1/16"), many("fd00::%d:1%d/64", 90))).isEmpty();
    assertThat(problems(FakeHost.with("eth0 fd00::1/16"), many("fd00::%d:1%d/64", 91)))
        .containsExactly(
            "f.conf:1: error: virtual-routers.r.addresses[90] does not fit into an advertisement: 91"
                + " addresses, but at most 90");
  }

  private static String many(String format, int count) {
    StringBuilder text = new StringBuilder("virtual-routers.r { router-id = 1, addresses = [");
    for (int i = 0; i < count; i++) {
      text.append('"').append(String.format(Locale.ROOT, format, i / 100, i % 100)).append("\",");
    }
    return text + "] }";
  }

  @Test
  void the_owner_of_an_address_has_it_already() {
    String inside =
        "addresses = \"172.16.100.100/24\", source-address = 172.16.100.100, priority = 255";
    assertThat(router(HOST, inside).interfaceName()).isEqualTo("eth0");
    assertThat(messages(HOST, "virtual-routers.r { " + inside + " }")).isEmpty();
  }

  private static VirtualRouterConfig router(FakeHost host, String inside) {
    return valid(host, "virtual-routers.r { " + inside + " }").virtualRouters().getFirst();
  }

  private static InetAddress ip(String text) {
    return IpText.parse(text).orElseThrow();
  }

  private static InetSocketAddress socket(String host, int port) {
    return new InetSocketAddress(ip(host), port);
  }
}
