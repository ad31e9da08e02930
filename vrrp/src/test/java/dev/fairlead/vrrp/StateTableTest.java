package dev.fairlead.vrrp;

import static dev.fairlead.vrrp.Routers.MILLISECOND;
import static dev.fairlead.vrrp.Routers.SECOND;
import static dev.fairlead.vrrp.Routers.V2;
import static dev.fairlead.vrrp.Routers.V3;
import static dev.fairlead.vrrp.Routers.VIP;
import static dev.fairlead.vrrp.Routers.address;
import static dev.fairlead.vrrp.Routers.ip;
import static dev.fairlead.vrrp.Routers.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.config.VirtualRouterConfig.ArpForm;
import dev.fairlead.config.VirtualRouterConfig.GratuitousArp;
import dev.fairlead.config.VirtualRouterConfig.InitialState;
import dev.fairlead.config.VirtualRouterConfig.VirtualAddress;
import dev.fairlead.vrrp.Action.AcquireAddresses;
import dev.fairlead.vrrp.Action.Announce;
import dev.fairlead.vrrp.Action.RefreshAddresses;
import dev.fairlead.vrrp.Action.ReleaseAddresses;
import dev.fairlead.vrrp.Action.SendAdvertisement;
import dev.fairlead.vrrp.Event.AbilityChanged;
import dev.fairlead.vrrp.Event.AddressClaimed;
import dev.fairlead.vrrp.Event.ClockJumped;
import dev.fairlead.vrrp.Event.GroupYielded;
import dev.fairlead.vrrp.Event.LinkDown;
import dev.fairlead.vrrp.Event.LinkUp;
import dev.fairlead.vrrp.Event.Received;
import dev.fairlead.vrrp.Event.SettingsChanged;
import dev.fairlead.vrrp.Event.Shutdown;
import dev.fairlead.vrrp.Event.Startup;
import dev.fairlead.vrrp.Event.Tick;
import dev.fairlead.vrrp.State.Announcement;
import dev.fairlead.vrrp.State.Backup;
import dev.fairlead.vrrp.State.Heard;
import dev.fairlead.vrrp.State.Initialize;
import dev.fairlead.vrrp.State.LastWords;
import dev.fairlead.vrrp.State.Master;
import dev.fairlead.vrrp.State.Resigning;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One row per cell of the state tables of RFC 3768 §6.4 and RFC 9568 §6.4, in their order, and of
 * what we add to them. The state before each row began at {@code t}; the whole table runs at two
 * values of {@code t}, of which one lets nanoTime wrap in the middle of everything.
 */
class StateTableTest {

  private static final VirtualAddress SECOND_VIP = address("10.99.0.101");
  private static final Settings OWNER = with(V2).priority(255).settings();
  private static final Settings PREEMPT = with(V2).preempt(0).settings();
  private static final Settings PREEMPT_LATER = with(V2).preempt(10 * SECOND).settings();
  private static final Settings TWO_ADDRESSES = with(V2).addresses(VIP, SECOND_VIP).settings();
  private static final Settings V3_PREEMPT = with(V3).preempt(0).settings();

  /** Of priority 100: 156/256 s. */
  private static final long SKEW = 609_375_000L;

  private static final long MASTER_DOWN = 3 * SECOND + SKEW;

  /** At the last resort: 255/256 s, and 156/256 of 250 ms to keep several apart. */
  private static final long LAST_SKEW = 996_093_750L + 152_343_750L;

  private static final long RESIGN = 1_500 * MILLISECOND;

  /**
   * One cell.
   *
   * @param at when the event comes, after {@code t}
   * @param reason expected; empty = no log line
   */
  record Row(
      String name,
      Settings settings,
      State before,
      Event event,
      long at,
      State after,
      List<Action> actions,
      String reason,
      long t) {
    @Override
    public String toString() {
      return name + (t == 0 ? "" : " (nanoTime wraps)");
    }
  }

  /** The rows, with all times relative to one moment. */
  private record Table(long t) {

    Condition able() {
      return new Condition(true, true, Ability.ABLE, t);
    }

    Condition lastResort() {
      return new Condition(true, true, Ability.LAST_RESORT, t);
    }

    Condition unable() {
      return new Condition(true, true, Ability.UNABLE, t);
    }

    Condition stopped() {
      return able().withStarted(false);
    }

    Condition linkDown() {
      return able().withLinkUp(false);
    }

    Condition lastResortAt(long at) {
      return new Condition(true, true, Ability.LAST_RESORT, t + at);
    }

    Condition unableAt(long at) {
      return new Condition(true, true, Ability.UNABLE, t + at);
    }

    Condition ableAt(long at) {
      return new Condition(true, true, Ability.ABLE, t + at);
    }

    Backup backup(Condition condition, long since, long masterDownAt, @Nullable Heard heard) {
      return backup(condition, since, masterDownAt, false, LastWords.NONE, heard);
    }

    Backup backup(
        Condition condition,
        long since,
        long masterDownAt,
        boolean overslept,
        LastWords words,
        @Nullable Heard heard) {
      return new Backup(condition, t + since, t + masterDownAt, overslept, words, heard);
    }

    Backup backup() {
      return backup(able(), 0, MASTER_DOWN, null);
    }

    /** Since {@code t}, with everything still to be announced. */
    Master master(Condition condition) {
      return master(condition, 0, SECOND, 5 * SECOND, 60 * SECOND);
    }

    Master master() {
      return master(able());
    }

    /**
     * @param second when the second burst is due; negative = it is over
     */
    Master master(Condition condition, long advertisedAt, long next, long second, long refresh) {
      Announcement periodic = new Announcement(t + refresh, 1, true);
      return new Master(
          condition,
          t + advertisedAt,
          t + next,
          second < 0
              ? List.of(periodic)
              : List.of(new Announcement(t + second, 5, false), periodic),
          t,
          0);
    }

    /** A takeover at {@code at}. */
    Master fresh(Condition condition, long at) {
      return new Master(
          condition,
          t + at,
          t + at + SECOND,
          List.of(
              new Announcement(t + at + 5 * SECOND, 5, false),
              new Announcement(t + at + 60 * SECOND, 1, true)),
          t + at,
          0);
    }

    /** After an answer to another master at {@code at}, within the first second. */
    Master answered(Condition condition, long at) {
      return new Master(
          condition,
          t + at,
          t + at + SECOND,
          List.of(
              new Announcement(t + at + SECOND, 5, false),
              new Announcement(t + at + 5 * SECOND, 5, false),
              new Announcement(t + 60 * SECOND, 1, true)),
          t,
          1);
    }

    Resigning resigning(Condition condition) {
      return new Resigning(condition, t, t + RESIGN);
    }

    Row row(
        String name,
        Settings settings,
        State before,
        Event event,
        long at,
        State after,
        List<Action> actions,
        String reason) {
      return new Row(name, settings, before, event, at, after, actions, reason, t);
    }

    Row nothing(String name, Settings settings, State state, Event event, long at) {
      return row(name, settings, state, event, at, state, List.of(), "");
    }

    Stream<Row> rows() {
      return Stream.of(
              initialize(),
              startingConditions(),
              start(),
              backup2(),
              backup3(),
              preemption(),
              ability(),
              lastWords(),
              master2(),
              otherMasters(),
              handOver(),
              sleep(),
              pause(),
              claims(),
              group(),
              heartbeat(),
              reload())
          .flatMap(rows -> rows);
    }

    Stream<Row> initialize() {
      Condition ready = stopped();
      return Stream.of(
          row(
              "§6.4.1 (110) Startup as owner: advertise, acquire, announce, Master",
              OWNER,
              new Initialize(ready),
              new Startup(),
              0,
              fresh(able(), 0),
              takeOver(255),
              "started, owner of the addresses"),
          row(
              "§6.4.1 (145) Startup otherwise: Master_Down_Timer, Backup",
              V2,
              new Initialize(ready),
              new Startup(),
              0,
              backup(),
              List.of(),
              "started"),
          row(
              "§6.4.1 Startup, version 3: own interval until a master is heard",
              V3,
              new Initialize(ready),
              new Startup(),
              0,
              backup(able(), 0, 360_937_500L, null),
              List.of(),
              "started"),
          nothing("§6.4.1 Tick", V2, new Initialize(able()), new Tick(), SECOND),
          nothing("§6.4.1 Received", V2, new Initialize(able()), heard(0, V2), SECOND),
          row(
              "§6.4.1 Shutdown",
              V2,
              new Initialize(linkDown()),
              new Shutdown(),
              0,
              new Initialize(linkDown().withStarted(false)),
              List.of(),
              ""),
          nothing("§6.4.1 settings", V2, new Initialize(able()), new SettingsChanged(PREEMPT), 0));
    }

    Stream<Row> startingConditions() {
      Condition noLink = linkDown();
      return Stream.of(
          row(
              "Startup without a link waits for it",
              V2,
              new Initialize(noLink.withStarted(false)),
              new Startup(),
              0,
              new Initialize(noLink),
              List.of(),
              ""),
          row(
              "link up",
              V2,
              new Initialize(noLink),
              new LinkUp(),
              0,
              backup(),
              List.of(),
              "link up"),
          row(
              "link down in Initialize",
              V2,
              new Initialize(unable()),
              new LinkDown(),
              0,
              new Initialize(unable().withLinkUp(false)),
              List.of(),
              ""),
          row(
              "able",
              V2,
              new Initialize(unable()),
              new AbilityChanged(Ability.ABLE, "checks passed"),
              SECOND,
              backup(ableAt(SECOND), SECOND, SECOND + MASTER_DOWN, null),
              List.of(),
              "checks passed"),
          row(
              "the last resort takes part, also the owner, but waits",
              OWNER,
              new Initialize(unable()),
              new AbilityChanged(Ability.LAST_RESORT, "no usable server"),
              0,
              backup(lastResort(), 0, 3 * SECOND + 996_093_750L + 976_562L, null),
              List.of(),
              "no usable server"),
          row(
              "unable stays out",
              V2,
              new Initialize(unable().withStarted(false)),
              new Startup(),
              0,
              new Initialize(unable()),
              List.of(),
              ""));
    }

    /** Start-up delay and initial state. */
    Stream<Row> start() {
      Settings delayed = with(V2).start(10 * SECOND, InitialState.BACKUP).settings();
      Settings eager = with(V2).start(0, InitialState.MASTER).settings();
      OptionalLong until = OptionalLong.of(t + 10 * SECOND);
      Condition fresh = stopped();
      return Stream.of(
          row(
              "start-up delay: stays out",
              delayed,
              new Initialize(fresh, OptionalLong.empty(), true),
              new Startup(),
              0,
              new Initialize(able(), until, true),
              List.of(),
              ""),
          row(
              "start-up delay: stays out whatever becomes possible",
              delayed,
              new Initialize(linkDown(), until, true),
              new LinkUp(),
              9 * SECOND,
              new Initialize(able(), until, true),
              List.of(),
              ""),
          nothing(
              "start-up delay, one nanosecond early",
              delayed,
              new Initialize(able(), until, true),
              new Tick(),
              10 * SECOND - 1),
          row(
              "start-up delay is over",
              delayed,
              new Initialize(able(), until, true),
              new Tick(),
              10 * SECOND,
              backup(able(), 10 * SECOND, 10 * SECOND + MASTER_DOWN, null),
              List.of(),
              "start-up delay is over"),
          row(
              "start-up delay is over, but the link is down",
              delayed,
              new Initialize(linkDown(), until, true),
              new Tick(),
              10 * SECOND,
              new Initialize(linkDown(), OptionalLong.empty(), true),
              List.of(),
              ""),
          row(
              "stopped during the start-up delay",
              delayed,
              new Initialize(able(), until, true),
              new Shutdown(),
              SECOND,
              new Initialize(fresh, OptionalLong.empty(), true),
              List.of(),
              ""),
          row(
              "initial state master: waits for one advertisement",
              eager,
              new Initialize(fresh, OptionalLong.empty(), true),
              new Startup(),
              0,
              backup(able(), 0, SECOND + SKEW, null),
              List.of(),
              "started"),
          row(
              "initial state master, silence: takes over",
              eager,
              backup(able(), 0, SECOND + SKEW, null),
              new Tick(),
              SECOND + SKEW,
              fresh(able(), SECOND + SKEW),
              takeOver(100),
              "no advertisement for 1.61 s"),
          row(
              "initial state master, but somebody is: waits as ever",
              eager,
              backup(able(), 0, SECOND + SKEW, null),
              heard(80, V2),
              SECOND,
              backup(able(), SECOND, SECOND + MASTER_DOWN, new Heard(ip("10.99.0.12"), 80, SECOND)),
              List.of(),
              ""),
          row(
              "initial state master: at the start only",
              eager,
              new Initialize(linkDown()),
              new LinkUp(),
              0,
              backup(),
              List.of(),
              "link up"));
    }

    /** The whole machine stood still, and our clock with it. */
    Stream<Row> pause() {
      LastWords words = new LastWords(VirtualRouter.MAX_LAST_WORDS, t - SECOND / 2);
      Backup listening = backup(able(), SECOND / 2, SECOND / 2 + SECOND + SKEW, false, words, null);
      return Stream.of(
          row(
              "clock jump of three intervals, Master: lets go and listens",
              V2,
              master(),
              new ClockJumped(3 * SECOND),
              SECOND / 2,
              listening,
              List.of(new ReleaseAddresses(List.of(VIP))),
              "the wall clock jumped ahead by 3.00 s as after a pause of this machine, mastership is"
                  + " lost"),
          nothing("clock jump of less, Master", V2, master(), new ClockJumped(3 * SECOND - 1), 1),
          row(
              "clock jump, resigning for good",
              V2,
              resigning(stopped()),
              new ClockJumped(3 * SECOND),
              SECOND / 2,
              new Initialize(stopped()),
              List.of(new ReleaseAddresses(List.of(VIP))),
              "the wall clock jumped ahead by 3.00 s as after a pause of this machine, mastership is"
                  + " lost"),
          nothing("small clock jump, resigning", V2, resigning(able()), new ClockJumped(1), 1),
          nothing("clock jump, Backup", V2, backup(), new ClockJumped(9 * SECOND), SECOND),
          nothing(
              "clock jump, Initialize",
              V2,
              new Initialize(linkDown()),
              new ClockJumped(9 * SECOND),
              SECOND));
    }

    /** Another host says that an address is its own. */
    Stream<Row> claims() {
      List<Announcement> repeated =
          List.of(
              new Announcement(t + SECOND / 2 + SECOND, 5, false),
              new Announcement(t + SECOND / 2 + 5 * SECOND, 5, false),
              new Announcement(t + 60 * SECOND, 1, true));
      Master defended = new Master(able(), t, t + SECOND, repeated, t + SECOND / 2, 1);
      return Stream.of(
          row(
              "claim, Master: one announcement, and the repetitions",
              V2,
              master(),
              new AddressClaimed(),
              SECOND / 2,
              defended,
              List.of(new Announce(1)),
              ""),
          nothing(
              "second claim within a second, Master",
              V2,
              defended,
              new AddressClaimed(),
              SECOND / 2 + SECOND - 1),
          nothing("claim, Backup", V2, backup(), new AddressClaimed(), SECOND),
          nothing("claim, resigning", V2, resigning(able()), new AddressClaimed(), SECOND),
          nothing("claim, Initialize", V2, new Initialize(linkDown()), new AddressClaimed(), 0));
    }

    /** An announcement with the advertisements, at most so often. */
    Stream<Row> heartbeat() {
      Settings each = with(V2).announcements(beating(100 * MILLISECOND)).settings();
      Settings fourth = with(V2).announcements(beating(4 * SECOND)).settings();
      Master before = master(able(), 3 * SECOND, 4 * SECOND, -1, 60 * SECOND);
      Master after = master(able(), 4 * SECOND, 5 * SECOND, -1, 60 * SECOND);
      Master later = master(able(), 5 * SECOND, 6 * SECOND, -1, 60 * SECOND);
      List<Action> silent = List.of(new SendAdvertisement(100), new RefreshAddresses());
      List<Action> announced =
          List.of(new SendAdvertisement(100), new RefreshAddresses(), new Announce(1));
      Stream<Row> anyTime =
          Stream.of(
              row(
                  "heartbeat with each",
                  each,
                  before,
                  new Tick(),
                  4 * SECOND,
                  after,
                  announced,
                  ""),
              row("no heartbeat", V2, before, new Tick(), 4 * SECOND, after, silent, ""));
      // Stretches of four seconds begin where nanoTime is a multiple of that, as t = 0 is.
      return t != 0
          ? anyTime
          : Stream.concat(
              anyTime,
              Stream.of(
                  row(
                      "heartbeat, first of a stretch",
                      fourth,
                      before,
                      new Tick(),
                      4 * SECOND,
                      after,
                      announced,
                      ""),
                  row(
                      "heartbeat, the same stretch",
                      fourth,
                      after,
                      new Tick(),
                      5 * SECOND,
                      later,
                      silent,
                      "")));
    }

    private static GratuitousArp beating(long nanos) {
      return new GratuitousArp(
          5,
          Duration.ofSeconds(5),
          Duration.ofSeconds(60),
          Duration.ofSeconds(1),
          Duration.ofNanos(nanos),
          ArpForm.REQUEST,
          false,
          true);
    }

    /** Another member of the sync group has yielded. */
    Stream<Row> group() {
      return Stream.of(
          row(
              "the group yields, Master: hands over",
              V2,
              master(),
              new GroupYielded("vip6 has yielded"),
              0,
              resigning(able()),
              resign(),
              "vip6 has yielded"),
          nothing("the group yields, Backup", V2, backup(), new GroupYielded("x"), SECOND),
          nothing("the group yields, resigning", V2, resigning(able()), new GroupYielded("x"), 1),
          nothing(
              "the group yields, Initialize",
              V2,
              new Initialize(linkDown()),
              new GroupYielded("x"),
              0));
    }

    Stream<Row> backup2() {
      Heard peer = new Heard(ip("10.99.0.12"), 100, SECOND);
      return Stream.of(
          row(
              "§6.4.2 Shutdown: Initialize, silently",
              V2,
              backup(),
              new Shutdown(),
              SECOND,
              new Initialize(stopped()),
              List.of(),
              "stopped"),
          nothing(
              "§6.4.2 Master_Down_Timer, one nanosecond early",
              V2,
              backup(),
              new Tick(),
              MASTER_DOWN - 1),
          row(
              "§6.4.2 Master_Down_Timer fires: advertise, acquire, announce, Master",
              V2,
              backup(),
              new Tick(),
              MASTER_DOWN,
              fresh(able(), MASTER_DOWN),
              takeOver(100),
              "no advertisement for 3.61 s"),
          row(
              "§6.4.2 priority 0: Master_Down_Timer = Skew_Time",
              V2,
              backup(),
              heard(0, V2),
              SECOND,
              backup(able(), SECOND, SECOND + SKEW, new Heard(ip("10.99.0.12"), 0, SECOND)),
              List.of(),
              ""),
          nothing(
              "§6.4.2 after priority 0, one nanosecond early",
              V2,
              backup(able(), SECOND, SECOND + SKEW, new Heard(ip("10.99.0.12"), 0, SECOND)),
              new Tick(),
              SECOND + SKEW - 1),
          row(
              "§6.4.2 after priority 0",
              V2,
              backup(able(), SECOND, SECOND + SKEW, new Heard(ip("10.99.0.12"), 0, SECOND)),
              new Tick(),
              SECOND + SKEW,
              fresh(able(), SECOND + SKEW),
              takeOver(100),
              "priority 0 from 10.99.0.12"),
          row(
              "§6.4.2 equal priority: reset the timer",
              PREEMPT,
              backup(),
              heard(100, V2),
              SECOND,
              backup(able(), SECOND, SECOND + MASTER_DOWN, peer),
              List.of(),
              ""),
          row(
              "§6.4.2 higher priority: reset the timer",
              PREEMPT,
              backup(),
              heard(101, V2),
              SECOND,
              backup(
                  able(), SECOND, SECOND + MASTER_DOWN, new Heard(ip("10.99.0.12"), 101, SECOND)),
              List.of(),
              ""),
          row(
              "§6.4.2 lower priority, Preempt_Mode false: reset the timer",
              V2,
              backup(),
              heard(99, V2),
              SECOND,
              backup(able(), SECOND, SECOND + MASTER_DOWN, new Heard(ip("10.99.0.12"), 99, SECOND)),
              List.of(),
              ""),
          row(
              "§6.4.2 lower priority, Preempt_Mode true: discard",
              PREEMPT,
              backup(),
              heard(99, V2),
              SECOND,
              backup(able(), 0, MASTER_DOWN, new Heard(ip("10.99.0.12"), 99, SECOND)),
              List.of(),
              ""),
          nothing("Startup in Backup", V2, backup(), new Startup(), 1),
          nothing("LinkUp in Backup", V2, backup(), new LinkUp(), 1),
          row(
              "LinkDown in Backup",
              V2,
              backup(),
              new LinkDown(),
              1,
              new Initialize(linkDown()),
              List.of(),
              "link down"));
    }

    Stream<Row> backup3() {
      long interval = 2 * SECOND;
      Settings slow = with(V3).interval(interval).settings();
      return Stream.of(
          row(
              "RFC 9568 §6.4.2 the master's interval is adopted",
              V3,
              backup(able(), 0, 360_937_500L, null),
              heard(200, slow),
              SECOND / 10,
              backup(
                  able(),
                  SECOND / 10,
                  SECOND / 10 + 3 * interval + 2 * SKEW,
                  new Heard(ip("10.99.0.12"), 200, interval)),
              List.of(),
              ""),
          row(
              "RFC 9568 §6.4.2 priority 0: skew of the master's interval",
              V3,
              backup(able(), 0, 360_937_500L, null),
              heard(0, slow),
              SECOND / 10,
              backup(
                  able(),
                  SECOND / 10,
                  SECOND / 10 + 2 * SKEW,
                  new Heard(ip("10.99.0.12"), 0, interval)),
              List.of(),
              ""),
          nothing(
              "RFC 9568 §6.4.2 adopted interval, one nanosecond early",
              V3,
              backup(
                  able(), 0, 3 * interval + 2 * SKEW, new Heard(ip("10.99.0.12"), 200, interval)),
              new Tick(),
              3 * interval + 2 * SKEW - 1),
          nothing(
              "RFC 9568 §6.4.2 one nanosecond early",
              V3_PREEMPT,
              backup(able(), 0, 360_937_500L, null),
              new Tick(),
              360_937_499L),
          row(
              "RFC 9568 §6.4.2 Active_Down_Timer fires; our own interval from now on",
              V3,
              backup(
                  able(), 0, 3 * interval + 2 * SKEW, new Heard(ip("10.99.0.12"), 200, interval)),
              new Tick(),
              3 * interval + 2 * SKEW,
              new Master(
                  able(),
                  t + 3 * interval + 2 * SKEW,
                  t + 3 * interval + 2 * SKEW + 100 * MILLISECOND,
                  fresh(able(), 3 * interval + 2 * SKEW).announcements(),
                  t + 3 * interval + 2 * SKEW,
                  0),
              takeOver(100),
              "no advertisement for 7.22 s"));
    }

    Stream<Row> preemption() {
      Heard lower = new Heard(ip("10.99.0.12"), 80, SECOND);
      return Stream.of(
          row(
              "preempt: the timer runs on and fires",
              PREEMPT,
              backup(able(), 0, MASTER_DOWN, lower),
              new Tick(),
              MASTER_DOWN,
              fresh(able(), MASTER_DOWN),
              takeOver(100),
              "lower priority 80 of 10.99.0.12"),
          row(
              "preempt delay, one nanosecond early: reset the timer",
              PREEMPT_LATER,
              backup(able(), 9 * SECOND, 9 * SECOND + MASTER_DOWN, lower),
              heard(80, V2),
              10 * SECOND - 1,
              backup(able(), 10 * SECOND - 1, 10 * SECOND - 1 + MASTER_DOWN, lower),
              List.of(),
              ""),
          row(
              "preempt delay is over: discard",
              PREEMPT_LATER,
              backup(able(), 9 * SECOND, 9 * SECOND + MASTER_DOWN, lower),
              heard(80, V2),
              10 * SECOND,
              backup(able(), 9 * SECOND, 9 * SECOND + MASTER_DOWN, lower),
              List.of(),
              ""),
          row(
              "a master of the last resort is replaced soon, whatever Preempt_Mode says",
              PREEMPT_LATER,
              backup(),
              heard(1, V2),
              SECOND,
              backup(able(), 0, SECOND + SKEW, new Heard(ip("10.99.0.12"), 1, SECOND)),
              List.of(),
              ""),
          row(
              "also without preemption",
              V2,
              backup(able(), 0, MASTER_DOWN, new Heard(ip("10.99.0.12"), 200, SECOND)),
              heard(1, V2),
              SECOND,
              backup(able(), 0, SECOND + SKEW, new Heard(ip("10.99.0.12"), 1, SECOND)),
              List.of(),
              ""),
          row(
              "its repetition does not put the takeover off",
              V2,
              backup(able(), 0, SECOND + SKEW, new Heard(ip("10.99.0.12"), 1, SECOND)),
              heard(1, V2),
              SECOND + SKEW / 2,
              backup(able(), 0, SECOND + SKEW, new Heard(ip("10.99.0.12"), 1, SECOND)),
              List.of(),
              ""),
          row(
              "the last words of a node of the last resort do not depose the winner",
              V2,
              backup(able(), 0, MASTER_DOWN, new Heard(ip("10.99.0.13"), 200, SECOND)),
              heard(1, V2),
              1,
              backup(able(), 0, MASTER_DOWN, new Heard(ip("10.99.0.12"), 1, SECOND)),
              List.of(),
              ""),
          row(
              "two of the last resort: the sitting one stays",
              V2,
              backup(lastResort(), 0, 3 * SECOND + LAST_SKEW, null),
              heard(1, V2),
              SECOND,
              backup(
                  lastResort(),
                  SECOND,
                  4 * SECOND + LAST_SKEW,
                  new Heard(ip("10.99.0.12"), 1, SECOND)),
              List.of(),
              ""),
          row(
              "the owner always preempts",
              OWNER,
              backup(able(), 0, 3 * SECOND + 3_906_250L, null),
              heard(254, V2),
              SECOND,
              backup(able(), 0, 3 * SECOND + 3_906_250L, new Heard(ip("10.99.0.12"), 254, SECOND)),
              List.of(),
              ""));
    }

    Stream<Row> ability() {
      return Stream.of(
          nothing(
              "the same ability again",
              V2,
              backup(),
              new AbilityChanged(Ability.ABLE, "again"),
              SECOND),
          row(
              "unable in Backup: out of the election",
              V2,
              backup(),
              new AbilityChanged(Ability.UNABLE, "listener gone"),
              SECOND,
              new Initialize(unableAt(SECOND)),
              List.of(),
              "listener gone"),
          row(
              "a failed track in Backup: waits longer from now on",
              V2,
              backup(),
              new AbilityChanged(Ability.LAST_RESORT, "no usable server"),
              SECOND,
              backup(lastResortAt(SECOND), 0, 3 * SECOND + LAST_SKEW, null),
              List.of(),
              "no usable server"),
          row(
              "able again in Backup: waits as usual",
              V2,
              backup(lastResort(), 0, 3 * SECOND + LAST_SKEW, null),
              new AbilityChanged(Ability.ABLE, "2 usable servers"),
              SECOND,
              backup(ableAt(SECOND), 0, MASTER_DOWN, null),
              List.of(),
              "2 usable servers"),
          row(
              "able again under a master of the last resort: takes over soon",
              V2,
              backup(
                  lastResort(), 0, 3 * SECOND + LAST_SKEW, new Heard(ip("10.99.0.12"), 1, SECOND)),
              new AbilityChanged(Ability.ABLE, "2 usable servers"),
              SECOND,
              backup(ableAt(SECOND), 0, SECOND + SKEW, new Heard(ip("10.99.0.12"), 1, SECOND)),
              List.of(),
              "2 usable servers"),
          row(
              "an offer: who is no better waits until the next advertisement is overdue",
              V2,
              backup(
                  lastResort(), 0, 3 * SECOND + LAST_SKEW, new Heard(ip("10.99.0.12"), 1, SECOND)),
              heard(0, V2),
              SECOND,
              backup(
                  lastResort(),
                  SECOND,
                  SECOND + RESIGN + LAST_SKEW,
                  new Heard(ip("10.99.0.12"), 0, SECOND)),
              List.of(),
              ""),
          row(
              "an offer that comes twice changes nothing",
              V2,
              backup(lastResort(), 0, 3 * SECOND, new Heard(ip("10.99.0.12"), 0, SECOND)),
              heard(0, V2),
              SECOND,
              backup(lastResort(), SECOND, 3 * SECOND, new Heard(ip("10.99.0.12"), 0, SECOND)),
              List.of(),
              ""),
          row(
              "a master that was well resigns: the last resort takes over at its skew",
              V2,
              backup(
                  lastResort(), 0, 3 * SECOND + LAST_SKEW, new Heard(ip("10.99.0.12"), 90, SECOND)),
              heard(0, V2),
              SECOND,
              backup(
                  lastResort(), SECOND, SECOND + LAST_SKEW, new Heard(ip("10.99.0.12"), 0, SECOND)),
              List.of(),
              ""),
          row(
              "an offer to one that is well: takes over at its skew",
              V2,
              backup(able(), 0, MASTER_DOWN, new Heard(ip("10.99.0.12"), 1, SECOND)),
              heard(0, V2),
              SECOND,
              backup(able(), SECOND, SECOND + SKEW, new Heard(ip("10.99.0.12"), 0, SECOND)),
              List.of(),
              ""),
          row(
              "every tenth advertisement of a master of the last resort is an offer",
              V2,
              master(lastResort(), 9 * SECOND, 10 * SECOND, -1, 60 * SECOND),
              new Tick(),
              10 * SECOND,
              master(lastResort(), 10 * SECOND, 11 * SECOND, -1, 60 * SECOND),
              List.of(new SendAdvertisement(0), new RefreshAddresses()),
              ""),
          row(
              "and those between are not",
              V2,
              master(lastResort(), 10 * SECOND, 11 * SECOND, -1, 60 * SECOND),
              new Tick(),
              11 * SECOND,
              master(lastResort(), 11 * SECOND, 12 * SECOND, -1, 60 * SECOND),
              List.of(new SendAdvertisement(1), new RefreshAddresses()),
              ""),
          row(
              "nor any of a master that is well",
              V2,
              master(able(), 9 * SECOND, 10 * SECOND, -1, 60 * SECOND),
              new Tick(),
              10 * SECOND,
              master(able(), 10 * SECOND, 11 * SECOND, -1, 60 * SECOND),
              List.of(new SendAdvertisement(100), new RefreshAddresses()),
              ""),
          row(
              "the owner is able again: Master at once",
              OWNER,
              backup(lastResort(), 0, 3 * SECOND, null),
              new AbilityChanged(Ability.ABLE, "2 usable servers"),
              SECOND,
              fresh(ableAt(SECOND), SECOND),
              takeOver(255),
              "2 usable servers, owner of the addresses"));
    }

    Stream<Row> lastWords() {
      Heard winner = new Heard(ip("10.99.0.12"), 200, SECOND);
      Settings soon = with(V2).announcements(GratuitousArp.DEFAULT).settings();
      long again = 100 * MILLISECOND;
      LastWords said = new LastWords(4, t, OptionalLong.of(t + again));
      Backup yielded = backup(able(), 0, MASTER_DOWN, false, said, winner);
      return Stream.of(
          row(
              "last words are said once more soon, in case our announcements came after the answer",
              soon,
              master(),
              heard(200, V2),
              SECOND / 2,
              backup(
                  able(),
                  SECOND / 2,
                  SECOND / 2 + MASTER_DOWN,
                  false,
                  new LastWords(4, t + SECOND / 2, OptionalLong.of(t + SECOND / 2 + again)),
                  winner),
              List.of(new SendAdvertisement(100), new ReleaseAddresses(List.of(VIP))),
              "higher priority 200 from 10.99.0.12"),
          nothing("one nanosecond before that", soon, yielded, new Tick(), again - 1),
          row(
              "and then",
              soon,
              yielded,
              new Tick(),
              again,
              backup(able(), 0, MASTER_DOWN, false, new LastWords(3, t + again), winner),
              List.of(new SendAdvertisement(100)),
              ""),
          row(
              "the winner's answer does not put that off",
              soon,
              yielded,
              heard(200, V2),
              1,
              backup(able(), 1, 1 + MASTER_DOWN, false, said, winner),
              List.of(),
              ""),
          row(
              "not when the master has resigned meanwhile",
              soon,
              yielded,
              heard(0, V2),
              1,
              backup(
                  able(),
                  1,
                  1 + SKEW,
                  false,
                  new LastWords(4, t),
                  new Heard(ip("10.99.0.12"), 0, SECOND)),
              List.of(),
              ""),
          row(
              "nor when our own priority has become the better one",
              with(soon).priority(201).settings(),
              yielded,
              new Tick(),
              again,
              backup(able(), 0, MASTER_DOWN, false, new LastWords(4, t), winner),
              List.of(),
              ""),
          row(
              "last words are said again half an interval later",
              V2,
              backup(able(), 0, MASTER_DOWN, false, new LastWords(3, t), winner),
              heard(200, V2),
              SECOND / 2,
              backup(
                  able(),
                  SECOND / 2,
                  SECOND / 2 + MASTER_DOWN,
                  false,
                  new LastWords(2, t + SECOND / 2),
                  winner),
              List.of(new SendAdvertisement(100)),
              ""),
          row(
              "but not one nanosecond sooner",
              V2,
              backup(able(), 0, MASTER_DOWN, false, new LastWords(3, t), winner),
              heard(200, V2),
              SECOND / 2 - 1,
              backup(
                  able(),
                  SECOND / 2 - 1,
                  SECOND / 2 - 1 + MASTER_DOWN,
                  false,
                  new LastWords(3, t),
                  winner),
              List.of(),
              ""),
          row(
              "never to a worse master: it would yield",
              V2,
              backup(able(), 0, MASTER_DOWN, false, new LastWords(3, t), null),
              heard(99, V2),
              SECOND,
              backup(
                  able(),
                  SECOND,
                  SECOND + MASTER_DOWN,
                  false,
                  new LastWords(3, t),
                  new Heard(ip("10.99.0.12"), 99, SECOND)),
              List.of(),
              ""),
          row(
              "the last of the last words",
              V2,
              backup(able(), 0, MASTER_DOWN, false, new LastWords(1, t), winner),
              heard(200, V2),
              SECOND,
              backup(
                  able(),
                  SECOND,
                  SECOND + MASTER_DOWN,
                  false,
                  new LastWords(0, t + SECOND),
                  winner),
              List.of(new SendAdvertisement(100)),
              ""));
    }

    Stream<Row> master2() {
      return Stream.of(
          row(
              "§6.4.3 Shutdown: priority 0; we serve on until a successor is heard",
              V2,
              master(),
              new Shutdown(),
              SECOND / 2,
              new Resigning(stopped(), t + SECOND / 2, t + SECOND / 2 + RESIGN),
              resign(),
              "stopped"),
          nothing("§6.4.3 Adver_Timer, one nanosecond early", V2, master(), new Tick(), SECOND - 1),
          row(
              "§6.4.3 Adver_Timer fires: advertise, reset",
              V2,
              master(),
              new Tick(),
              SECOND,
              master(able(), SECOND, 2 * SECOND, 5 * SECOND, 60 * SECOND),
              List.of(new SendAdvertisement(100), new RefreshAddresses()),
              ""),
          row(
              "a late advertisement does not shift the beat",
              V2,
              master(),
              new Tick(),
              SECOND + 30 * MILLISECOND,
              master(able(), SECOND + 30 * MILLISECOND, 2 * SECOND, 5 * SECOND, 60 * SECOND),
              List.of(new SendAdvertisement(100), new RefreshAddresses()),
              ""),
          row(
              "one that is a whole beat late begins a new one",
              V2,
              master(),
              new Tick(),
              2 * SECOND,
              master(able(), 2 * SECOND, 3 * SECOND, 5 * SECOND, 60 * SECOND),
              List.of(new SendAdvertisement(100), new RefreshAddresses()),
              ""),
          row(
              "§6.4.3 priority 0: advertise, reset; a sign of another master",
              V2,
              master(),
              heard(0, V2),
              SECOND / 2,
              answered(able(), SECOND / 2),
              answer(100),
              ""),
          row(
              "§6.4.3 higher priority: Backup; after one last advertisement",
              V2,
              master(),
              heard(101, V2),
              SECOND / 2,
              yielded(101, SECOND / 2),
              List.of(new SendAdvertisement(100), new ReleaseAddresses(List.of(VIP))),
              "higher priority 101 from 10.99.0.12"),
          row(
              "§6.4.3 equal priority, higher address: Backup",
              V2,
              master(),
              heard(100, V2),
              SECOND / 2,
              yielded(100, SECOND / 2),
              List.of(new SendAdvertisement(100), new ReleaseAddresses(List.of(VIP))),
              "priority 100 from higher address 10.99.0.12"),
          row(
              "§6.4.3 equal priority, lower address: RFC 9568 asks for an answer",
              V2,
              master(),
              new Received(V2.advertisement(100), ip("10.99.0.2")),
              SECOND / 2,
              answered(able(), SECOND / 2),
              answer(100),
              ""),
          row(
              "§6.4.3 addresses are compared unsigned",
              with(V2).source("10.99.0.127").settings(),
              master(),
              new Received(V2.advertisement(100), ip("10.99.0.128")),
              SECOND / 2,
              new Backup(
                  able(),
                  t + SECOND / 2,
                  t + SECOND / 2 + MASTER_DOWN,
                  false,
                  new LastWords(4, t + SECOND / 2),
                  new Heard(ip("10.99.0.128"), 100, SECOND)),
              List.of(new SendAdvertisement(100), new ReleaseAddresses(List.of(VIP))),
              "priority 100 from higher address 10.99.0.128"),
          row(
              "§6.4.3 lower priority: answer, announce now, after 1 s and after 5 s",
              V2,
              master(),
              heard(99, V2),
              SECOND / 2,
              answered(able(), SECOND / 2),
              answer(100),
              ""),
          nothing("Startup in Master", V2, master(), new Startup(), 1),
          nothing("LinkUp in Master", V2, master(), new LinkUp(), 1),
          row(
              "LinkDown in Master: let go, at once and silently",
              V2,
              master(),
              new LinkDown(),
              1,
              new Initialize(linkDown()),
              List.of(new ReleaseAddresses(List.of(VIP))),
              "link down"));
    }

    Stream<Row> otherMasters() {
      Master busy =
          new Master(able(), t, t + SECOND, master().announcements(), t, VirtualRouter.MAX_ANSWERS);
      Master dueSoon =
          master(able(), 4_500 * MILLISECOND, 5_500 * MILLISECOND, 5 * SECOND, 60 * SECOND);
      Master refreshing =
          master(able(), 59_500 * MILLISECOND, 60_500 * MILLISECOND, -1, 60 * SECOND);
      return Stream.of(
          nothing(
              "a flood of other masters is not answered by a flood",
              V2,
              busy,
              heard(99, V2),
              SECOND - 1),
          row(
              "in the next second it is answered again",
              V2,
              busy,
              heard(99, V2),
              SECOND,
              new Master(
                  able(),
                  t + SECOND,
                  t + 2 * SECOND,
                  List.of(
                      new Announcement(t + 2 * SECOND, 5, false),
                      new Announcement(t + 6 * SECOND, 5, false),
                      new Announcement(t + 60 * SECOND, 1, true)),
                  t + SECOND,
                  1),
              answer(100),
              ""),
          nothing("second burst, one nanosecond early", V2, dueSoon, new Tick(), 5 * SECOND - 1),
          row(
              "second burst",
              V2,
              dueSoon,
              new Tick(),
              5 * SECOND,
              master(able(), 4_500 * MILLISECOND, 5_500 * MILLISECOND, -1, 60 * SECOND),
              List.of(new Announce(5)),
              ""),
          nothing("refresh, one nanosecond early", V2, refreshing, new Tick(), 60 * SECOND - 1),
          row(
              "refresh: one frame per address, and the next in 60 s",
              V2,
              refreshing,
              new Tick(),
              60 * SECOND,
              master(able(), 59_500 * MILLISECOND, 60_500 * MILLISECOND, -1, 120 * SECOND),
              List.of(new Announce(1)),
              ""));
    }

    Stream<Row> handOver() {
      Heard successor = new Heard(ip("10.99.0.12"), 80, SECOND);
      return Stream.of(
          row(
              "a failed track in Master: priority 0 at once",
              V2,
              master(),
              new AbilityChanged(Ability.LAST_RESORT, "no usable server"),
              SECOND / 2,
              new Resigning(lastResortAt(SECOND / 2), t + SECOND / 2, t + SECOND / 2 + RESIGN),
              resign(),
              "no usable server"),
          row(
              "unable in Master: priority 0 at once",
              V2,
              master(),
              new AbilityChanged(Ability.UNABLE, "listener gone"),
              SECOND / 2,
              new Resigning(unableAt(SECOND / 2), t + SECOND / 2, t + SECOND / 2 + RESIGN),
              resign(),
              "listener gone"),
          nothing(
              "the same ability again",
              V2,
              master(),
              new AbilityChanged(Ability.ABLE, "again"),
              SECOND / 2),
          row(
              "master of the last resort, able again: the usual priority",
              V2,
              master(lastResort()),
              new AbilityChanged(Ability.ABLE, "2 usable servers"),
              SECOND / 2,
              becameAble(SECOND / 2),
              List.of(new SendAdvertisement(100), new RefreshAddresses()),
              "2 usable servers"),
          row(
              "a successor is heard: let go, back in the election",
              V2,
              resigning(lastResort()),
              heard(80, V2),
              SECOND,
              backup(lastResort(), SECOND, 4 * SECOND + LAST_SKEW, successor),
              List.of(new ReleaseAddresses(List.of(VIP))),
              "10.99.0.12 has taken over with priority 80"),
          row(
              "a successor is heard while we stop: let go, the end",
              V2,
              resigning(stopped()),
              heard(80, V2),
              SECOND,
              new Initialize(stopped()),
              List.of(new ReleaseAddresses(List.of(VIP))),
              "10.99.0.12 has taken over with priority 80"),
          row(
              "one that could not have taken over yet was master already, and is told of us",
              V2,
              resigning(stopped()),
              heard(80, V2),
              SECOND * 176 / 256 - 1,
              new Initialize(stopped()),
              List.of(new SendAdvertisement(1), new ReleaseAddresses(List.of(VIP))),
              "10.99.0.12 has taken over with priority 80"),
          row(
              "one that could just have taken over has done so",
              V2,
              resigning(stopped()),
              heard(80, V2),
              SECOND * 176 / 256,
              new Initialize(stopped()),
              List.of(new ReleaseAddresses(List.of(VIP))),
              "10.99.0.12 has taken over with priority 80"),
          row(
              "one that was master already is told again later, since words are lost",
              V2,
              resigning(lastResort()),
              heard(80, V2),
              1,
              new Backup(
                  lastResort(),
                  t + 1,
                  t + 1 + 3 * SECOND + LAST_SKEW,
                  false,
                  new LastWords(4, t + 1),
                  successor),
              List.of(new SendAdvertisement(1), new ReleaseAddresses(List.of(VIP))),
              "10.99.0.12 has taken over with priority 80"),
          row(
              "one of the last resort is told nothing: it is no better",
              V2,
              resigning(stopped()),
              heard(1, V2),
              1,
              new Initialize(stopped()),
              List.of(new ReleaseAddresses(List.of(VIP))),
              "10.99.0.12 has taken over with priority 1"),
          nothing(
              "another that resigns is no successor", V2, resigning(stopped()), heard(0, V2), 1),
          nothing(
              "no successor, one nanosecond early",
              V2,
              resigning(stopped()),
              new Tick(),
              RESIGN - 1),
          row(
              "no successor while we stop: let go",
              V2,
              resigning(stopped()),
              new Tick(),
              RESIGN,
              new Initialize(stopped()),
              List.of(new ReleaseAddresses(List.of(VIP))),
              "no successor within 1.50 s"),
          row(
              "no successor and unable: let go",
              V2,
              resigning(unable()),
              new Tick(),
              RESIGN,
              new Initialize(unable()),
              List.of(new ReleaseAddresses(List.of(VIP))),
              "no successor within 1.50 s"),
          row(
              "no successor at all: somebody must hold the addresses",
              V2,
              resigning(lastResort()),
              new Tick(),
              RESIGN,
              fresh(lastResort(), RESIGN),
              takeOver(1),
              "no successor within 1.50 s"),
          row(
              "able again before a successor was heard",
              V2,
              resigning(lastResort()),
              new AbilityChanged(Ability.ABLE, "2 usable servers"),
              SECOND,
              fresh(ableAt(SECOND), SECOND),
              takeOver(100),
              "2 usable servers"),
          row(
              "less able while resigning",
              V2,
              resigning(lastResort()),
              new AbilityChanged(Ability.UNABLE, "listener gone"),
              SECOND,
              resigning(unableAt(SECOND)),
              List.of(),
              ""),
          row(
              "stopped while resigning",
              V2,
              resigning(lastResort()),
              new Shutdown(),
              SECOND,
              resigning(lastResort().withStarted(false)),
              List.of(),
              ""),
          row(
              "started again while resigning",
              V2,
              resigning(stopped()),
              new Startup(),
              SECOND,
              fresh(able(), SECOND),
              takeOver(100),
              "started"),
          row(
              "link down while resigning",
              V2,
              resigning(stopped()),
              new LinkDown(),
              SECOND,
              new Initialize(stopped().withLinkUp(false)),
              List.of(new ReleaseAddresses(List.of(VIP))),
              "link down"),
          nothing("LinkUp while resigning", V2, resigning(stopped()), new LinkUp(), 1));
    }

    Stream<Row> sleep() {
      long last = 3 * SECOND;
      Heard usurper = new Heard(ip("10.99.0.12"), 80, SECOND);
      LastWords unsaid = new LastWords(5, t + last - SECOND);
      List<Action> letGo = List.of(new ReleaseAddresses(List.of(VIP)));
      String lost = "no advertisement sent for 3.00 s, mastership is lost";
      return Stream.of(
          row(
              "asleep, but for one nanosecond not too long: master still",
              V2,
              master(),
              new Tick(),
              last - 1,
              master(able(), last - 1, last - 1 + SECOND, 5 * SECOND, 60 * SECOND),
              List.of(new SendAdvertisement(100), new RefreshAddresses()),
              ""),
          row(
              "asleep until others may have taken over: let go before anything is sent",
              V2,
              master(),
              new Tick(),
              last,
              backup(able(), last, last + MASTER_DOWN, false, unsaid, null),
              letGo,
              lost),
          row(
              "and then hears who has, without a word before letting go",
              V2,
              master(),
              heard(80, V2),
              last,
              backup(able(), last, last + MASTER_DOWN, false, unsaid, usurper),
              letGo,
              lost),
          row(
              "woken by a better one: let go first, then the last words",
              V2,
              master(),
              heard(200, V2),
              last,
              backup(
                  able(),
                  last,
                  last + MASTER_DOWN,
                  false,
                  new LastWords(4, t + last),
                  new Heard(ip("10.99.0.12"), 200, SECOND)),
              List.of(new ReleaseAddresses(List.of(VIP)), new SendAdvertisement(100)),
              lost),
          row(
              "woken by a stop",
              V2,
              master(),
              new Shutdown(),
              last,
              new Initialize(stopped()),
              letGo,
              lost + "; stopped"),
          row(
              "woken by a failed track",
              V2,
              master(),
              new AbilityChanged(Ability.LAST_RESORT, "no usable server"),
              last,
              backup(lastResortAt(last), last, last + 3 * SECOND + LAST_SKEW, false, unsaid, null),
              letGo,
              lost + "; no usable server"),
          row(
              "a shorter interval does not make the time before it a sleep",
              with(V2).interval(SECOND).settings(),
              new Master(able(), t, t + 5 * SECOND, List.of(), t, 0),
              new SettingsChanged(with(V2).interval(5 * SECOND).settings()),
              4 * SECOND,
              new Master(able(), t + 4 * SECOND, t + 5 * SECOND, List.of(), t + 4 * SECOND, 0),
              List.of(new SendAdvertisement(100), new RefreshAddresses()),
              ""),
          row(
              "asleep while resigning: what follows must not be master",
              V2,
              resigning(lastResort()),
              new Tick(),
              RESIGN + SECOND + 1,
              backup(
                  lastResort(),
                  RESIGN + SECOND + 1,
                  RESIGN + SECOND + 1 + 3 * SECOND + LAST_SKEW,
                  false,
                  new LastWords(5, t + RESIGN + 1),
                  null),
              letGo,
              "no advertisement sent for 2.50 s, mastership is lost"),
          row(
              "a late tick while resigning is no sleep yet",
              V2,
              resigning(lastResort()),
              new Tick(),
              RESIGN + SECOND,
              fresh(lastResort(), RESIGN + SECOND),
              takeOver(1),
              "no successor within 2.50 s"),
          row(
              "a backup that wakes too late listens once more",
              V2,
              backup(),
              new Tick(),
              MASTER_DOWN + SECOND + 1,
              backup(able(), 0, MASTER_DOWN + SECOND + 1 + SKEW, true, LastWords.NONE, null),
              List.of(),
              ""),
          row(
              "late by not more than an interval: takes over",
              V2,
              backup(),
              new Tick(),
              MASTER_DOWN + SECOND,
              fresh(able(), MASTER_DOWN + SECOND),
              takeOver(100),
              "no advertisement for 4.61 s"),
          row(
              "but only once: a machine that is always late takes over in the end",
              V2,
              backup(able(), 0, MASTER_DOWN, true, LastWords.NONE, null),
              new Tick(),
              MASTER_DOWN + 9 * SECOND,
              fresh(able(), MASTER_DOWN + 9 * SECOND),
              takeOver(100),
              "no advertisement for 12.61 s"));
    }

    Stream<Row> reload() {
      Settings higher = with(V2).priority(200).settings();
      Settings slower = with(V2).interval(2 * SECOND).settings();
      Settings other = with(V2).addresses(SECOND_VIP).settings();
      return Stream.of(
          nothing("no difference, Backup", V2, backup(), new SettingsChanged(V2), SECOND),
          row(
              "another priority in Backup: the wait gets shorter by the difference",
              higher,
              backup(),
              new SettingsChanged(V2),
              SECOND,
              backup(able(), 0, 3 * SECOND + 218_750_000L, null),
              List.of(),
              "settings changed"),
          row(
              "another interval in Backup: the wait begins anew",
              slower,
              backup(able(), 0, MASTER_DOWN, new Heard(ip("10.99.0.12"), 200, SECOND)),
              new SettingsChanged(V2),
              SECOND,
              backup(able(), SECOND, SECOND + 6 * SECOND + SKEW, null),
              List.of(),
              ""),
          row(
              "owner from now on, Backup",
              OWNER,
              backup(),
              new SettingsChanged(V2),
              SECOND,
              fresh(able(), SECOND),
              takeOver(255),
              "settings changed, owner of the addresses"),
          row(
              "two owners: the one that yielded does not come back with each reload",
              with(OWNER).addresses(SECOND_VIP).settings(),
              backup(able(), 0, 3 * SECOND, new Heard(ip("10.99.0.12"), 255, SECOND)),
              new SettingsChanged(OWNER),
              SECOND,
              backup(able(), 0, 3 * SECOND, new Heard(ip("10.99.0.12"), 255, SECOND)),
              List.of(),
              ""),
          nothing("no difference, Master", V2, master(), new SettingsChanged(V2), SECOND / 2),
          row(
              "an address more in Master",
              TWO_ADDRESSES,
              master(),
              new SettingsChanged(V2),
              SECOND / 2,
              fresh(able(), SECOND / 2),
              List.of(
                  new SendAdvertisement(100),
                  new RefreshAddresses(),
                  new AcquireAddresses(List.of(SECOND_VIP)),
                  new Announce(5)),
              ""),
          row(
              "an address less in Master",
              V2,
              master(),
              new SettingsChanged(TWO_ADDRESSES),
              SECOND / 2,
              announcingOn(SECOND / 2),
              List.of(
                  new ReleaseAddresses(List.of(SECOND_VIP)),
                  new SendAdvertisement(100),
                  new RefreshAddresses()),
              ""),
          row(
              "another priority in Master: said at once",
              higher,
              master(),
              new SettingsChanged(V2),
              SECOND / 2,
              announcingOn(SECOND / 2),
              List.of(new SendAdvertisement(200), new RefreshAddresses()),
              "settings changed"),
          row(
              "another address while resigning: the old one goes, the new one never comes",
              other,
              resigning(stopped()),
              new SettingsChanged(V2),
              SECOND,
              resigning(stopped()),
              List.of(new ReleaseAddresses(List.of(VIP))),
              ""));
    }

    /** What a takeover has still to announce is announced, whatever else changes. */
    private Master announcingOn(long at) {
      return new Master(able(), t + at, t + at + SECOND, master().announcements(), t + at, 0);
    }

    private Master becameAble(long at) {
      return new Master(ableAt(at), t + at, t + at + SECOND, master().announcements(), t + at, 0);
    }

    private Backup yielded(int priority, long at) {
      return new Backup(
          able(),
          t + at,
          t + at + MASTER_DOWN,
          false,
          new LastWords(4, t + at),
          new Heard(ip("10.99.0.12"), priority, SECOND));
    }

    private static Received heard(int priority, Settings sender) {
      return new Received(sender.advertisement(priority), ip("10.99.0.12"));
    }

    private static List<Action> takeOver(int priority) {
      return List.of(
          new SendAdvertisement(priority), new AcquireAddresses(List.of(VIP)), new Announce(5));
    }

    private static List<Action> answer(int priority) {
      return List.of(new SendAdvertisement(priority), new RefreshAddresses(), new Announce(5));
    }

    private static List<Action> resign() {
      return List.of(new SendAdvertisement(0), new RefreshAddresses());
    }
  }

  static Stream<Row> rows() {
    return LongStream.of(0, Long.MAX_VALUE - SECOND / 4).boxed().flatMap(t -> new Table(t).rows());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rows")
  void cell(Row row) {
    Step step = VirtualRouter.step(row.settings(), row.before(), row.event(), row.t() + row.at());
    assertThat(step.actions()).isEqualTo(row.actions());
    assertThat(step.state()).isEqualTo(row.after());
    assertThat(step.reason()).isEqualTo(row.reason());
  }

  /** Whatever the state says is its deadline, a tick before it changes nothing. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("rows")
  void aTickBeforeTheDeadlineChangesNothing(Row row) {
    row.after()
        .deadline()
        .ifPresent(deadline -> {
          Step early = VirtualRouter.step(row.settings(), row.after(), new Tick(), deadline - 1);
          assertThat(early).isEqualTo(new Step(row.after(), List.of(), ""));
        });
  }
}
