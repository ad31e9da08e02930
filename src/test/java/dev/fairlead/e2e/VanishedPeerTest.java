package dev.fairlead.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.lab.Await;
import dev.fairlead.lab.FairleadNode;
import dev.fairlead.lab.Lab;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A host that is gone without a word: no packet of it arrives any more, and none is refused. */
final class VanishedPeerTest {

  private static final Duration SOON = Duration.ofSeconds(10);
  private static final int CLIENTS = 5;

  /**
   * Where there is a user timeout, Linux ends a silent connection when a probe has been unanswered
   * for that long, however many there were (tcp_keepalive_timer).
   */
  private static final String PROBING =
      "keepalive-idle = 1s, keepalive-interval = 1s, user-timeout = 3s";

  private static final String SILENT = "exec 3<>/dev/tcp/10.77.0.11/8443; sleep 60";
  private static final String TALKING =
      "exec 3<>/dev/tcp/10.77.0.11/8443; while sleep 0.2; do echo hello >&3; done";

  private Lab lab;

  @BeforeEach
  void aServerThatAcceptsAndSaysNothing() throws Exception {
    lab = Lab.withNodes(2);
    lab.occupy("n2", 9000);
  }

  @AfterEach
  void closeLab() throws Exception {
    lab.close();
  }

  @Test
  void aSilentClientThatVanishesIsFoundByKeepalive() throws Exception {
    FairleadNode fairlead = balancer(PROBING);
    connect(fairlead, SILENT);
    vanish("client");
    awaitNoSession(fairlead);
    assertThat(ends("client_reset")).isEqualTo(CLIENTS);
  }

  @Test
  void aSilentServerThatVanishesIsFoundByKeepalive() throws Exception {
    FairleadNode fairlead = balancer(PROBING);
    connect(fairlead, SILENT);
    vanish("n2");
    awaitNoSession(fairlead);
    assertThat(ends("server_reset")).isEqualTo(CLIENTS);
  }

  @Test
  void aServerThatVanishesUnderLoadIsFoundByTheUserTimeout() throws Exception {
    FairleadNode fairlead = balancer("keepalive = false, user-timeout = 2s");
    connect(fairlead, TALKING);
    vanish("n2");
    awaitNoSession(fairlead);
    assertThat(ends("server_reset")).isEqualTo(CLIENTS);
  }

  private FairleadNode balancer(String tcp) throws Exception {
    return lab.fairlead(
            "n1",
            """
            frontends.api { listen = "*:8443" }
            backends.api { servers.n2 = "10.77.0.12:9000", check = none }
            defaults.tcp { %s, keepalive-probes = 2 }
            admin { metrics = "127.0.0.1:8404", probes = none }
            """
                .formatted(tcp))
        .start();
  }

  private void connect(FairleadNode fairlead, String script) throws Exception {
    for (int i = 0; i < CLIENTS; i++) {
      lab.start("client", "idle" + i, "bash", "-c", script);
    }
    Await.until(
        () -> "all are connected:\n" + fairlead.log(),
        SOON,
        () -> fairlead.frontend("api").getInt("sessions") == CLIENTS);
    // A client's side has its options from the listener, a server's gets them after two seconds.
    Await.throughout(
        "nobody is missed who is there",
        Duration.ofSeconds(4),
        () -> fairlead.frontend("api").getInt("sessions") == CLIENTS);
  }

  /** A cable that is pulled could be seen; here packets just do not arrive. */
  private void vanish(String node) throws Exception {
    lab.run(
        node,
        "nft",
        "add table inet dark;"
            + " add chain inet dark gone { type filter hook output priority 0; policy drop; };"
            + " add chain inet dark deaf { type filter hook input priority 0; policy drop; }");
  }

  private static void awaitNoSession(FairleadNode fairlead) throws Exception {
    Await.until(
        () -> "their sessions end:\n" + fairlead.log(),
        SOON,
        () -> fairlead.frontend("api").getInt("sessions") == 0);
  }

  private int ends(String reason) throws Exception {
    String text = lab.run("n1", "curl", "-s", "http://127.0.0.1:8404/metrics");
    assertThat(text).contains("fairlead_relay_open_sockets 0.0");
    Matcher found =
        Pattern.compile(
                "fairlead_session_ends_total\\{frontend=\"api\",reason=\"" + reason + "\"} (\\d+)")
            .matcher(text);
    assertThat(found.find()).isTrue();
    return Integer.parseInt(found.group(1));
  }
}
