package dev.fairlead.lb.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.BackendConfig;
import dev.fairlead.config.BackendConfig.AllDown;
import dev.fairlead.config.BackendConfig.Balance;
import dev.fairlead.config.HealthCheckConfig;
import dev.fairlead.config.PlacementConfig;
import dev.fairlead.config.QueueConfig;
import dev.fairlead.config.ServerConfig;
import dev.fairlead.config.ServerConfig.Administrative;
import dev.fairlead.config.StickTableConfig;
import dev.fairlead.config.StickTableConfig.ServerDown;
import dev.fairlead.config.StickTableConfig.ServerFull;
import dev.fairlead.config.SupervisionConfig;
import dev.fairlead.config.TcpConfig;
import dev.fairlead.lb.Adjustment;
import dev.fairlead.lb.Advice;
import dev.fairlead.lb.Availability;
import dev.fairlead.lb.LoadBalancerSnapshot;
import dev.fairlead.lb.balance.Tried;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BackendTest {

  private static final long SECOND = 1_000_000_000;

  /** A session without sockets. */
  private static final class FakeSession implements Applicant {
    private final String name;
    private final int loop;
    private final long client;
    private final Tried tried = new Tried();
    private final List<FakeSession> calledInOrder;
    private @Nullable Server place;
    private @Nullable Ticket ticket;
    private boolean toldThatThereIsNone;

    FakeSession(String name, int loop, long client, List<FakeSession> calledInOrder) {
      this.name = name;
      this.loop = loop;
      this.client = client;
      this.calledInOrder = calledInOrder;
    }

    @Override
    public int loopIndex() {
      return loop;
    }

    @Override
    public long clientHigh() {
      return 0;
    }

    @Override
    public long clientLow() {
      return 0xffff_0000_0000L + client;
    }

    @Override
    public Tried tried() {
      return tried;
    }

    @Override
    public void called(@Nullable Server server) {
      place = server;
      toldThatThereIsNone = server == null;
      calledInOrder.add(this);
    }

    String at() {
      Server now = place;
      return now == null ? "nowhere" : now.name();
    }
  }

  private final List<FakeSession> called = new ArrayList<>();
  private long now = 1000 * SECOND;
  private BackendConfig config = config(Balance.ROUND_ROBIN, PlacementConfig.NONE, server("a"));
  private Backend backend = new Backend(config, 2, now);

  private static ServerConfig server(String name) {
    return server(name, 1, Administrative.READY, false, 0);
  }

  private static ServerConfig limited(String name, int maxConnections) {
    return server(name, 1, Administrative.READY, false, maxConnections);
  }

  private static ServerConfig backup(String name) {
    return server(name, 1, Administrative.READY, true, 0);
  }

  private static ServerConfig server(
      String name, int weight, Administrative state, boolean backup, int maxConnections) {
    InetSocketAddress address = InetSocketAddress.createUnresolved(name, 6443);
    return new ServerConfig(
        name, address, weight, state, Optional.empty(), backup, maxConnections, Optional.empty());
  }

  private static BackendConfig config(
      Balance balance, PlacementConfig placement, ServerConfig... servers) {
    return new BackendConfig(
        "api",
        List.of(servers),
        balance,
        Duration.ofSeconds(2),
        3,
        1,
        AllDown.TRY_ANYWAY,
        Duration.ZERO,
        0,
        TcpConfig.DEFAULT,
        new HealthCheckConfig.Disabled(),
        placement,
        SupervisionConfig.NONE);
  }

  private static PlacementConfig queue(int maxConnections, int size) {
    return new PlacementConfig(
        Duration.ZERO,
        maxConnections,
        new QueueConfig(size, Duration.ofSeconds(1), true),
        Optional.empty());
  }

  private static PlacementConfig sticky(ServerDown down, ServerFull full) {
    return new PlacementConfig(
        Duration.ZERO,
        0,
        QueueConfig.DEFAULT,
        Optional.of(new StickTableConfig(100, Duration.ofMinutes(30), 32, 128, down, full)));
  }

  /** With every server usable. */
  private void start(Balance balance, PlacementConfig placement, ServerConfig... servers) {
    config = config(balance, placement, servers);
    backend = new Backend(config, 2, now);
    for (ServerConfig server : servers) {
      backend.availability(server.name(), Availability.USABLE, now);
    }
  }

  private void is(String server, Availability availability) {
    backend.availability(server, availability, now);
    backend.serve(0, now);
  }

  /** A connection, to wherever there is a place now; otherwise it waits. */
  private FakeSession connect(String name, long client) {
    return connect(name, 0, client);
  }

  private FakeSession connect(String name, int loop, long client) {
    FakeSession session = new FakeSession(name, loop, client, called);
    Snapshot snapshot = backend.snapshot();
    Server taken = backend.take(snapshot, session, now);
    if (taken != null) {
      session.place = taken;
      backend.stick(taken, session, now);
    } else if (backend.mayWait(snapshot, session)) {
      session.ticket = backend.join(snapshot, session, now);
    } else {
      session.toldThatThereIsNone = true;
    }
    return session;
  }

  private void end(FakeSession session) {
    Server place = session.place;
    if (place == null) {
      throw new AssertionError(session.name + " has no place");
    }
    session.place = null;
    place.release(session.loop);
  }

  private static boolean leave(FakeSession session) {
    Ticket ticket = session.ticket;
    return ticket != null && ticket.leave();
  }

  private String where(int connections) {
    StringBuilder where = new StringBuilder();
    for (int i = 0; i < connections; i++) {
      FakeSession session = connect("", 1);
      where.append(session.at());
      end(session);
    }
    return where.toString();
  }

  private LoadBalancerSnapshot.Queue queue() {
    return backend.status(now).queue();
  }

  private long stick(BackendCounter kind) {
    return backend.counters(0).get(kind) + backend.counters(1).get(kind);
  }

  // ---- who is used ----

  @Test
  void backupsAreUsedOnlyWhileNoOtherServerIsUsable() {
    start(Balance.ROUND_ROBIN, PlacementConfig.NONE, server("a"), server("b"), backup("x"));
    assertThat(where(4)).isEqualTo("abab");
    is("a", Availability.DEAD);
    assertThat(where(2)).isEqualTo("bb");
    is("b", Availability.UNREADY);
    assertThat(where(2)).isEqualTo("xx");
    is("x", Availability.DEAD);
    assertThat(where(1)).as("all down: those that answer at all").isEqualTo("b");
    is("a", Availability.USABLE);
    assertThat(where(2)).isEqualTo("aa");
  }

  @Test
  void aServerThatRefusesComesBeforeOneThatIsSilent() {
    start(Balance.ROUND_ROBIN, PlacementConfig.NONE, server("a"), server("b"));
    is("a", Availability.DEAD);
    is("b", Availability.REFUSING);
    assertThat(where(2)).isEqualTo("bb");
    is("a", Availability.UNREADY);
    assertThat(where(2)).as("who answers comes first").isEqualTo("aa");
  }

  @Test
  void aServerThatHasNotBeenCheckedComesBeforeABackup() {
    config = config(Balance.ROUND_ROBIN, PlacementConfig.NONE, server("a"), backup("x"));
    backend = new Backend(config, 2, now);
    is("x", Availability.USABLE);
    assertThat(where(1)).isEqualTo("a");
  }

  @Test
  void backupsTakeNothingFromServersThatAreOnlyFull() {
    start(Balance.ROUND_ROBIN, queue(0, 10), limited("a", 1), backup("x"));
    assertThat(connect("1", 1).at()).isEqualTo("a");
    assertThat(connect("2", 2).at()).isEqualTo("nowhere");
    assertThat(queue().waiting()).isEqualTo(1);
  }

  @Test
  void aRecoveredServerStartsSlowlyAndAFreshOneDoesNot() {
    PlacementConfig slow =
        new PlacementConfig(Duration.ofSeconds(30), 0, QueueConfig.DEFAULT, Optional.empty());
    start(Balance.ROUND_ROBIN, slow, server("a"), server("b"));
    assertThat(where(10)).isEqualTo("ababababab");
    is("b", Availability.DEAD);
    is("b", Availability.USABLE);
    assertThat(weight("b")).isEqualTo(1.0 / 32);
    assertThat(where(40).chars().filter(ch -> ch == 'b').count()).isBetween(1L, 3L);
    now += 15 * SECOND;
    assertThat(weight("b")).isEqualTo(0.5);
    assertThat(where(60).chars().filter(ch -> ch == 'b').count()).isBetween(19L, 21L);
    now += 15 * SECOND;
    assertThat(weight("b")).isEqualTo(1);
    assertThat(where(60).chars().filter(ch -> ch == 'b').count()).isBetween(29L, 31L);

    is("b", Availability.DEAD);
    is("b", Availability.USABLE);
    assertThat(weight("b")).isEqualTo(1.0 / 32);
    backend.configure(
        config(Balance.ROUND_ROBIN, PlacementConfig.NONE, server("a"), server("b")), now);
    assertThat(weight("b")).as("a reload ends it").isEqualTo(1);
  }

  private double weight(String server) {
    return backend.status(now).servers().stream()
        .filter(one -> one.name().equals(server))
        .findFirst()
        .orElseThrow()
        .placement()
        .weight();
  }

  // ---- changed while it runs ----

  @Test
  void weightAndStateCanBeChangedAndResetWhileItRuns() {
    start(Balance.ROUND_ROBIN, PlacementConfig.NONE, server("a"), server("b"));
    backend.adjust("a", before -> before.withWeight(3), now);
    assertThat(where(8).chars().filter(ch -> ch == 'a').count()).isEqualTo(6);
    backend.adjust("a", before -> before.withAdministrative(Administrative.DRAIN), now);
    assertThat(where(3)).isEqualTo("bbb");
    backend.adjust("a", before -> before.withAdministrative(Administrative.READY), now);
    backend.adjust("a", before -> before.withWeight(0), now);
    assertThat(where(3)).isEqualTo("bbb");
    backend.adjust("a", before -> Adjustment.none(before.written()), now);
    assertThat(where(4)).isEqualTo("abab");
    assertThat(backend.adjust("c", before -> before, now)).isEmpty();
  }

  @Test
  void peopleComeBeforeAgentsAndAgentsBeforeTheFile() {
    start(Balance.ROUND_ROBIN, PlacementConfig.NONE, server("a"), server("b"));
    Advice half = new Advice(OptionalInt.of(50), Optional.of(Administrative.DRAIN));
    assertThat(backend.advise("a", half, now)).isPresent();
    assertThat(backend.advise("a", half, now)).as("no news").isEmpty();
    assertThat(inForce()).isEqualTo("a 50 DRAIN, b 1 READY");
    assertThat(backend.adjusted(config)).as("people have changed nothing").isEqualTo(config);
    assertThat(backend.effective(config)).isNotEqualTo(config);
    assertThat(where(2)).isEqualTo("bb");
    backend.adjust("a", before -> before.withAdministrative(Administrative.READY), now);
    assertThat(inForce()).isEqualTo("a 50 READY, b 1 READY");
    backend.configure(config, now);
    backend.advise("a", new Advice(OptionalInt.of(7), Optional.of(Administrative.DRAIN)), now);
    assertThat(inForce()).isEqualTo("a 7 READY, b 1 READY");
    backend.adjust("a", before -> Adjustment.none(before.written()), now);
    assertThat(inForce()).isEqualTo("a 7 DRAIN, b 1 READY");
    backend.advise("a", Advice.NONE, now);
    assertThat(inForce()).isEqualTo("a 1 READY, b 1 READY");
  }

  @Test
  void aChangeHoldsOverReloadsUntilTheFileSaysSomethingElse() {
    start(Balance.ROUND_ROBIN, PlacementConfig.NONE, server("a"), server("b"));
    backend.adjust("a", before -> before.withWeight(0), now);
    backend.adjust("b", before -> before.withAdministrative(Administrative.MAINTENANCE), now);
    backend.configure(config, now);
    assertThat(inForce()).isEqualTo("a 0 READY, b 1 MAINTENANCE");
    assertThat(backend.effective(config).servers())
        .extracting(ServerConfig::weight)
        .containsExactly(0, 1);

    BackendConfig next =
        config(
            Balance.ROUND_ROBIN,
            PlacementConfig.NONE,
            server("a", 5, Administrative.READY, false, 0),
            server("b", 7, Administrative.READY, false, 0));
    backend.configure(next, now);
    assertThat(inForce()).isEqualTo("a 5 READY, b 7 MAINTENANCE");
    backend.configure(config, now);
    assertThat(inForce()).as("what is over is over").isEqualTo("a 1 READY, b 1 MAINTENANCE");
  }

  private String inForce() {
    return String.join(
        ", ",
        backend.status(now).servers().stream()
            .map(one ->
                one.name() + " " + one.config().weight() + " " + one.config().administrative())
            .toList());
  }

  // ---- those who stick ----

  @Test
  void aClientStaysWithItsServer() {
    start(
        Balance.ROUND_ROBIN,
        sticky(ServerDown.REDISPATCH, ServerFull.WAIT),
        server("a"),
        server("b"));
    assertThat(connect("", 1).at()).isEqualTo("a");
    assertThat(connect("", 2).at()).isEqualTo("b");
    for (int i = 0; i < 5; i++) {
      assertThat(connect("", 1, 1).at()).isEqualTo("a");
      assertThat(connect("", 0, 2).at()).isEqualTo("b");
    }
    assertThat(stick(BackendCounter.STICK_MISSES)).isEqualTo(2);
    assertThat(stick(BackendCounter.STICK_HITS)).isEqualTo(10);
  }

  @Test
  void whenItsServerIsDownItIsSentOnAndSticksAnew() {
    start(
        Balance.ROUND_ROBIN,
        sticky(ServerDown.REDISPATCH, ServerFull.WAIT),
        server("a"),
        server("b"));
    connect("", 1);
    is("a", Availability.DEAD);
    assertThat(connect("", 1).at()).isEqualTo("b");
    is("a", Availability.USABLE);
    assertThat(connect("", 1).at()).isEqualTo("b");
    assertThat(stick(BackendCounter.STICK_REDISPATCHES)).isEqualTo(1);
  }

  @Test
  void orItReturnsIfThatIsWanted() {
    start(
        Balance.ROUND_ROBIN, sticky(ServerDown.RETURN, ServerFull.WAIT), server("a"), server("b"));
    connect("", 1);
    is("a", Availability.DEAD);
    assertThat(connect("", 1).at()).isEqualTo("b");
    is("a", Availability.USABLE);
    assertThat(connect("", 1).at()).isEqualTo("a");

    backend.configure(
        config(
            Balance.ROUND_ROBIN,
            sticky(ServerDown.RETURN, ServerFull.WAIT),
            server("b"),
            server("c")),
        now);
    is("c", Availability.USABLE);
    String first = connect("", 1).at();
    assertThat(connect("", 1).at()).as("a server that is gone for good").isEqualTo(first);
  }

  @Test
  void aDrainingServerStillGetsItsOwnClientsAndOneInMaintenanceNobody() {
    start(
        Balance.ROUND_ROBIN,
        sticky(ServerDown.REDISPATCH, ServerFull.WAIT),
        server("a"),
        server("b"));
    connect("", 1);
    backend.adjust("a", before -> before.withAdministrative(Administrative.DRAIN), now);
    assertThat(connect("", 1).at()).isEqualTo("a");
    assertThat(connect("", 2).at()).isEqualTo("b");
    backend.adjust("a", before -> before.withAdministrative(Administrative.MAINTENANCE), now);
    assertThat(connect("", 1).at()).isEqualTo("b");
  }

  @Test
  void theTableOutlivesAReloadAndKnowsServersByName() {
    PlacementConfig placement = sticky(ServerDown.REDISPATCH, ServerFull.WAIT);
    start(Balance.ROUND_ROBIN, placement, server("a"), server("b"), server("c"));
    connect("", 1);
    connect("", 2);
    backend.configure(
        config(Balance.ROUND_ROBIN, placement, server("c"), server("b"), server("d"), server("a")),
        now);
    is("d", Availability.USABLE);
    assertThat(connect("", 1).at()).isEqualTo("a");
    assertThat(connect("", 2).at()).isEqualTo("b");
    assertThat(backend.status(now).stick().orElseThrow().used()).isEqualTo(2);

    backend.configure(config(Balance.ROUND_ROBIN, PlacementConfig.NONE, server("a")), now);
    assertThat(backend.stickTable()).isEmpty();
  }

  @Test
  void aClientWhoseServerIsFullWaitsThereAndHoldsUpNobodyElse() {
    start(
        Balance.ROUND_ROBIN,
        sticky(ServerDown.REDISPATCH, ServerFull.WAIT),
        limited("a", 1),
        limited("b", 5));
    FakeSession first = connect("first", 1);
    FakeSession second = connect("second", 1);
    assertThat(second.at()).isEqualTo("nowhere");
    assertThat(connect("other", 2).at()).isEqualTo("b");
    assertThat(backend.status(now).servers().getFirst().placement().waiting()).isEqualTo(1);
    end(first);
    assertThat(second.at()).isEqualTo("a");
    assertThat(queue().waiting()).isZero();
  }

  @Test
  void orIsSentOnIfThatIsWanted() {
    start(
        Balance.ROUND_ROBIN,
        sticky(ServerDown.REDISPATCH, ServerFull.REDISPATCH),
        limited("a", 1),
        limited("b", 5));
    connect("first", 1);
    assertThat(connect("second", 1).at()).isEqualTo("b");
    assertThat(connect("third", 1).at()).as("sticks anew").isEqualTo("b");
  }

  @Test
  void aServerThatGoesDownIsWaitedForNoLonger() {
    start(
        Balance.ROUND_ROBIN,
        sticky(ServerDown.REDISPATCH, ServerFull.WAIT),
        limited("a", 1),
        limited("b", 5));
    connect("first", 1);
    FakeSession second = connect("second", 1);
    is("a", Availability.DEAD);
    assertThat(second.at()).isEqualTo("b");
  }

  @Test
  void bySourceAClientWaitsForItsServerToo() {
    start(Balance.SOURCE, queue(0, 10), limited("a", 1), limited("b", 1));
    FakeSession first = connect("first", 1);
    FakeSession second = connect("second", 1);
    assertThat(second.at()).isEqualTo("nowhere");
    end(first);
    assertThat(second.at()).isIn("a", "b");
  }

  // ---- those who wait ----

  @Test
  void whoComesFirstIsServedFirstWhicheverLoopItIsOn() {
    start(Balance.LEAST_CONNECTIONS, queue(0, 10), limited("a", 1), limited("b", 1));
    FakeSession one = connect("1", 0, 1);
    FakeSession two = connect("2", 1, 2);
    List<FakeSession> waiting = new ArrayList<>();
    for (int i = 3; i < 9; i++) {
      waiting.add(connect(String.valueOf(i), i % 2, i));
    }
    end(two);
    end(one);
    assertThat(called).containsExactly(waiting.get(0), waiting.get(1));
    // A place that comes free goes to who waits, not to who comes.
    end(waiting.get(0));
    FakeSession late = connect("late", 0, 10);
    assertThat(late.at()).isEqualTo("nowhere");
    for (int i = 2; i < 6; i++) {
      end(called.get(i - 1));
    }
    assertThat(called.subList(0, 6)).containsExactlyElementsOf(waiting);
  }

  @Test
  void theQueueIsBoundedAndWhoLeavesItFreesAPlaceInIt() {
    start(Balance.ROUND_ROBIN, queue(0, 2), limited("a", 1));
    FakeSession one = connect("1", 1);
    FakeSession two = connect("2", 2);
    FakeSession three = connect("3", 3);
    assertThat(connect("4", 4).ticket).isNull();
    assertThat(leave(two)).isTrue();
    assertThat(leave(two)).isFalse();
    assertThat(queue().waiting()).isEqualTo(1);
    FakeSession five = connect("5", 5);
    assertThat(five.ticket).isNotNull();
    end(one);
    assertThat(called).containsExactly(three);
    assertThat(leave(three)).as("it has been called").isFalse();
    end(three);
    assertThat(five.at()).isEqualTo("a");
    assertThat(queue()).isEqualTo(new LoadBalancerSnapshot.Queue(0, 2, 0, 3, 1, 0, 0));
  }

  @Test
  void withoutAQueueNobodyWaits() {
    start(Balance.ROUND_ROBIN, queue(0, 0), limited("a", 1));
    connect("1", 1);
    assertThat(connect("2", 2).ticket).isNull();
    assertThat(queue().refused()).isEqualTo(1);
  }

  @Test
  void aBackendHasALimitOfItsOwn() {
    start(Balance.ROUND_ROBIN, queue(3, 10), server("a"), server("b"));
    List<FakeSession> sessions = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      sessions.add(connect("" + i, i % 2, i));
    }
    assertThat(sessions.subList(0, 3)).extracting(FakeSession::at).doesNotContain("nowhere");
    assertThat(sessions.subList(3, 5)).extracting(FakeSession::at).containsOnly("nowhere");
    end(sessions.get(1));
    assertThat(sessions.get(3).at()).isNotEqualTo("nowhere");
    assertThat(sessions.get(4).at()).isEqualTo("nowhere");
  }

  @Test
  void whoDoesNotWantAServerHoldsUpNobodyWhoDoes() {
    start(Balance.ROUND_ROBIN, queue(0, 10), limited("bad", 1), limited("good", 1));
    FakeSession one = connect("1", 1);
    connect("2", 2);
    FakeSession refused = new FakeSession("refused", 0, 3, called);
    refused.tried.add(one.place == null ? "" : one.place);
    refused.ticket = backend.join(backend.snapshot(), refused, now);
    FakeSession other = connect("4", 4);
    end(one);
    assertThat(other.at()).isEqualTo("bad");
    assertThat(refused.at()).isEqualTo("nowhere");
  }

  @Test
  void aReloadThatMakesRoomLetsThemIn() {
    start(Balance.ROUND_ROBIN, queue(0, 10), limited("a", 1));
    connect("1", 1);
    FakeSession two = connect("2", 2);
    FakeSession three = connect("3", 3);
    backend.configure(config(Balance.ROUND_ROBIN, queue(0, 10), limited("a", 2)), now);
    backend.serve(0, now);
    assertThat(two.at()).isEqualTo("a");
    assertThat(three.at()).isEqualTo("nowhere");
    backend.configure(config(Balance.ROUND_ROBIN, PlacementConfig.NONE, server("a")), now);
    assertThat(connect("4", 4).at()).as("no limit: nobody comes before it").isEqualTo("a");
    backend.serve(0, now);
    assertThat(three.at()).isEqualTo("a");
  }

  @Test
  void whenTheLastServerGoesThoseWhoWaitAreToldSo() {
    start(Balance.ROUND_ROBIN, queue(0, 10), limited("a", 1));
    connect("1", 1);
    FakeSession two = connect("2", 2);
    backend.adjust("a", before -> before.withAdministrative(Administrative.MAINTENANCE), now);
    backend.serve(0, now);
    assertThat(two.toldThatThereIsNone).isTrue();
    assertThat(queue().waiting()).isZero();
  }

  @Test
  void manyWhoLeaveAreNotKept() {
    start(Balance.ROUND_ROBIN, queue(0, 10), limited("a", 1));
    FakeSession one = connect("1", 1);
    FakeSession patient = connect("patient", 2);
    for (int i = 0; i < 10_000; i++) {
      leave(connect("" + i, i));
    }
    assertThat(queue().waiting()).isEqualTo(1);
    assertThat(backend.line().kept()).isLessThan(100);
    end(one);
    assertThat(patient.at()).isEqualTo("a");
    assertThat(queue().queued()).isEqualTo(10_001);
  }

  /**
   * Two event loops whose sessions come, wait, leave and end as fast as they can: no limit is ever
   * passed, and nobody is left waiting when there is room.
   */
  @Test
  void noWakeUpIsLostAmongLoops() throws Exception {
    for (Balance balance : Balance.values()) {
      for (PlacementConfig placement :
          List.of(queue(0, 1000), queue(5, 1000), sticky(ServerDown.REDISPATCH, ServerFull.WAIT))) {
        start(balance, placement, limited("a", 2), limited("b", 3), limited("c", 2));
        crowd(placement.maxConnections() > 0 ? 5 : 7);
        assertThat(queue().waiting()).as("%s", balance).isZero();
        assertThat(backend.status(now).servers())
            .extracting(LoadBalancerSnapshot.Server::sessions)
            .containsOnly(0);
      }
    }
  }

  /** A session that belongs to a thread, which plays its event loop. */
  private static final class ThreadSession implements Applicant {
    private final ThreadLoop loop;
    private final long client;

    ThreadSession(ThreadLoop loop, long client) {
      this.loop = loop;
      this.client = client;
    }

    @Override
    public int loopIndex() {
      return loop.index;
    }

    @Override
    public long clientHigh() {
      return 0;
    }

    @Override
    public long clientLow() {
      return client;
    }

    @Override
    public Tried tried() {
      return Tried.NONE;
    }

    @Override
    public void called(@Nullable Server server) {
      loop.calls.add(server == null ? () -> loop.open-- : () -> loop.begin(server));
    }
  }

  private static final class ThreadLoop {
    private final int index;
    private final AtomicInteger running;
    private final AtomicInteger most;
    private final ConcurrentLinkedQueue<Runnable> calls = new ConcurrentLinkedQueue<>();
    private final List<Server> places = new ArrayList<>();
    private int open;

    ThreadLoop(int index, AtomicInteger running, AtomicInteger most) {
      this.index = index;
      this.running = running;
      this.most = most;
    }

    void begin(Server server) {
      int now = running.incrementAndGet();
      most.accumulateAndGet(now, Math::max);
      places.add(server);
    }

    void end(int place) {
      running.decrementAndGet();
      open--;
      places.remove(place).release(index);
    }
  }

  private void crowd(int limit) throws InterruptedException {
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch ready = new CountDownLatch(2);
    List<Thread> threads = new ArrayList<>();
    long seed = System.nanoTime();
    for (int i = 0; i < 2; i++) {
      ThreadLoop loop = new ThreadLoop(i, running, most);
      Random random = new Random(seed + i);
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                ready.countDown();
                for (int step = 0; step < 20_000; step++) {
                  step(loop, random);
                }
                long until = System.nanoTime() + 10 * SECOND;
                while (loop.open > 0 && System.nanoTime() - until < 0) {
                  drain(loop);
                  if (!loop.places.isEmpty()) {
                    loop.end(0);
                  }
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(running.get()).as("left waiting, seed %d", seed).isZero();
    assertThat(most.get()).as("seed %d", seed).isLessThanOrEqualTo(limit);
  }

  private void step(ThreadLoop loop, Random random) {
    drain(loop);
    if (loop.open < 20 && random.nextBoolean()) {
      ThreadSession session = new ThreadSession(loop, random.nextInt(12));
      Snapshot snapshot = backend.snapshot();
      Server taken = backend.take(snapshot, session, now);
      if (taken != null) {
        loop.open++;
        loop.begin(taken);
        backend.stick(taken, session, now);
      } else {
        Ticket ticket = backend.join(snapshot, session, now);
        if (ticket != null && (random.nextInt(4) != 0 || !ticket.leave())) {
          loop.open++;
        }
      }
    } else if (!loop.places.isEmpty()) {
      loop.end(random.nextInt(loop.places.size()));
    }
  }

  private static void drain(ThreadLoop loop) {
    for (Runnable call = loop.calls.poll(); call != null; call = loop.calls.poll()) {
      call.run();
    }
  }
}
