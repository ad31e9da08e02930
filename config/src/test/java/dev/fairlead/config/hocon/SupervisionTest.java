package dev.fairlead.config.hocon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.AgentConfig;
import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.ConfigurationText;
import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.config.ObserveConfig;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.config.SupervisionConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SupervisionTest {

  private static final FakeHost HOST = FakeHost.with("eth0 10.0.0.5/24");

  @Test
  void without_a_word_there_are_no_agents_and_traffic_is_not_judged() {
    assertThat(backend("").supervision()).isEqualTo(SupervisionConfig.NONE);
  }

  @Test
  void a_plain_value_is_the_most_important_key() {
    assertThat(backend("agent = 9707\nobserve = 5").supervision())
        .isEqualTo(
            new SupervisionConfig(
                Optional.of(
                    new AgentConfig(
                        9707, Duration.ofSeconds(2), Duration.ofSeconds(2), Optional.empty())),
                new ObserveConfig(5, ObserveConfig.OnError.FAIL_CHECK),
                SupervisionConfig.NONE.resolve()));
  }

  @Test
  void agents_have_the_backends_port_unless_the_server_says_otherwise() {
    BackendConfig backend =
        backend(
            "agent = 9707",
            "a { address = 10.0.0.1 }, b { address = 10.0.0.2"
                + ", agent-address = 10.1.0.2 }, c { address = 10.0.0.3, agent-address = \"10.1.0.3:1\" }");
    assertThat(backend.servers().stream().map(server -> server.effectiveAgentAddress(9707)))
        .map(Object::toString)
        .containsExactly("/10.0.0.1:9707", "/10.1.0.2:9707", "/10.1.0.3:1");
  }

  @Test
  void a_servers_check_port_beats_the_backends() {
    BackendConfig backend =
        backend(
            "check { type = tcp, port = 99 }",
            "a { address = 10.0.0.1, check-port = 98 }"
                + ", b { address = 10.0.0.2 }, c { address = 10.0.0.3, check-port = 97"
                + ", check-address = 10.1.0.3 }");
    assertThat(backend.servers().stream().map(ServerConfig::effectiveCheckAddress))
        .map(Object::toString)
        .containsExactly("/10.0.0.1:98", "/10.0.0.2:99", "/10.1.0.3:97");
  }

  @Test
  void a_server_may_be_a_name() {
    BackendConfig backend =
        backend(
            "check { type = tcp, port = 99 }",
            "a = \"api.test:6443\", b { address = api-2.test, port = 1 }, c = 10.0.0.1");
    assertThat(backend.servers())
        .extracting(ServerConfig::address)
        .containsExactly(
            InetSocketAddress.createUnresolved("api.test", 6443),
            InetSocketAddress.createUnresolved("api-2.test", 1),
            new InetSocketAddress(InetAddress.ofLiteral("10.0.0.1"), 6443));
    assertThat(backend.servers().getFirst().checkAddress())
        .contains(InetSocketAddress.createUnresolved("api.test", 99));
    assertThat(
            ConfigurationText.of(
                Reads.valid(HOST, text("", "a = \"api.test:6443\", c = 10.0.0.1"))))
        .contains(
            "  server a at api.test:6443, weight 1\n",
            "  names: a server NAME-1, NAME-2, … for each address, at most 16, IPv4 and IPv6; asked"
                + " every 10s, an address that is gone stays for 30s\n");
    assertThat(problems("", "a = \"api..test\", b = \"-x\", c = 10.0.0.300"))
        .hasSize(3)
        .allMatch(problem -> problem.contains("must be \"address:port\" such as"));
  }

  @Test
  void a_command_check_is_a_program_and_its_arguments() {
    assertThat(
            backend(
                    """
                    check {
                      type = command, command = ["/bin/ls", "{address}", "{port}"], timeout = 1s
                    }
                    """)
                .check())
        .isInstanceOfSatisfying(
            HealthCheckConfig.Command.class,
            check -> {
              assertThat(check.command()).containsExactly("/bin/ls", "{address}", "{port}");
              assertThat(check.timing().timeout()).isEqualTo(Duration.ofSeconds(1));
            });
    assertThat(
            ConfigurationText.of(
                Reads.valid(
                    HOST,
                    text(
                        "check { type = command" + ", command = [/bin/ls, -l] }", "a = 10.0.0.1"))))
        .contains("  check: command /bin/ls -l, every 2s (500ms while changing), timeout 2s,");
  }

  @Test
  void a_command_check_that_cannot_run_is_refused() {
    assertThat(problems("check = command"))
        .containsExactly(
            "f.conf:4: error: backends.out.check.command must be given with type = command: a"
                + " program and its arguments");
    assertThat(problems("check { type = command, command = \"ls -l\" }"))
        .singleElement()
        .asString()
        .startsWith(
            "f.conf:4: error: backends.out.check.command must be a program's absolute path");
    assertThat(problems("check { type = command, command = [/no/such/program] }"))
        .containsExactly(
            "f.conf:4: error: backends.out.check.command must be a program that can be executed,"
                + " but /no/such/program is not");
    assertThat(problems("check { type = tcp, command = [/bin/ls] }"))
        .containsExactly(
            "f.conf:4: warning: backends.out.check.command has no effect on a check of type tcp");
  }

  @Test
  void what_is_wrong_is_said() {
    assertThat(
            problems(
                """
                agent { port = 70000, intervall = 1s }
                observe { errors = 1, on-error = markdown }
                """))
        .containsExactly(
            "f.conf:4: error: backends.out.agent.port must be 1..65535, but is 70000",
            "f.conf:4: error: backends.out.agent.intervall is not a known key (did you mean"
                + " interval?)",
            "f.conf:5: error: backends.out.observe.on-error must be one of check, fail-check,"
                + " sudden-death, mark-down, but is markdown (did you mean mark-down?)");
  }

  @Test
  void what_has_no_effect_or_cannot_work_is_said() {
    assertThat(problems("agent.interval = 1s\nobserve.on-error = check"))
        .containsExactly(
            "f.conf:4: warning: backends.out.agent.interval has no effect without agent.port",
            "f.conf:5: warning: backends.out.observe.on-error has no effect while observe.errors is"
                + " 0 (never)");
    assertThat(problems("check = none\nobserve = 3"))
        .containsExactly(
            "f.conf:5: error: backends.out.observe needs a check: without one nothing brings a"
                + " server back");
    assertThat(problems("", "a { address = 10.0.0.1, agent-address = 10.0.0.2 }"))
        .containsExactly(
            "f.conf:3: error: backends.out.servers.a.agent-address needs agent.port in its backend,"
                + " which says that there are agents");
    assertThat(
            problems(
                "", "a { address = 10.0.0.1, check-address = \"10.0.0.2:1\", check-port = 2 }"))
        .containsExactly(
            "f.conf:3: error: backends.out.servers.a.check-port cannot be given: check-address has"
                + " a port");
  }

  private static BackendConfig backend(String lines) {
    return backend(lines, "a = 10.0.0.1");
  }

  private static BackendConfig backend(String lines, String servers) {
    return Reads.valid(HOST, text(lines, servers)).backend("out").orElseThrow();
  }

  private static Iterable<String> problems(String lines) {
    return problems(lines, "a = 10.0.0.1");
  }

  private static Iterable<String> problems(String lines, String servers) {
    return Reads.problems(HOST, text(lines, servers));
  }

  private static String text(String lines, String servers) {
    return "frontends.in { listen = \"*:1234\", backend = out }\nbackends.out {\nservers { "
        + servers
        + " }\n"
        + lines
        + "\n}\n";
  }
}
