package dev.fairlead.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.benchmarks.apiserver.Certificates;
import dev.fairlead.daemon.demo.ChildProcess;
import dev.fairlead.lab.Await;
import dev.fairlead.lab.Etcd;
import dev.fairlead.lab.FairleadNode;
import dev.fairlead.lab.Lab;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Not only API servers: a real etcd cluster, TLS with client certificates, in the long form. */
final class EtcdBackendTest {

  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Duration IDLE = Duration.ofSeconds(60);
  private static final String ENDPOINT = "https://10.77.0.11:12379";

  @Test
  void etcdIsCheckedWithAClientCertificateAndAnIdleWatchSurvives() throws Exception {
    try (Lab lab = Lab.withNodes(3)) {
      Certificates certificates = Certificates.create(lab.directory().resolve("pki"));
      certificates.issue("client", List.of());
      List<ChildProcess> members = new ArrayList<>();
      for (String node : lab.nodes()) {
        // The members are reached by their own addresses and by the balancer's.
        certificates.issue(node, List.of("IP:" + Lab.address(node), "IP:10.77.0.11"));
      }
      for (String node : lab.nodes()) {
        members.add(Etcd.start(lab, node, certificates));
      }
      FairleadNode fairlead = lab.fairlead("n1", configuration(certificates)).start();
      for (String node : lab.nodes()) {
        fairlead.awaitHealth("etcd", node, "UP", SOON);
        assertThat(fairlead.server("etcd", node).getInt("last_check.status")).isEqualTo(200);
        // Without the certificate the same servers refuse: so it was the certificate.
        Await.until(
            () -> node + " refuses who has no certificate:\n" + fairlead.log(),
            SOON,
            () ->
                fairlead.server("uncertified", node).hasPath("last_check")
                    && fairlead
                        .server("uncertified", node)
                        .getString("last_check.detail")
                        .contains("certificate"));
        assertThat(fairlead.health("uncertified", node)).isNotEqualTo("UP");
      }

      ChildProcess watch =
          lab.start(
              "client", "watch", etcdctl(certificates, "watch", "idle").toArray(String[]::new));
      Await.until(
          "the watch is connected", SOON, () -> fairlead.frontend("etcd").getInt("sessions") >= 1);
      Await.throughout("an idle watch lives", IDLE, watch::isAlive);
      lab.run("client", etcdctl(certificates, "put", "idle", "awake").toArray(String[]::new));
      Await.until("the watch reports the change", SOON, () -> watch.output().contains("awake"));

      // A member dies; the cluster has a majority, and the balancer still leads to it.
      ChildProcess victim = members.getLast();
      victim.kill();
      assertThat(victim.hasEndedWithin(SOON)).isTrue();
      for (int i = 0; i < 9; i++) {
        assertThat(
                lab.run(
                    "client",
                    etcdctl(certificates, "get", "idle", "--print-value-only")
                        .toArray(String[]::new)))
            // etcdctl also says there when it had to ask again during an election.
            .endsWith("awake\n");
      }
      fairlead.awaitHealth("etcd", "n3", "DEAD", SOON);
    }
  }

  private static String configuration(Certificates certificates) {
    return """
    frontends {
      etcd.listen = "*:12379"
      uncertified.listen = "127.0.0.1:12380"
    }
    backends {
      etcd {
        servers { n1 = "10.77.0.11:2379", n2 = "10.77.0.12:2379", n3 = "10.77.0.13:2379" }
        balance = roundrobin
        check {
          type = https, path = "/health", interval = 1s
          ca-file = "%1$s", client-certificate = "%2$s", client-key = "%3$s"
        }
      }
      uncertified {
        servers { n1 = "10.77.0.11:2379", n2 = "10.77.0.12:2379", n3 = "10.77.0.13:2379" }
        check { type = https, path = "/health", interval = 1s, ca-file = "%1$s" }
      }
    }
    """
        .formatted(
            certificates.authority(),
            certificates.certificate("client"),
            certificates.key("client"));
  }

  private static List<String> etcdctl(Certificates certificates, String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "etcdctl",
                "--endpoints=" + ENDPOINT,
                "--cacert=" + certificates.authority(),
                "--cert=" + certificates.certificate("client"),
                "--key=" + certificates.key("client")));
    command.addAll(List.of(arguments));
    return command;
  }
}
