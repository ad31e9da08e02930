package dev.fairlead.config.hocon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.ConfigurationText;
import org.junit.jupiter.api.Test;

class ConfigurationTextTest {

  @Test
  void the_short_form_in_words() {
    assertThat(ConfigurationText.of(Reads.valid(Reads.NODE1, Reads.SHORT + "password = abc")))
        .isEqualTo(
            """
            frontend api listens on *:8443, leads to backend api
              connections: no limit, backlog 4096, client idle timeout none, half-closed timeout 60s
              TCP with clients: keepalive after 30s, every 10s, 3 probes, user timeout 60s, delayed acknowledgements
            backend api: least connections, connect timeout 2s, retries 3, server idle timeout none
              server 172.16.100.100, port 6443, weight 1
              server 172.16.100.120, port 6443, weight 1
              server 172.16.100.160, port 6443, weight 1
              a recovered server reaches its full weight within 30s
              a connect or a TLS ClientHello not answered within 50ms to 250ms goes to another server, too; 3 servers at most, 20% of connections in vain
              who loses a race, or answers much later than others and after more than 2s gets no new connections for 1s to 10s
              check: HTTPS GET /readyz (/healthz where that is 404) expects 200 (403: not ready for 60s after a start), verified with /etc/kubernetes/pki/ca.crt, 10 on one connection, every 2s (500ms while changing), timeout 2s, rise 2, fall 3, jitter 10%
              TCP with servers: keepalive after 30s, every 10s, 3 probes, user timeout 60s, delayed acknowledgements
              while no server is usable: try all of them anyway
              sessions of a dead server are closed at 200 per second
            virtual router vip: 172.16.100.150/24 on eth0
              VRRPv2, router-id 150, priority 100, an advertisement every 1s
              unicast to 172.16.100.120, 172.16.100.160 (a keepalived on multicast does not hear it) from 172.16.100.100, with password
              does not preempt a sitting master
              gratuitous ARP: 5 on takeover, again after 5s, one every 60s, repeated 100ms after a sign of another master, one with an advertisement every 100ms at most
              dead-man switches: address lifetimes, lease filter auto, a clock jump is a pause; connections on an address that goes are reset
              gives the address up without its listeners and 1 usable server of api, or when an event loop stands still for 3s
            metrics on 127.0.0.1:8404, probes on 127.0.0.1:8405, control socket /run/fairlead/fairlead.sock
            log: human, info and above
            event loops: one for each CPU, data path auto, drain on stop 5s
            """);
  }

  @Test
  void the_long_form_in_words() {
    FakeHost host = FakeHost.with("eth0 172.16.100.100/24", "eth1 10.0.0.5/16");
    String text = LongFormTest.EVERYTHING.replaceAll("(?m)^ *(ca-file|client-|bearer).*$", "");
    assertThat(ConfigurationText.of(Reads.valid(host, text)))
        .contains(
            "  server b at 10.0.0.1:1, weight 5, drain, checked at 10.1.0.1:2\n",
            "  backup server a at 10.0.0.2:3, weight 0, at most 30 connections, maintenance, checked"
                + " at 10.0.0.2:77, agent at 10.1.0.2:9707\n",
            "  a recovered server reaches its full weight within 12s\n",
            "  connections: at most 40 on all servers together; beyond, 17 may wait for 3s each,"
                + " also when they have ended their side\n",
            "  clients (IPv4 /24, IPv6 /64) stick to their server for 5m after each use, 204800 at"
                + " most; when it is down they come back to it later, when it is full they stick to"
                + " another\n",
            "  a connect not answered within 20ms to 40ms goes to another server, too; 4 servers at"
                + " most, 5% of connections in vain\n",
            "  who loses a race, or answers much later than others and after more than 700ms gets no"
                + " new connections for 3s to 6s\n",
            "  after a recovery: 7 sessions per second are closed on servers with 25% more than their"
                + " share, if older than 60s and idle for 2s\n",
            "  check: HTTPS GET /health (/old where that is 404) of host example.org expects 204,"
                + " 300-399 (403: not ready for 10s after a start), not verified, server name"
                + " api.example.org,",
            "  agents: port 9707, asked every 4s, timeout 600ms, with a text sent first\n",
            "  after 20 connections of clients in a row that fail: no new connections until checks"
                + " have passed again\n",
            "virtual router main: 172.16.100.150/24 label eth0:vip on eth1 scope link,"
                + " 172.16.100.151/24, fd00::9/64 (not advertised) on eth0\n",
            "  unicast to 172.16.100.120 (a keepalived on multicast does not hear it) from"
                + " 172.16.100.100, with password, accepted"
                + " with a hop limit of 64 and more\n",
            "  preempts a lower priority after 0s, starts after 7s, at its start takes over after one"
                + " silent interval\n",
            "  moves together with the others of sync group pair\n",
            "  gratuitous ARP: 3 on takeover, no second burst, one every 10s, repeated 2s after a sign"
                + " of another master, as request and reply, claims of others are not looked for\n",
            "  dead-man switches: no address lifetimes, lease filter always, a clock jump is no"
                + " pause; connections on an address that goes are left alone\n",
            "event loops: 3, data path io-uring, drain on stop 9s\n");
  }
}
