package dev.fairlead.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.lab.Await;
import dev.fairlead.lab.Capture;
import dev.fairlead.lab.FairleadNode;
import dev.fairlead.lab.Lab;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where connections come in and leave, with real peers and on real wires. */
final class EdgeTest {

  private static final int PORT = 9000;
  private static final int NGINX_PORT = 9001;
  private static final String CLIENT = "10.77.0.9";
  private static final Duration SOON = Duration.ofSeconds(10);

  /** A network that is nobody's: RFC 5737. */
  private static final String ELSEWHERE = "198.51.100.7";

  /** The same: RFC 3849. */
  private static final String ELSEWHERE6 = "2001:db8:1::7";

  private static final String CLIENT6 = "fd77::9";

  private Lab lab;

  @BeforeEach
  void twoNodes() throws Exception {
    lab = Lab.withNodes(2);
  }

  @AfterEach
  void close() throws Exception {
    lab.close();
  }

  /** Node n1 is fd77::11, and so on; the client fd77::9. */
  private void alsoIpv6() throws Exception {
    lab.ip("n1", "addr", "add", address6("n1") + "/64", "dev", "eth0", "nodad");
    lab.ip("n2", "addr", "add", address6("n2") + "/64", "dev", "eth0", "nodad");
    lab.ip(Lab.CLIENT, "addr", "add", CLIENT6 + "/64", "dev", "eth0", "nodad");
  }

  private static String address6(String node) {
    return "fd77::1" + node.substring(1);
  }

  private String configuration(String more) {
    return configuration(Lab.address("n2") + ":" + PORT, more);
  }

  private String configuration(String server, String more) {
    return """
    frontends.api.listen = ["*:%d"]
    backends.api.servers.s = "%s"
    admin.metrics = none
    admin.probes = none
    %s
    """
        .formatted(Lab.FRONTEND_PORT, server, more);
  }

  private String target() {
    return "http://" + Lab.address("n1") + ":" + Lab.FRONTEND_PORT + "/";
  }

  private String curl(String... options) throws Exception {
    return lab.run(Lab.CLIENT, curlCommand(options)).strip();
  }

  private boolean isRefused(String... options) throws Exception {
    return lab.outcome(Lab.CLIENT, curlCommand(options)).status() != 0;
  }

  private static String[] curlCommand(String... options) {
    List<String> command = new ArrayList<>(List.of("curl", "-s", "-m", "5"));
    command.addAll(List.of(options));
    return command.toArray(String[]::new);
  }

  /** Starts a haproxy. */
  private void haproxy(String node, String name, String configuration) throws Exception {
    Path file =
        lab.file(
            name + ".cfg",
            """
            defaults
              mode http
              timeout connect 5s
              timeout client 5s
              timeout server 5s
            """
                + configuration);
    lab.start(node, name, "haproxy", "-db", "-f", file.toString());
  }

  /** One that answers with the addresses it believes in. */
  private void answeringHaproxy(String bind) throws Exception {
    haproxy(
        "n2",
        "receiver",
        """
        frontend f
          bind %s
          http-request return status 200 content-type text/plain lf-string \
        "%%[src] %%[dst]:%%[dst_port] %%[src_port] %%[fc_pp_unique_id]"
        """
            .formatted(bind));
    awaitListening("n2", PORT);
  }

  private void nginx() throws Exception {
    Path file =
        lab.file(
            "nginx.conf",
            """
            daemon off; worker_processes 1; pid %1$s/nginx.pid; error_log stderr;
            events {}
            http { access_log off; client_body_temp_path %1$s/b; proxy_temp_path %1$s/p;
              fastcgi_temp_path %1$s/f; uwsgi_temp_path %1$s/u; scgi_temp_path %1$s/s;
              server { listen %2$d proxy_protocol; location / {
                return 200 "$proxy_protocol_addr $proxy_protocol_server_port"; } } }
            """
                .formatted(lab.directory(), NGINX_PORT));
    lab.start("n2", "nginx", "nginx", "-c", file.toString());
    awaitListening("n2", NGINX_PORT);
  }

  private void awaitListening(String node, int port) throws Exception {
    Await.until(
        "somebody listens on port " + port + " of " + node,
        SOON,
        () -> lab.outcome(node, "ss", "-Hltn", "sport = :" + port).output().contains(":" + port));
  }

  private static void reload(FairleadNode fairlead, String configuration) throws Exception {
    fairlead.configure(configuration);
    assertThat(fairlead.reload()).satisfies(reply -> assertThat(reply.succeeded()).isTrue());
  }

  /** Runs the commands that docs/listeners.md gives for this, word for word. */
  private void asDocumented(String node, String table) throws Exception {
    String page =
        Files.readString(Path.of(System.getProperty("fairlead.root"), "docs/listeners.md"));
    for (String block : page.split("```")) {
      if (block.startsWith("sh\n") && block.contains(table)) {
        lab.run(node, "sh", "-euc", block.substring("sh\n".length()));
        return;
      }
    }
    throw new AssertionError("docs/listeners.md has no commands with " + table);
  }

  private void exchange(Socket one, Socket other) throws Exception {
    byte[] message = {1, 2, 3};
    for (Socket[] each : new Socket[][] {{one, other}, {other, one}}) {
      each[0].getOutputStream().write(message);
      each[1].setSoTimeout(10_000);
      assertThat(each[1].getInputStream().readNBytes(message.length)).isEqualTo(message);
    }
  }

  @Test
  void proxyProtocolOfHaproxyNginxAndCurl() throws Exception {
    answeringHaproxy(":" + PORT + " accept-proxy");
    nginx();
    haproxy(
        Lab.CLIENT,
        "sender",
        """
        frontend v1
          bind 127.0.0.1:7001
          default_backend v1
        backend v1
          server f %1$s send-proxy
        frontend v2
          bind 127.0.0.1:7002
          unique-id-format edge-%%cp
          default_backend v2
        backend v2
          server f %1$s send-proxy-v2 proxy-v2-options crc32c,unique-id
        """
            .formatted(Lab.address("n1") + ":" + Lab.FRONTEND_PORT));
    awaitListening(Lab.CLIENT, 7002);

    // The check is refused by a server that waits for a header: up means that it sends one.
    Path log = lab.directory().resolve("access.log");
    String send =
        """
        frontends.api { accept-proxy = true, access-log = "file:%s" }
        backends.api.check { type = http, path = "/", interval = 200ms }
        """
                .formatted(log)
            + "backends.api.send-proxy { version = %s }\n";
    FairleadNode fairlead =
        lab.fairlead("n1", configuration(send.formatted("v2, tlvs = pass, crc32c = true"))).start();
    fairlead.awaitServersUp();
    // curl says who it is itself; haproxy says who its client is: 127.0.0.1.
    assertThat(curl("--haproxy-protocol", target()))
        .startsWith(CLIENT + " " + Lab.address("n1") + ":" + Lab.FRONTEND_PORT + " ");
    assertThat(curl("http://127.0.0.1:7001/")).startsWith("127.0.0.1 127.0.0.1:7001 ");
    // What haproxy has said beyond addresses goes on to the server.
    String[] seen = curl("http://127.0.0.1:7002/").split(" ");
    assertThat(seen).startsWith("127.0.0.1", "127.0.0.1:7002").endsWith("edge-" + seen[2]);
    Await.until(
        () -> "the line names the client of the header, port " + seen[2] + ": " + read(log),
        SOON,
        () -> read(log).contains("127.0.0.1:" + seen[2] + " ["));

    reload(fairlead, configuration(send.formatted("v1")));
    assertThat(curl("http://127.0.0.1:7002/"))
        .startsWith("127.0.0.1 127.0.0.1:7002 ")
        .doesNotContain("edge-");
    // Without one: nobody is served, and it is counted.
    assertThat(isRefused(target())).isTrue();
    assertThat(fairlead.frontend("api").getInt("rejected.proxy_missing")).isEqualTo(1);

    String toNginx = Lab.address("n2") + ":" + NGINX_PORT;
    for (String version : List.of("v1", "v2")) {
      reload(fairlead, configuration(toNginx, send.formatted(version)));
      fairlead.awaitServersUp();
      assertThat(curl("http://127.0.0.1:7002/")).isEqualTo("127.0.0.1 7002");
    }
    // Checks that are told not to say it are refused.
    reload(fairlead, configuration(toNginx, send.formatted("v2, checks = never")));
    Await.until("it is down", SOON, () -> !fairlead.health("api", "s").equals("UP"));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (java.io.IOException e) {
      return "";
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void serversSeeTheClientsOwnAddressAndAnswerThroughTheBalancer(boolean ipv6) throws Exception {
    alsoIpv6();
    String client = ipv6 ? CLIENT6 : CLIENT;
    String balancer = ipv6 ? address6("n1") : Lab.address("n1");
    String server = ipv6 ? "[" + address6("n2") + "]:" + PORT : Lab.address("n2") + ":" + PORT;
    lab.ip("n2", "route", "add", client + (ipv6 ? "/128" : "/32"), "via", balancer);
    asDocumented("n1", "fairlead_answers");
    FairleadNode fairlead =
        lab.fairlead("n1", configuration(server, "backends.api { check = none, source = client }"))
            .start();
    try (ServerSocket listening = lab.in("n2", () -> new ServerSocket(PORT))) {
      listening.setSoTimeout(10_000);
      try (Socket connected = connect(balancer, Lab.FRONTEND_PORT);
          Socket accepted = listening.accept()) {
        assertThat(accepted.getInetAddress()).isEqualTo(InetAddress.ofLiteral(client));
        exchange(connected, accepted);
        reload(fairlead, configuration(server, "backends.api { check = none }"));
        exchange(connected, accepted);
      }
      try (Socket connected = connect(balancer, Lab.FRONTEND_PORT);
          Socket accepted = listening.accept()) {
        assertThat(accepted.getInetAddress()).isEqualTo(InetAddress.ofLiteral(balancer));
        exchange(connected, accepted);
      }
    }
  }

  /** Connections to addresses that are nobody's come in where the packet filter sends them. */
  @Test
  void aTransparentListenerTakesConnectionsForAddressesOfOthers() throws Exception {
    alsoIpv6();
    lab.ip(Lab.CLIENT, "route", "add", "198.51.100.0/24", "via", Lab.address("n1"));
    lab.ip(Lab.CLIENT, "route", "add", "2001:db8:1::/64", "via", address6("n1"));
    asDocumented("n1", "fairlead_redirect");
    answeringHaproxy(":" + PORT + " accept-proxy");
    String plain = "backends.api { check = none, send-proxy { version = v2 } }\n";
    FairleadNode fairlead =
        lab.fairlead("n1", configuration(plain + "frontends.api.transparent = true")).start();
    String elsewhere = "http://" + ELSEWHERE + ":6443/";
    String elsewhere6 = "http://[" + ELSEWHERE6 + "]:6443/";
    // The server is told where the client wanted to go.
    assertThat(curl(elsewhere)).startsWith(CLIENT + " " + ELSEWHERE + ":6443 ");
    assertThat(curl("-g", elsewhere6)).startsWith(CLIENT6 + " " + ELSEWHERE6 + ":6443 ");
    assertThat(curl(target()))
        .startsWith(CLIENT + " " + Lab.address("n1") + ":" + Lab.FRONTEND_PORT + " ");
    reload(fairlead, configuration(plain));
    assertThat(isRefused("-m", "1", elsewhere)).isTrue();
    assertThat(isRefused("-g", "-m", "1", elsewhere6)).isTrue();
    assertThat(curl(target())).startsWith(CLIENT);
    reload(fairlead, configuration(plain + "frontends.api.transparent = true"));
    assertThat(curl(elsewhere)).startsWith(CLIENT + " " + ELSEWHERE);
    assertThat(curl("-g", elsewhere6)).startsWith(CLIENT6 + " " + ELSEWHERE6);
  }

  private Socket connect(String address, int port) {
    return lab.in(Lab.CLIENT, () -> new Socket(address, port));
  }

  @Test
  void marksAreSeenOnTheWireAndByTheFirewall() throws Exception {
    for (String node : List.of("n1", "n2", Lab.CLIENT)) {
      lab.run(node, "sysctl", "-qw", "net.ipv4.tcp_fastopen=3");
    }
    lab.run(
        "n1",
        "nft",
        "add table inet marks; add chain inet marks output { type filter hook output priority 0; };"
            + " add rule inet marks output tcp dport %d meta mark 0x7 counter;".formatted(PORT)
            + " add rule inet marks output tcp sport %d meta mark 0x9 counter"
                .formatted(Lab.FRONTEND_PORT));
    alsoIpv6();
    answeringHaproxy("0.0.0.0:" + PORT + " tfo\n  bind [::]:" + PORT + " v6only");
    String marks =
        """
        frontends.api { fast-open = 100, socket { dscp = af41, mark = 9, interface = "%s" } }
        backends.api { check = none, fast-open = true, socket { dscp = ef, mark = "0x7" } }
        """;
    String slow = marks.formatted("eth0").replace("fast-open = 100", "fast-open = 0");
    FairleadNode fairlead = lab.fairlead("n1", configuration(slow)).start();
    reload(fairlead, configuration(marks.formatted("eth0")));
    Capture capture = lab.capture("n1", "tcp");
    // The first of each gets the cookie that lets the others send data with their SYN.
    for (int i = 0; i < 4; i++) {
      assertThat(curl("--tcp-fastopen", target())).startsWith(Lab.address("n1") + " ");
    }
    reload(fairlead, configuration("[" + address6("n2") + "]:" + PORT, marks.formatted("eth0")));
    assertThat(curl("-g", "http://[" + address6("n1") + "]:" + Lab.FRONTEND_PORT + "/"))
        .startsWith(address6("n1") + " ");
    Await.until(
        "the last one has ended", SOON, () -> fairlead.frontend("api").getInt("sessions") == 0);
    capture.stop();
    String early = "tcp.flags.syn == 1 && tcp.flags.ack == 0 && tcp.len > 0 && ip.dst == ";
    assertThat(capture.decode(early + Lab.address("n1"), "tcp.len")).hasSize(3);
    // The first client's request comes after its handshake, so that there is nothing to send yet.
    assertThat(capture.decode(early + Lab.address("n2"), "tcp.len")).isNotEmpty();
    String sent = "ip.src == " + Lab.address("n1") + " && tcp.len > 0 && ip.dst == ";
    assertThat(capture.decode(sent + CLIENT, "ip.dsfield.dscp")).isNotEmpty().containsOnly("34");
    assertThat(capture.decode(sent + Lab.address("n2"), "ip.dsfield.dscp"))
        .isNotEmpty()
        .containsOnly("46");
    String sent6 = "ipv6.src == " + address6("n1") + " && tcp.len > 0 && ipv6.dst == ";
    assertThat(capture.decode(sent6 + CLIENT6, "ipv6.tclass.dscp")).isNotEmpty().containsOnly("34");
    assertThat(capture.decode(sent6 + address6("n2"), "ipv6.tclass.dscp"))
        .isNotEmpty()
        .containsOnly("46");
    assertThat(lab.run("n1", "nft", "list", "chain", "inet", "marks", "output"))
        .contains("counter packets")
        .doesNotContain("packets 0 ");
    // On another interface nobody from outside is heard, on a listener that goes on.
    reload(fairlead, configuration(marks.formatted("lo")));
    assertThat(isRefused("-m", "2", target())).isTrue();
    reload(
        fairlead,
        configuration(
            marks.formatted("eth0").replace("dscp = af41", "dscp = cs1").replace("= ef", "= 5")));
    capture = lab.capture("n1", "tcp");
    assertThat(curl(target())).startsWith(Lab.address("n1") + " ");
    Await.until(
        "the last one has ended", SOON, () -> fairlead.frontend("api").getInt("sessions") == 0);
    capture.stop();
    assertThat(capture.decode(sent + CLIENT, "ip.dsfield.dscp")).isNotEmpty().containsOnly("8");
    assertThat(capture.decode(sent + Lab.address("n2"), "ip.dsfield.dscp"))
        .isNotEmpty()
        .containsOnly("5");
  }

  /** With haproxy's own forms of unix sockets behind, and curl's in front. */
  @Test
  void unixSocketsPortsAndWhoMayComeIn() throws Exception {
    Path api = lab.directory().resolve("api.sock");
    Path server = lab.directory().resolve("server.sock");
    Path allowed = lab.file("allowed", CLIENT + "  # the client\n");
    haproxy(
        "n1",
        "server",
        """
        frontend file
          bind unix@%s mode 666
          http-request return status 200 content-type text/plain string file
        frontend abstract
          bind abns@edge
          http-request return status 200 content-type text/plain string abstract
        """
            .formatted(server));
    String common =
        """
        frontends.api {
          listen = ["10.77.0.11:8000-8002", "unix:%s"]
          allow = ["file:%s"]
          source-limits { rate = 4, per = 1h }
          unix { mode = "0640", user = nobody, group = daemon }
        }
        backends.api.check { type = http, path = "/", interval = 200ms }
        """
            .formatted(api, allowed);
    String file = configuration("unix:" + server, common);
    FairleadNode fairlead = lab.fairlead("n1", file).start();
    fairlead.awaitServersUp();
    String[] whose = {"stat", "-c", "%U %G %a", api.toString()};
    assertThat(lab.run("n1", whose).strip()).isEqualTo("nobody daemon 640");
    assertThat(lab.run("n1", curlCommand("--unix-socket", api.toString(), "http://x/")).strip())
        .isEqualTo("file");
    // Its check reaches haproxy's padded name, too.
    reload(fairlead, configuration("abns@edge", common));
    fairlead.awaitServersUp();
    for (int port = 8000; port <= 8002; port++) {
      assertThat(curl("http://10.77.0.11:" + port + "/")).isEqualTo("abstract");
    }
    reload(fairlead, configuration("abns@nobody", common));
    Await.until("nobody is there", SOON, () -> !fairlead.health("api", "s").equals("UP"));
    reload(fairlead, file);
    fairlead.awaitServersUp();
    // Another one may not come in; the first may once more, and then it was too often.
    assertThat(lab.outcome("n2", curlCommand("http://10.77.0.11:8000/")).status()).isNotZero();
    assertThat(curl("http://10.77.0.11:8000/")).isEqualTo("file");
    assertThat(isRefused("http://10.77.0.11:8000/")).isTrue();
    assertThat(fairlead.frontend("api").getInt("rejected.denied")).isEqualTo(1);
    assertThat(fairlead.frontend("api").getInt("rejected.source_rate")).isEqualTo(1);
    // The file is read again.
    lab.file("allowed", Lab.address("n2") + "\n");
    reload(fairlead, file.replace(", user = nobody, group = daemon", ""));
    assertThat(lab.run("n1", whose).strip()).isEqualTo("root root 640");
    assertThat(lab.run("n2", curlCommand("http://10.77.0.11:8002/")).strip()).isEqualTo("file");
    assertThat(isRefused("http://10.77.0.11:8000/")).isTrue();
    assertThat(fairlead.frontend("api").getInt("rejected.denied")).isEqualTo(2);
  }
}
