package dev.fairlead.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.daemon.demo.ChildProcess;
import dev.fairlead.lab.Await;
import dev.fairlead.lab.FairleadNode;
import dev.fairlead.lab.Lab;
import dev.fairlead.lab.WatchStream;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How a process ends, and how a second one does not begin. */
final class ShutdownTest {

  private static final Duration SOON = Duration.ofSeconds(10);
  private static final String[] CURL = {
    "curl", "-sk", "--max-time", "2", "https://10.77.0.11:8443/readyz"
  };

  private Lab lab;
  private FairleadNode fairlead;

  @BeforeEach
  void oneServerBehindOneBalancer() throws Exception {
    lab = Lab.withNodes(1);
    lab.startApiServers();
    fairlead =
        lab.fairlead(
            "n1",
            """
            frontends.api.listen = "*:8443"
            backends.api {
              servers { n1 = "10.77.0.11:6443" }
              check { type = https, ca-file = "%s" }
            }
            shutdown.drain = 4s
            """
                .formatted(lab.certificate().certificate()));
    fairlead.start();
    fairlead.awaitServersUp();
  }

  @AfterEach
  void closeLab() throws Exception {
    lab.close();
  }

  @Test
  void aTerminatedProcessAcceptsNoMoreAndLetsSessionsDrain() throws Exception {
    WatchStream watch = lab.watchStream("10.77.0.11");
    long terminated = System.nanoTime();
    fairlead.process().terminate();
    Await.until("it accepts no more", SOON, () -> lab.outcome("client", CURL).status() == 7);
    watch.awaitEvents(1);
    assertThat(fairlead.process().hasEndedWithin(SOON)).isTrue();

    Duration took = Duration.ofNanos(System.nanoTime() - terminated);
    assertThat(fairlead.process().exitStatus()).as(fairlead.log()).isZero();
    assertThat(took).isBetween(Duration.ofSeconds(4), Duration.ofMillis(6500));
    Await.until("the watch ends", SOON, watch::hasEnded);
  }

  @Test
  void withoutSessionsItEndsAtOnce() throws Exception {
    long terminated = System.nanoTime();
    fairlead.process().terminate();
    assertThat(fairlead.process().hasEndedWithin(SOON)).isTrue();
    assertThat(fairlead.process().exitStatus()).as(fairlead.log()).isZero();
    assertThat(Duration.ofNanos(System.nanoTime() - terminated)).isLessThan(Duration.ofSeconds(3));
  }

  @Test
  void aSecondSignalEndsItAtOnce() throws Exception {
    lab.watchStream("10.77.0.11");
    fairlead.process().terminate();
    Await.until("it is stopping", SOON, () -> lab.outcome("client", CURL).status() == 7);
    long again = System.nanoTime();
    fairlead.process().signal("TERM");
    assertThat(fairlead.process().hasEndedWithin(SOON)).isTrue();
    assertThat(Duration.ofNanos(System.nanoTime() - again)).isLessThan(Duration.ofSeconds(2));
  }

  @Test
  void aSecondInstanceOnTheSamePortIsRefusedAndTakesNothingAway() throws Exception {
    ChildProcess second = fairlead.startAnother();
    assertThat(second.hasEndedWithin(Duration.ofSeconds(20))).isTrue();
    assertThat(second.exitStatus()).as(fairlead.log()).isEqualTo(1);

    for (int i = 0; i < 20; i++) {
      assertThat(lab.run("client", CURL)).isEqualTo("ok");
    }
    // The first still owns its control socket.
    assertThat(fairlead.status().getLong("pid")).isEqualTo(fairlead.process().pid());
  }

  @Test
  void aSecondInstanceWithASocketOfItsOwnIsToldWhichPortIsTaken() throws Exception {
    FairleadNode other =
        lab.anotherFairlead(
            "n1",
            """
            frontends.api.listen = "*:8443"
            backends.api { servers { n1 = "10.77.0.11:6443" }, check = none }
            admin { metrics = none, probes = none }
            """);
    ChildProcess second = other.startAnother();
    assertThat(second.hasEndedWithin(Duration.ofSeconds(20))).isTrue();
    assertThat(second.exitStatus()).isEqualTo(1);
    assertThat(second.output()).contains("8443");
    assertThat(lab.run("client", CURL)).isEqualTo("ok");
  }
}
