package dev.fairlead.config.hocon;

import static dev.fairlead.config.hocon.Reads.NODE1;
import static dev.fairlead.config.hocon.Reads.messages;
import static dev.fairlead.config.hocon.Reads.valid;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.AdminConfig;
import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.Configuration;
import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.config.HealthCheckConfig.Timing;
import dev.fairlead.config.IpText;
import dev.fairlead.config.ReadResult;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.config.VirtualRouterConfig;
import dev.fairlead.config.VirtualRouterConfig.Transport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFlagsTest {

  private static final RunFlags PLAIN =
      new RunFlags(
          List.of("*:8443"),
          List.of("10.0.0.1:6443", "[fd00::1]:6443"),
          Optional.empty(),
          List.of(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          false,
          List.of());

  @Test
  void a_second_process_on_a_host_has_its_own_socket_and_ports() {
    RunFlags flags =
        new RunFlags(
            PLAIN.listen(),
            PLAIN.servers(),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            false,
            List.of(),
            new RunFlags.Admin(
                Optional.of("/run/second.sock"),
                Optional.of("127.0.0.1:9404"),
                Optional.of("none")));
    AdminConfig admin = valid(read(flags)).admin();
    assertThat(admin.controlSocket()).hasToString("/run/second.sock");
    assertThat(admin.metrics()).map(Object::toString).contains("127.0.0.1:9404");
    assertThat(admin.probes()).isEmpty();
    RunFlags wrong =
        new RunFlags(
            PLAIN.listen(),
            PLAIN.servers(),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            false,
            List.of(),
            new RunFlags.Admin(Optional.of("here"), Optional.empty(), Optional.empty()));
    assertThat(messages(read(wrong)))
        .containsExactly(
            "error: --control-socket must be an absolute path of at most 99 bytes, but is here");
  }

  @Test
  void a_listener_and_servers_are_enough() {
    Configuration configuration = valid(read(PLAIN));
    assertThat(configuration.frontends().getFirst().listeners()).hasToString("[*:8443]");
    BackendConfig backend = configuration.backends().getFirst();
    assertThat(backend.servers())
        .extracting(server -> IpText.text(server.address()))
        .containsExactly("10.0.0.1:6443", "[fd00::1]:6443");
    assertThat(backend.servers()).extracting(ServerConfig::weight).containsOnly(1);
    assertThat(backend.check()).isEqualTo(new HealthCheckConfig.Tcp(Timing.DEFAULT));
    assertThat(configuration.virtualRouters()).isEmpty();
    assertThat(messages(read(PLAIN))).isEmpty();
  }

  @Test
  void the_check_can_be_chosen() {
    assertThat(check("none")).isEqualTo(new HealthCheckConfig.Disabled());
    HealthCheckConfig.Http https = (HealthCheckConfig.Http) check("https");
    assertThat(https.path()).isEqualTo("/readyz");
    assertThat(https.tls().orElseThrow().caFile()).contains(FakeHost.CA);
    assertThat(messages(read(withCheck("htps"))))
        .containsExactly(
            "error: --check must be one of none, tcp, tls, http, https, command, but is htps (did you mean"
                + " https?)");
    assertThat(messages(new HoconReader(NODE1.withFiles(), Map.of()).readFlags(withCheck("https"))))
        .containsExactly(
            "warning: --check is /etc/kubernetes/pki/ca.crt by default, which cannot be read here:"
                + " the servers' certificates are not verified (a configuration file may name"
                + " another)");
  }

  @Test
  void a_vip_says_its_interface_and_its_router_id() {
    VirtualRouterConfig router =
        valid(read(withVip(List.of("172.16.100.150/24"), List.of()))).virtualRouters().getFirst();
    assertThat(router.interfaceName()).isEqualTo("eth0");
    assertThat(router.routerId()).isEqualTo(150);
    assertThat(router.election().priority()).isEqualTo(100);
    assertThat(router.wire().version()).isEqualTo(2);
    assertThat(router.election().preempt()).isFalse();
    assertThat(router.wire().transport()).isEqualTo(new Transport.Multicast());
  }

  @Test
  void every_flag_arrives(@TempDir Path directory) throws IOException {
    Path secret = Files.writeString(directory.resolve("secret"), "abc\n");
    RunFlags flags =
        new RunFlags(
            PLAIN.listen(),
            PLAIN.servers(),
            Optional.empty(),
            List.of("10.9.9.0/24"),
            Optional.of("eth0"),
            Optional.of("7"),
            Optional.of("33"),
            Optional.empty(),
            Optional.of(secret.toString()),
            Optional.of("200ms"),
            Optional.of("3"),
            true,
            List.of("172.16.100.100", "172.16.100.120"));
    VirtualRouterConfig router = valid(read(flags)).virtualRouters().getFirst();
    assertThat(router.routerId()).isEqualTo(7);
    assertThat(router.election().priority()).isEqualTo(33);
    assertThat(router.wire().advertisementInterval()).isEqualTo(Duration.ofMillis(200));
    assertThat(router.wire().version()).isEqualTo(3);
    assertThat(router.election().preempt()).isTrue();
    assertThat(router.wire().transport())
        .isEqualTo(new Transport.Unicast(List.of(IpText.parse("172.16.100.120").orElseThrow())));
    assertThat(messages(read(flags)))
        .containsExactly(
            "warning: --vip is outside every local network: 10.9.9.0, this host has"
                + " 172.16.100.100/24 (eth0)",
            "note: --peer is this node itself, and is left out",
            "warning: --password-file is not used: VRRPv3 has no authentication");
  }

  @Test
  void an_ipv6_vip_speaks_version_3() {
    RunFlags flags = withVip(List.of("172.16.100.150/24", "fd00::9/64"), List.of());
    Configuration configuration =
        valid(
            new HoconReader(FakeHost.with("eth0 172.16.100.100/24", "eth0 fd00::1/64"), Map.of())
                .readFlags(flags));
    assertThat(configuration.virtualRouters())
        .extracting(router -> router.wire().version())
        .containsExactly(2, 3);
  }

  @Test
  void everything_wrong_is_said_in_the_words_of_the_flags() {
    RunFlags flags =
        new RunFlags(
            List.of("8443", "*:1", "127.0.0.1:1"),
            List.of("-master1:6443", "10.0.0.1", "10.0.0.2:1", "10.0.0.2:1"),
            Optional.of("x"),
            List.of("172.16.100.0/24", "172.16.100.7/99"),
            Optional.of("eth9"),
            Optional.empty(),
            Optional.of("300"),
            Optional.of("p"),
            Optional.of("/nope"),
            Optional.of("1h30m"),
            Optional.of("4"),
            false,
            List.of("x"));
    assertThat(messages(read(flags)))
        .containsExactlyInAnyOrder(
            "error: --password-file cannot be given together with --password",
            "error: --listen must be \"address:port\" such as \"*:8443\" or \"[fd00::1]:8443\", but"
                + " is 8443 (the port is missing)",
            "error: --server must be \"address:port\" such as \"10.0.0.1:6443\" or"
                + " \"api.test:6443\", but is -master1:6443",
            "error: --server must be \"address:port\" such as \"10.0.0.1:6443\" or"
                + " \"api.test:6443\", but is 10.0.0.1 (the port is missing)",
            "error: --server must have its own address, but 10.0.0.2:1 is also --server",
            "error: --check must be one of none, tcp, tls, http, https, command, but is x",
            "error: --vip must be \"address/prefix\" such as \"10.0.0.10/24\" or \"fd00::10/64\","
                + " but is 172.16.100.7/99 (the prefix must be 1..32)",
            "error: --priority must be 1..255, but is 300",
            "error: --vrrp must be 2 or 3, but is 4",
            "error: --advertise must be a duration of 10ms..255s, but is 1h30m (one unit only: write"
                + " 90m)",
            "error: --interface must be an interface of this host, but there is no eth9; it has"
                + " eth0",
            "error: --peer must be an IPv4 or IPv6 address, but is x (only the address of a"
                + " server may be a name)",
            "error: --password-file must be a readable file, but is file:/nope",
            "error: --router-id must be given (1..255): the last byte of 172.16.100.0, which it"
                + " would be, is 0",
            "error: --listen is 127.0.0.1:1, but --listen is *:1");
  }

  @Test
  void vrrp_flags_need_a_vip() {
    RunFlags flags = withVip(List.of(), List.of("172.16.100.120"));
    assertThat(messages(read(flags))).containsExactly("error: --peer has no effect without --vip");
  }

  @Test
  void an_interface_that_cannot_be_derived_is_asked_for() {
    assertThat(messages(read(withVip(List.of("10.9.9.9/24"), List.of()))))
        .containsExactly(
            "error: --interface must be given: 10.9.9.9 is outside every local network, this host"
                + " has 172.16.100.100/24 (eth0)");
  }

  private static ReadResult read(RunFlags flags) {
    return new HoconReader(NODE1, Map.of()).readFlags(flags);
  }

  private static HealthCheckConfig check(String type) {
    return valid(read(withCheck(type))).backends().getFirst().check();
  }

  private static RunFlags withCheck(String type) {
    return new RunFlags(
        PLAIN.listen(),
        PLAIN.servers(),
        Optional.of(type),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false,
        List.of());
  }

  private static RunFlags withVip(List<String> vips, List<String> peers) {
    return new RunFlags(
        PLAIN.listen(),
        PLAIN.servers(),
        Optional.empty(),
        vips,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false,
        peers);
  }
}
