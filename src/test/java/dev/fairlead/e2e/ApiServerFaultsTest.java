package dev.fairlead.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.daemon.demo.ClientLog;
import dev.fairlead.daemon.demo.ClientWindow;
import dev.fairlead.daemon.demo.Request;
import dev.fairlead.daemon.demo.SteadyClient;
import dev.fairlead.lab.Await;
import dev.fairlead.lab.FairleadNode;
import dev.fairlead.lab.Lab;
import dev.fairlead.lab.WatchStream;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

/** One balancer, three API servers, 50 new TLS connections a second, and one server in trouble. */
@ResourceLock(Lab.BOTH_CPUS) // times what a client sees
final class ApiServerFaultsTest {

  private static final String VICTIM = "n2";
  private static final Duration NOTICED = Duration.ofSeconds(15);
  private static final Duration TENTH = Duration.ofMillis(100);

  private Lab lab;
  private FairleadNode fairlead;
  private SteadyClient client;

  @BeforeEach
  void threeServersBehindOneBalancer() throws Exception {
    lab = Lab.withNodes(3);
    lab.startApiServers();
    fairlead = lab.fairlead("n1", configuration(httpsCheck()));
    fairlead.start();
    fairlead.awaitServersUp();
    client = lab.steadyClient(Lab.address("n1"), 50);
    answered(100);
  }

  private String httpsCheck() throws Exception {
    return "check { type = https, ca-file = \"%s\" }".formatted(lab.certificate().certificate());
  }

  /** So that the victim is chosen whatever it has: leastconn would go round it by itself. */
  private void byTurns(String check) throws Exception {
    fairlead.configure(configuration(check + "\nbalance = roundrobin"));
    assertThat(fairlead.reload().succeeded()).isTrue();
    fairlead.awaitServersUp();
  }

  private static String configuration(String more) {
    return """
    frontends.api.listen = "*:8443"
    backends.api {
      servers { n1 = "%s:6443", n2 = "%s:6443", n3 = "%s:6443" }
      # Who is back has its full share at once, or these stories would take half a minute.
      slow-start = 0
      %s
    }
    """
        .formatted(Lab.address("n1"), Lab.address("n2"), Lab.address("n3"), more);
  }

  @AfterEach
  void closeLab() throws Exception {
    lab.close();
  }

  @Test
  void aKilledServerCostsOnlyWhatIsUnderWayOnItAndComesBackForNothing() throws Exception {
    long killed = System.nanoTime();
    lab.apiServer(VICTIM).kill();
    long gone = System.nanoTime();
    fairlead.awaitHealth("api", VICTIM, "DEAD", NOTICED);
    answered(100);
    // Only who is under way on it is lost: one, or on a slow machine its share of them.
    assertThat(since(killed).failed()).isLessThanOrEqualTo(Math.max(1, (underWay(gone) + 2) / 3));
    assertThat(failedAfter(gone)).as("started after the kill").isEmpty();
    assertThat(slowest(killed)).as("slowest requests").isEmpty();

    long back = System.nanoTime();
    lab.apiServer(VICTIM).start();
    fairlead.awaitHealth("api", VICTIM, "UP", NOTICED);
    awaitServedBy(VICTIM);
    assertThat(since(back).failed()).isZero();
  }

  @Test
  void aServerThatIsNotReadyKeepsItsConnectionsAndGetsNoNewOnes() throws Exception {
    WatchStream watch = watchOn(VICTIM);
    long unready = System.nanoTime();
    lab.apiServer(VICTIM).ready(false);
    fairlead.awaitHealth("api", VICTIM, "UNREADY", NOTICED);

    long drained = System.nanoTime();
    answered(100);
    assertThat(servedBy(VICTIM, drained)).isZero();
    assertThat(since(unready).failed()).isZero();
    watch.awaitEvents(2);

    lab.apiServer(VICTIM).ready(true);
    fairlead.awaitHealth("api", VICTIM, "UP", NOTICED);
    // The kept watch counts against it, so a short request may never come here; more watches will.
    watchOn(VICTIM);
    assertThat(watch.hasEnded()).isFalse();
  }

  @Test
  void aFrozenServerCostsNobodyWhoComesLaterAndItsConnectionsAreClosed() throws Exception {
    WatchStream watch = watchOn(VICTIM);
    byTurns(httpsCheck());
    lab.apiServer(VICTIM).signal("STOP");
    long frozen = System.nanoTime();
    fairlead.awaitHealth("api", VICTIM, "DEAD", NOTICED);
    Await.until("the watch on the frozen server ends", Duration.ofSeconds(5), watch::hasEnded);
    answered(200);
    assertNobodyNotices(frozen);
    // It was not luck: somebody came to it and was taken elsewhere.
    assertThat(fairlead.server("api", VICTIM).getLong("races_lost")).isPositive();

    lab.apiServer(VICTIM).signal("CONT");
    fairlead.awaitHealth("api", VICTIM, "UP", NOTICED);
    awaitServedBy(VICTIM);
  }

  @Test
  void twoFrozenServersOfThreeCostNobodyWhoComesLater() throws Exception {
    byTurns(httpsCheck());
    lab.apiServer(VICTIM).signal("STOP");
    lab.apiServer("n3").signal("STOP");
    long frozen = System.nanoTime();
    fairlead.awaitHealth("api", VICTIM, "DEAD", NOTICED);
    fairlead.awaitHealth("api", "n3", "DEAD", NOTICED);
    answered(200);
    assertNobodyNotices(frozen);
    assertThat(servedBy("n1", frozen)).isGreaterThanOrEqualTo(200);
  }

  /** SYNs are not answered, and nothing is refused. */
  @Test
  void aHostThatLosesItsPowerCostsATenthOfASecondAtMost() throws Exception {
    byTurns(httpsCheck());
    long usual = usual();
    lab.unplug(VICTIM);
    long cut = System.nanoTime();
    fairlead.awaitHealth("api", VICTIM, "DEAD", NOTICED);
    answered(200);
    assertNobodyNotices(cut);
    assertThat(added(usual, cut))
        .as("added to the usual %s, by 99 of 100", Duration.ofNanos(usual))
        .isLessThanOrEqualTo(TENTH);
    assertThat(fairlead.server("api", VICTIM).getLong("races_lost")).isPositive();

    lab.plug(VICTIM);
    fairlead.awaitHealth("api", VICTIM, "UP", NOTICED);
    awaitServedBy(VICTIM);
  }

  /** That nobody notices a frozen server, or a host without power, is the races' doing. */
  @Test
  void withoutRacesBothAreNoticed() throws Exception {
    byTurns(httpsCheck() + "\nrace = off");
    long usual = usual();
    long lost = racesLost();
    lab.apiServer("n3").signal("STOP");
    long frozen = System.nanoTime();
    fairlead.awaitHealth("api", "n3", "DEAD", NOTICED);
    answered(50);
    assertThat(failedAfter(frozen).size() + slowest(frozen).size())
        .as("failed, or slow")
        .isPositive();

    lab.unplug(VICTIM);
    long cut = System.nanoTime();
    fairlead.awaitHealth("api", VICTIM, "DEAD", NOTICED);
    answered(50);
    assertThat(added(usual, cut)).as("added by 99 of 100").isGreaterThan(TENTH);
    assertThat(racesLost()).isEqualTo(lost);
  }

  private long racesLost() throws Exception {
    return fairlead.server("api", VICTIM).getLong("races_lost")
        + fairlead.server("api", "n3").getLong("races_lost");
  }

  @Test
  void aServerThatIsToldToEndKeepsItsWatchesAfterItHasStoppedListening() throws Exception {
    WatchStream watch = watchOn(VICTIM);
    long told = System.nanoTime();
    lab.apiServer(VICTIM).terminate(Duration.ZERO);
    fairlead.awaitHealth("api", VICTIM, "DEAD", NOTICED);
    answered(100);
    assertThat(since(told).failed()).isZero();
    watch.awaitEvents(3);
    assertThat(watch.hasEnded()).isFalse();

    lab.apiServer(VICTIM).kill();
    Await.until("the kernel ends what it had", Duration.ofSeconds(5), watch::hasEnded);
  }

  @Test
  void aServerThatIsTooSlowForItsCheckKeepsItsWatches() throws Exception {
    WatchStream watch = watchOn(VICTIM);
    lab.apiServer(VICTIM).slow(Duration.ofSeconds(5));
    fairlead.awaitHealth("api", VICTIM, "UNREADY", NOTICED);
    long drained = System.nanoTime();
    answered(100);
    assertThat(servedBy(VICTIM, drained)).isZero();
    watch.awaitEvents(2);
    assertThat(watch.hasEnded()).isFalse();
  }

  @Test
  void aSlowServerGetsFewerConnectionsAndFailsNone() throws Exception {
    long slow = System.nanoTime();
    lab.apiServer(VICTIM).slow(Duration.ofMillis(500));
    answered(250);
    assertThat(since(slow).failed()).isZero();
    assertThat(fairlead.health("api", VICTIM)).isEqualTo("UP");
    // Half a second each, one or two at a time: a third of the traffic would be 80 of 250.
    assertThat(servedBy(VICTIM, slow)).isBetween(1L, 50L);
  }

  /** Nothing but the answers themselves can tell: the check connects, and turns are taken. */
  @Test
  void aServerThatAnswersAfterFiveSecondsGetsHardlyAnyNewConnections() throws Exception {
    client.finish();
    byTurns("check = tcp");
    client = lab.patientClient(Lab.address("n1"), 50, Duration.ofSeconds(15));
    answered(100);

    long slow = System.nanoTime();
    lab.apiServer(VICTIM).slow(Duration.ofSeconds(5));
    Await.until(
        "it is avoided",
        Duration.ofSeconds(20),
        () -> fairlead.server("api", VICTIM).getBoolean("avoided"));
    long from = System.nanoTime();
    long before = fairlead.server("api", VICTIM).getLong("connections");
    answered(350);
    // By turns it would have been a third of those that have come.
    long came = client.log().endedSince(from).stream().filter(r -> r.startNanos() > from).count();
    assertThat(fairlead.server("api", VICTIM).getLong("connections") - before)
        .as("of %d", came)
        .isLessThanOrEqualTo(came / 20);
    assertThat(since(slow).failed()).isZero();
    assertThat(fairlead.health("api", VICTIM)).isEqualTo("UP");
  }

  /** A watch through the balancer that ended up on a certain server. */
  private WatchStream watchOn(String server) throws Exception {
    for (int attempt = 0; attempt < 30; attempt++) {
      WatchStream watch = lab.watchStream(Lab.address("n1"));
      if (watch.servedBy().equals(server)) {
        return watch;
      }
      // Left open: the balancer counts it, and so the next one goes elsewhere.
    }
    throw new AssertionError("30 watches, and none on " + server);
  }

  private void answered(int more) throws Exception {
    ClientLog log = client.log();
    int wanted = log.succeeded() + more;
    Await.until(more + " more answers", Duration.ofSeconds(30), () -> log.succeeded() >= wanted);
  }

  private void awaitServedBy(String server) throws Exception {
    long from = System.nanoTime();
    Await.until(server + " serves again", Duration.ofSeconds(10), () -> servedBy(server, from) > 0);
  }

  /** Whoever begins after a moment is served, and soon. */
  private void assertNobodyNotices(long since) {
    assertThat(failedAfter(since)).as("failed").isEmpty();
    assertThat(slowest(since)).as("slow").isEmpty();
  }

  /** The median of what a request takes while nothing is wrong, nanoseconds. */
  private long usual() throws Exception {
    long warm = System.nanoTime();
    answered(100);
    return percentile(0.5, client.log().endedSince(warm));
  }

  /** What 99 of 100 of those that have begun since then have waited longer than usual, at most. */
  private Duration added(long usual, long since) {
    List<Request> after =
        client.log().endedSince(since).stream().filter(r -> r.startNanos() - since >= 0).toList();
    return Duration.ofNanos(percentile(0.99, after) - usual);
  }

  private static long percentile(double share, List<Request> requests) {
    long[] nanos =
        requests.stream().mapToLong(r -> r.endNanos() - r.startNanos()).sorted().toArray();
    return nanos[(int) Math.ceil(share * nanos.length) - 1];
  }

  /** Requests that had begun at a moment and not ended. */
  private int underWay(long nanos) {
    return (int)
        client.log().endedSince(nanos).stream()
            .filter(request -> request.startNanos() - nanos < 0)
            .count();
  }

  /** Failed requests that began after a moment. */
  private List<Request> failedAfter(long nanos) {
    return client.log().endedSince(nanos).stream()
        .filter(request -> !request.ok() && request.startNanos() - nanos > 0)
        .toList();
  }

  /** Those that a person would notice, in words, for the message. */
  private List<String> slowest(long sinceNanos) {
    return client.log().endedSince(sinceNanos).stream()
        .filter(request -> request.startNanos() - sinceNanos >= 0)
        .filter(request -> request.endNanos() - request.startNanos() > ClientWindow.SLOW.toNanos())
        .map(request ->
            "%s, %d ms, started %d ms after"
                .formatted(
                    request.detail(),
                    (request.endNanos() - request.startNanos()) / 1_000_000,
                    (request.startNanos() - sinceNanos) / 1_000_000))
        .toList();
  }

  private long servedBy(String server, long sinceNanos) {
    return client.log().endedSince(sinceNanos).stream()
        .filter(request -> request.startNanos() - sinceNanos >= 0)
        .filter(Request::ok)
        .filter(request -> request.detail().equals(server))
        .count();
  }

  private ClientWindow since(long nanos) {
    return client.log().window(nanos, System.nanoTime());
  }
}
