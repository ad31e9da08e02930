package dev.fairlead.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.Configuration;
import dev.fairlead.config.Host;
import dev.fairlead.config.ReadResult;
import dev.fairlead.config.hocon.HoconReader;
import dev.fairlead.vrrp.net.Capability;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class PrivilegesTest {

  private static final String PLAIN =
      """
      frontends.api.listen = "*:8443"
      backends.api { servers = ["10.0.0.1:6443"], check = none }
      """;

  @Test
  void aPlainBalancerNeedsNothing() {
    assertThat(Privileges.needs(read(PLAIN), 1024)).isEmpty();
  }

  @Test
  void eachFeatureNeedsItsOwn() {
    Configuration configuration =
        read(
            PLAIN.replace("8443", "443")
                + """
                virtual-routers.vip { addresses = "10.0.0.100/24", interface = eth0 }
                process { realtime = true, lock-memory = true }
                """);
    assertThat(Privileges.needs(configuration, 1024))
        .containsOnlyKeys(
            Capability.CAP_NET_BIND_SERVICE,
            Capability.CAP_NET_ADMIN,
            Capability.CAP_NET_RAW,
            Capability.CAP_IPC_LOCK,
            Capability.CAP_SYS_NICE);
    // Where the kernel gives low ports to everybody.
    assertThat(Privileges.needs(configuration, 443))
        .doesNotContainKey(Capability.CAP_NET_BIND_SERVICE);
  }

  @Test
  void whatIsMissingIsNamedWithWhatIsLost() {
    Map<Capability, String> needs = Privileges.needs(read(PLAIN.replace("8443", "443")), 1024);
    assertThat(Privileges.missing(needs, OptionalLong.of(0)))
        .containsExactly(
            "this user lacks CAP_NET_BIND_SERVICE, without which it cannot listen on *:443");
    assertThat(Privileges.missing(needs, OptionalLong.of(1L << 10))).isEmpty();
    assertThat(Privileges.missing(needs, OptionalLong.empty())).isEmpty();
  }

  @Test
  void whatTheEdgesNeedIsNamedWithWhoseTheyAre() {
    Map<Capability, String> needs =
        Privileges.needs(
            read(
                PLAIN
                    + """
                    frontends.api.transparent = true
                    frontends.api.socket { mark = 9, interface = eth0 }
                    backends.api.source = client
                    backends.api.socket { mark = 7, interface = eth1 }
                    """),
            1024);
    assertThat(Privileges.missing(needs, OptionalLong.of(0)))
        .containsExactly(
            "this user lacks CAP_NET_ADMIN, without which frontend api cannot be transparent,"
                + " frontend api cannot mark its connections, backend api cannot use addresses of"
                + " clients, backend api cannot mark its connections",
            "this user lacks CAP_NET_RAW, without which no reload can change the interface of"
                + " frontend api");
    assertThat(Privileges.missing(needs, OptionalLong.of(1L << 12 | 1L << 13))).isEmpty();
  }

  @Test
  void theKernelsOwnBorderIsRead() throws Exception {
    Process sysctl =
        new ProcessBuilder("cat", "/proc/sys/net/ipv4/ip_unprivileged_port_start").start();
    String border = new String(sysctl.getInputStream().readAllBytes()).strip();
    assertThat(Privileges.firstUnprivilegedPort()).isEqualTo(Integer.parseInt(border));
  }

  private static Configuration read(String text) {
    ReadResult result = new HoconReader(Host.OFFLINE, Map.of()).readText("f.conf", text);
    assertThat(result).as(result.findings().toString()).isInstanceOf(ReadResult.Valid.class);
    return ((ReadResult.Valid) result).configuration();
  }
}
