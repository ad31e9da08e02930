package dev.fairlead.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import dev.fairlead.daemon.admin.ControlClient;
import dev.fairlead.daemon.demo.ClientWindow;
import dev.fairlead.daemon.demo.SteadyClient;
import dev.fairlead.lab.Await;
import dev.fairlead.lab.FairleadNode;
import dev.fairlead.lab.HolderWatch;
import dev.fairlead.lab.Lab;
import dev.fairlead.lab.VipProbe;
import dev.fairlead.lab.WatchStream;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Reloads under load: what is not mentioned in a change does not notice it. */
@ResourceLock(Lab.BOTH_CPUS) // times what a client sees
final class ReloadTest {

  private static final Duration ELECTION = Duration.ofSeconds(15);
  private static final int RELOADS = 100;
  private static final String OTHER_VIP = "10.77.0.101";

  private Lab lab;
  private FairleadNode fairlead;

  @BeforeEach
  void oneNodeInFrontOfThreeServers() throws Exception {
    lab = Lab.withNodes(3);
    lab.startApiServers();
    fairlead = lab.fairlead("n1", first());
  }

  @AfterEach
  void closeLab() throws Exception {
    lab.close();
  }

  private String first() throws Exception {
    return """
    frontends {
      api.listen = "*:8443"
    }
    backends.api {
      servers { n1 { address = "10.77.0.11", weight = 1 }, n2 = "10.77.0.12", n3 = "10.77.0.13" }
      check { type = https, ca-file = "%s", interval = 1s }
    }
    virtual-routers.vip {
      addresses = "%s/24"
      peers = ["10.77.0.12", "10.77.0.13"]
    }
    """
        .formatted(lab.certificate().certificate(), Lab.VIP);
  }

  /** Another weight, one server less, other checks, one listener and one virtual router more. */
  private String second() throws Exception {
    return """
    frontends {
      api.listen = "*:8443"
      more { listen = "*:9443", backend = api }
    }
    backends.api {
      servers { n1 { address = "10.77.0.11", weight = 5 }, n2 = "10.77.0.12" }
      check { type = https, ca-file = "%s", interval = 3s, fall = 2 }
    }
    virtual-routers.vip {
      addresses = "%s/24"
      peers = ["10.77.0.12", "10.77.0.13"]
    }
    virtual-routers.other {
      addresses = "%s/24"
      peers = ["10.77.0.12", "10.77.0.13"]
    }
    """
        .formatted(lab.certificate().certificate(), Lab.VIP, OTHER_VIP);
  }

  @Test
  void aHundredReloadsUnderLoadDisturbNothingThatStays() throws Exception {
    HolderWatch holders = lab.watchHolders();
    VipProbe probe = lab.probe();
    fairlead.start();
    fairlead.awaitRouter("vip", "MASTER", ELECTION);
    fairlead.awaitServersUp();
    SteadyClient client = lab.steadyClient(Lab.VIP, 50);
    Await.until("the client is served", ELECTION, () -> client.log().succeeded() > 100);
    WatchStream watch = watchOnAServerThatStays();
    long began = System.nanoTime();
    long connections = fairlead.server("api", "n1").getLong("connections");

    for (int i = 1; i <= RELOADS; i++) {
      fairlead.configure(i % 2 == 0 ? first() : second());
      ControlClient.Reply reply = fairlead.reload();
      assertThat(reply.succeeded()).as("reload %d: %s", i, reply.text()).isTrue();
      if (i % 10 == 1) {
        // What is new is really there, not only accepted.
        assertThat(lab.run("client", "curl", "-sk", "https://10.77.0.11:9443/readyz"))
            .isEqualTo("ok");
        assertThat(fairlead.server("api", "n1").getInt("weight")).isEqualTo(5);
        assertThat(fairlead.routerState("other")).isIn("BACKUP", "MASTER");
      }
      if (i % 10 == 0) {
        assertThat(lab.outcome("client", "curl", "-sk", "https://10.77.0.11:9443/readyz").status())
            .as("curl to a listener that was removed")
            .isEqualTo(7);
        assertThat(fairlead.server("api", "n1").getInt("weight")).isEqualTo(1);
      }
    }
    long ended = System.nanoTime();
    watch.awaitEvents(2);
    client.finish();

    ClientWindow seen = client.log().window(began, ended);
    assertThat(seen.requests()).isPositive();
    assertThat(seen.failed()).isZero();
    assertThat(probe.longestGap(began, ended)).isLessThan(Duration.ofMillis(200));
    assertThat(holders.arrivals("n1")).as("times the virtual address came").isEqualTo(1);
    assertThat(holders.noHolder(began, ended)).isZero();
    Config router = fairlead.router("vip");
    assertThat(router.getString("state")).isEqualTo("MASTER");
    assertThat(router.getLong("transitions.master")).isEqualTo(1);
    assertThat(fairlead.server("api", "n1").getLong("connections"))
        .as("counters survive")
        .isGreaterThan(connections);
    assertThat(lab.ip("n1", "-o", "address", "show", "dev", "eth0")).doesNotContain(OTHER_VIP);
  }

  @Test
  void aFailingReloadChangesNothingAndTheCommandSaysSo() throws Exception {
    fairlead.start();
    fairlead.awaitServersUp();
    SteadyClient client = lab.steadyClient(Lab.address("n1"), 50);
    Await.until("the client is served", ELECTION, () -> client.log().succeeded() > 50);
    long began = System.nanoTime();

    fairlead.configure(second() + "\nfrontends.api.lissten = \"*:1\"\n");
    Lab.Outcome typo = fairlead.reloadCommand();
    assertThat(typo.status()).isEqualTo(1);
    assertThat(typo.output()).contains("lissten").contains("listen");

    // Valid by itself, but the port is taken: found only when it is bound.
    lab.occupy("n1", 9443);
    fairlead.configure(second());
    Lab.Outcome taken = fairlead.reloadCommand();
    assertThat(taken.status()).isEqualTo(1);
    assertThat(taken.output()).contains("9443");

    assertThat(fairlead.server("api", "n1").getInt("weight")).isEqualTo(1);
    assertThat(fairlead.health("api", "n3")).isEqualTo("UP");
    assertThat(fairlead.status().getConfigList("virtual_routers")).hasSize(1);
    assertThat(fairlead.status().getConfigList("frontends")).hasSize(1);
    assertThat(client.log().window(began, System.nanoTime()).failed()).isZero();

    fairlead.configure(first());
    assertThat(fairlead.reloadCommand().status()).isZero();
  }

  @Test
  void aHangupSignalReloads() throws Exception {
    fairlead.start();
    fairlead.awaitServersUp();
    fairlead.configure(second());
    fairlead.process().signal("HUP");
    Await.until(
        () -> "the weight is 5; the log:\n" + fairlead.log(),
        ELECTION,
        () -> fairlead.server("api", "n1").getInt("weight") == 5);
  }

  private WatchStream watchOnAServerThatStays() throws Exception {
    for (int attempt = 0; attempt < 30; attempt++) {
      WatchStream watch = lab.watchStream(Lab.VIP);
      if (!watch.servedBy().equals("n3")) {
        return watch;
      }
    }
    throw new AssertionError("30 watches, and all on n3");
  }
}
