package dev.fairlead.vrrp;

import dev.fairlead.config.VirtualRouterConfig.GratuitousArp;
import dev.fairlead.config.VirtualRouterConfig.InitialState;
import dev.fairlead.config.VirtualRouterConfig.VirtualAddress;
import dev.fairlead.vrrp.Action.AcquireAddresses;
import dev.fairlead.vrrp.Action.Announce;
import dev.fairlead.vrrp.Action.RefreshAddresses;
import dev.fairlead.vrrp.Action.ReleaseAddresses;
import dev.fairlead.vrrp.Action.SendAdvertisement;
import dev.fairlead.vrrp.State.Announcement;
import dev.fairlead.vrrp.State.Backup;
import dev.fairlead.vrrp.State.Heard;
import dev.fairlead.vrrp.State.Initialize;
import dev.fairlead.vrrp.State.LastWords;
import dev.fairlead.vrrp.State.Master;
import dev.fairlead.vrrp.State.Resigning;
import dev.fairlead.vrrp.packet.Advertisement;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The election: one function, in the order of the state tables of RFC 3768 §6.4 and RFC 9568 §6.4.
 *
 * <p>It does more than the RFCs ask in eight places, each because of an outage that was seen:
 *
 * <ul>
 *   <li>A master hands over: priority 0, then it serves on until its successor is heard.
 *   <li>A node that cannot serve stays in the election at priority 1, and every healthy one takes
 *       over from it, also where there is no preemption.
 *   <li>Such a node, while it is master, says priority 0 now and then: routers of other makes that
 *       do not preempt would never relieve it. Nodes no better than it do not take that for a
 *       resignation until its next advertisement is overdue.
 *   <li>A master that hears a lower priority answers and announces again. RFC 9568 §6.4.3 asks for
 *       the answer; the announcements correct the neighbours that have listened to the other.
 *   <li>A master that yields sends one last advertisement, so that the winner learns that there was
 *       another master, and announces. Without it nobody did after a third of all healed
 *       partitions. It is repeated a few times: one lost datagram would leave the neighbours with
 *       the wrong hardware address for minutes. The first time soon: an announcement of ours can be
 *       overtaken by those of the winner, and a keepalived announces once and again after 5 s.
 *   <li>A master announces with its advertisements. A keepalived that was master, too, falls silent
 *       when it hears one, without a word, and its neighbours would go on talking to it.
 *   <li>A master that has not run for so long that others may have taken over lets go before it
 *       does anything else.
 *   <li>A backup that wakes too late listens once more before it takes over.
 * </ul>
 *
 * <p>Longer than one screen or two because a state machine in one file can be read against its RFC.
 */
public final class VirtualRouter {

  /**
   * To other masters, in one {@link Intervals#answerWindow}. A healed partition needs two; a flood
   * of forged advertisements must not make us flood the network in turn.
   */
  static final int MAX_ANSWERS = 8;

  /** One advertisement in so many of a master of the last resort is an offer. */
  static final int OFFER_INTERVALS = 10;

  /** How often a former master tells a better one. There is no telling whether it was heard. */
  static final int MAX_LAST_WORDS = 5;

  private VirtualRouter() {}

  /**
   * What one event does.
   *
   * @param now nanoTime; never less than in the step before
   */
  public static Step step(Settings settings, State state, Event event, long now) {
    return switch (state) {
      case Initialize initialize -> inInitialize(settings, initialize, event, now);
      case Backup backup -> inBackup(settings, backup, event, now);
      case Master master when hasSlept(settings, master, event, now) ->
          afterSleep(settings, master, now - master.advertisedAt(), event, now);
      case Master master -> inMaster(settings, master, event, now);
      case Resigning resigning when now - resigning.until() > settings.intervalNanos() ->
          afterSleep(settings, resigning, now - resigning.since(), event, now);
      case Resigning resigning -> inResigning(settings, resigning, event, now);
    };
  }

  /**
   * The priority at which this router takes part at present.
   *
   * @return 1..255
   */
  public static int effectivePriority(Settings settings, Condition condition) {
    return condition.ability() == Ability.ABLE ? settings.priority() : Settings.LAST_RESORT;
  }

  // RFC §6.4.1 Initialize

  private static Step inInitialize(
      Settings settings, Initialize initialize, Event event, long now) {
    Condition before = initialize.condition();
    return switch (event) {
      case Event.Startup() -> enter(settings, delayed(settings, initialize, now), now, "started");
      case Event.LinkUp() ->
          enter(settings, withCondition(initialize, before.withLinkUp(true)), now, "link up");
      case Event.AbilityChanged(Ability ability, String reason) ->
          enter(settings, withCondition(initialize, before.withAbility(ability, now)), now, reason);
      case Event.Tick() when isOver(initialize.delayedUntil(), now) ->
          enter(settings, undelayed(initialize), now, "start-up delay is over");
      case Event.Shutdown() ->
          silent(undelayed(withCondition(initialize, before.withStarted(false))));
      case Event.LinkDown() -> silent(withCondition(initialize, before.withLinkUp(false)));
      case Event.Tick(),
          Event.Received(_, _),
          Event.SettingsChanged(_, _),
          Event.GroupYielded(_),
          Event.AddressClaimed(),
          Event.ClockJumped(_) ->
          silent(initialize);
    };
  }

  private static Initialize delayed(Settings settings, Initialize initialize, long now) {
    boolean delays = settings.startupDelayNanos() > 0 && !initialize.condition().started();
    return new Initialize(
        initialize.condition().withStarted(true),
        delays ? OptionalLong.of(now + settings.startupDelayNanos()) : initialize.delayedUntil(),
        initialize.fresh());
  }

  private static boolean isOver(OptionalLong deadline, long now) {
    return deadline.isPresent() && now - deadline.getAsLong() >= 0;
  }

  private static Initialize withCondition(Initialize initialize, Condition condition) {
    return new Initialize(condition, initialize.delayedUntil(), initialize.fresh());
  }

  private static Initialize undelayed(Initialize initialize) {
    return new Initialize(initialize.condition(), OptionalLong.empty(), initialize.fresh());
  }

  /** Into the election, if the condition and the start-up delay allow. */
  private static Step enter(Settings settings, Initialize initialize, long now, String reason) {
    Condition condition = initialize.condition();
    boolean waits =
        initialize.delayedUntil().isPresent() && !isOver(initialize.delayedUntil(), now);
    if (waits || !condition.isEligible()) {
      return silent(initialize);
    }
    if (ownsAddresses(settings, condition)) {
      return takeOver(settings, condition, now, reason + ", owner of the addresses");
    }
    // Not at once, as an owner: a master that is sitting here would be cut for nothing.
    boolean eager = initialize.fresh() && settings.initialState() == InitialState.MASTER;
    return new Step(
        eager ? listening(settings, condition, now) : waiting(settings, condition, null, now),
        List.of(),
        reason);
  }

  // RFC §6.4.2 Backup

  private static Step inBackup(Settings settings, Backup backup, Event event, long now) {
    Condition condition = backup.condition();
    return switch (event) {
      case Event.Tick() -> backupTick(settings, backup, now);
      case Event.Received(Advertisement advertisement, InetAddress source) ->
          backupReceived(settings, backup, advertisement, source, now);
      case Event.Shutdown() -> leave(condition.withStarted(false), "stopped");
      case Event.LinkDown() -> leave(condition.withLinkUp(false), "link down");
      case Event.AbilityChanged(Ability ability, String reason) -> {
        Condition next = condition.withAbility(ability, now);
        yield next.equals(condition)
            ? silent(backup)
            : backupChanged(settings, settings, backup, next, now, reason);
      }
      case Event.SettingsChanged(Settings before, String reason) ->
          backupChanged(before, settings, backup, condition, now, reason);
      case Event.Startup(),
          Event.LinkUp(),
          Event.GroupYielded(_),
          Event.AddressClaimed(),
          Event.ClockJumped(_) ->
          silent(backup);
    };
  }

  private static Step backupTick(Settings settings, Backup backup, long now) {
    long late = now - backup.masterDownAt();
    if (late < 0) {
      return isOver(backup.lastWords().againAt(), now)
          ? sayAgain(settings, backup, now)
          : silent(backup);
    }
    long interval = masterInterval(settings, backup.heard());
    // We were not running. The master may have been sending all the time; what it sent while we
    // slept can be lost. Once only: a machine that is always late must take over in the end.
    if (late > interval && !backup.overslept()) {
      long until = now + Intervals.skew(settings, backup.condition(), interval);
      return silent(
          new Backup(
              backup.condition(), backup.since(), until, true, backup.lastWords(), backup.heard()));
    }
    return takeOver(settings, backup.condition(), now, whyTakeOver(settings, backup, now));
  }

  private static Step sayAgain(Settings settings, Backup backup, long now) {
    LastWords words = backup.lastWords();
    Heard heard = backup.heard();
    int own = effectivePriority(settings, backup.condition());
    // Our priority may have risen meanwhile.
    if (heard == null || !isBetter(heard.priority(), heard.source(), own, settings.source())) {
      return silent(withLastWords(backup, new LastWords(words.left(), words.saidAt())));
    }
    return new Step(
        withLastWords(backup, new LastWords(words.left() - 1, now)),
        List.of(new SendAdvertisement(own)),
        "");
  }

  private static String whyTakeOver(Settings settings, Backup backup, long now) {
    Heard heard = backup.heard();
    int own = effectivePriority(settings, backup.condition());
    if (heard != null && heard.priority() == Settings.RESIGN) {
      return "priority 0 from " + text(heard.source());
    }
    if (heard != null && heard.priority() < own) {
      return "lower priority %d of %s".formatted(heard.priority(), text(heard.source()));
    }
    return "no advertisement for " + seconds(now - backup.since());
  }

  private static Step backupReceived(
      Settings settings, Backup backup, Advertisement advertisement, InetAddress source, long now) {
    int own = effectivePriority(settings, backup.condition());
    LastWords words = backup.lastWords();
    List<Action> actions = List.of();
    // Not to a worse one: it would yield to us. And spread: what loses one loses its neighbours.
    if (!isBetter(advertisement.priority(), source, own, settings.source())) {
      words = new LastWords(words.left(), words.saidAt());
    } else if (words.left() > 0 && now - words.saidAt() >= settings.intervalNanos() / 2) {
      words =
          words.left() == MAX_LAST_WORDS
              ? said(settings, now)
              : new LastWords(words.left() - 1, now);
      actions = List.of(new SendAdvertisement(own));
    }
    Backup next = hear(settings, backup, advertisement, source, now);
    return new Step(withLastWords(next, words), actions, "");
  }

  private static Backup hear(
      Settings settings, Backup backup, Advertisement advertisement, InetAddress source, long now) {
    Condition condition = backup.condition();
    Heard heard = new Heard(source, advertisement.priority(), advertisement.intervalNanos());
    long skewedAt = now + Intervals.skew(settings, condition, heard.intervalNanos());
    if (heard.priority() == Settings.RESIGN) {
      long masterDownAt =
          condition.ability() == Ability.ABLE
              ? skewedAt
              : whenOverdue(settings, backup, heard, skewedAt);
      return new Backup(condition, now, masterDownAt, false, LastWords.NONE, heard);
    }
    if (heard.priority() >= effectivePriority(settings, condition)
        || !mayPreempt(settings, condition, heard, now)) {
      return waiting(settings, condition, heard, now);
    }
    boolean hasten =
        heard.priority() <= Settings.LAST_RESORT && isStillMaster(backup.heard(), heard);
    long masterDownAt = hasten ? earlier(backup.masterDownAt(), skewedAt) : backup.masterDownAt();
    return new Backup(
        condition, backup.since(), masterDownAt, backup.overslept(), LastWords.NONE, heard);
  }

  /**
   * For one that is no better than a master of the last resort: a priority 0 of such a master is an
   * offer to others, and it goes on unless it falls silent.
   */
  private static long whenOverdue(Settings settings, Backup backup, Heard offer, long skewedAt) {
    Heard before = backup.heard();
    if (settings.grouped() || before == null || !before.source().equals(offer.source())) {
      return skewedAt;
    }
    return switch (before.priority()) {
      case Settings.LAST_RESORT ->
          skewedAt + Math.max(offer.intervalNanos(), Intervals.resign(settings));
      // The same once more.
      case Settings.RESIGN -> backup.masterDownAt();
      default -> skewedAt;
    };
  }

  /**
   * Whether {@code heard} comes from the master we know, or the first we hear of. A node of the
   * last resort that yields sends a last advertisement too, behind that of the winner; that one
   * says nothing about who is master.
   */
  private static boolean isStillMaster(@Nullable Heard before, Heard heard) {
    return before == null || before.source().equals(heard.source());
  }

  private static boolean mayPreempt(Settings settings, Condition condition, Heard heard, long now) {
    return ownsAddresses(settings, condition)
        || heard.priority() <= Settings.LAST_RESORT
        || (settings.preempt() && now - condition.abilitySince() >= settings.preemptDelayNanos());
  }

  /** The wait goes on, longer or shorter by what the change makes of it. */
  private static Step backupChanged(
      Settings before,
      Settings settings,
      Backup backup,
      Condition condition,
      long now,
      String reason) {
    if (!condition.isEligible()) {
      return leave(condition, reason);
    }
    if (ownsAddresses(settings, condition) && !ownsAddresses(before, backup.condition())) {
      return takeOver(settings, condition, now, reason + ", owner of the addresses");
    }
    String said =
        effectivePriority(settings, condition) == effectivePriority(before, backup.condition())
            ? ""
            : reason;
    Heard heard = backup.heard();
    if (before.version() != settings.version()
        || before.intervalNanos() != settings.intervalNanos()) {
      return new Step(waiting(settings, condition, null, now), List.of(), said);
    }
    long interval = masterInterval(settings, heard);
    long skew = Intervals.skew(settings, condition, interval);
    long masterDownAt =
        backup.masterDownAt() + skew - Intervals.skew(before, backup.condition(), interval);
    boolean masterIsLastResort =
        heard != null
            && heard.priority() == Settings.LAST_RESORT
            && effectivePriority(settings, condition) > Settings.LAST_RESORT;
    return new Step(
        new Backup(
            condition,
            backup.since(),
            masterIsLastResort ? earlier(masterDownAt, now + skew) : masterDownAt,
            backup.overslept(),
            backup.lastWords(),
            heard),
        List.of(),
        said);
  }

  /** A backup that begins to wait now. */
  private static Backup waiting(
      Settings settings, Condition condition, @Nullable Heard heard, long now) {
    long wait = Intervals.masterDown(settings, condition, masterInterval(settings, heard));
    return new Backup(condition, now, now + wait, false, LastWords.NONE, heard);
  }

  /** A backup that waits for one advertisement only. */
  private static Backup listening(Settings settings, Condition condition, long now) {
    long wait = Intervals.oneAdvertisement(settings, condition);
    return new Backup(condition, now, now + wait, false, LastWords.NONE, null);
  }

  private static Step takeOver(Settings settings, Condition condition, long now, String reason) {
    List<Action> actions = new ArrayList<>();
    // keepalived's order, too: the others fall silent before the address answers.
    actions.add(new SendAdvertisement(effectivePriority(settings, condition)));
    actions.add(new AcquireAddresses(settings.addresses()));
    addAnnounce(actions, settings.announcements());
    return new Step(
        master(
            settings, condition, Announcements.afterTakeover(settings.announcements(), now), now),
        actions,
        reason);
  }

  // RFC §6.4.3 Master

  private static Step inMaster(Settings settings, Master master, Event event, long now) {
    Condition condition = master.condition();
    return switch (event) {
      case Event.Tick() -> masterTick(settings, master, now);
      case Event.Received(Advertisement advertisement, InetAddress source) -> {
        int own = effectivePriority(settings, condition);
        yield isBetter(advertisement.priority(), source, own, settings.source())
            ? yieldTo(settings, master, advertisement, source, now)
            : answer(settings, master, now);
      }
      case Event.Shutdown() -> resign(settings, condition.withStarted(false), now, "stopped");
      case Event.LinkDown() -> letGo(settings, condition.withLinkUp(false), "link down");
      case Event.AbilityChanged(Ability ability, String reason) -> {
        Condition next = condition.withAbility(ability, now);
        if (next.equals(condition)) {
          yield silent(master);
        }
        yield ability == Ability.ABLE
            ? becomeAble(settings, master, next, now, reason)
            : resign(settings, next, now, reason);
      }
      case Event.SettingsChanged(Settings before, String reason) ->
          masterSettings(before, settings, master, now, reason);
      case Event.GroupYielded(String reason) -> resign(settings, condition, now, reason);
      case Event.AddressClaimed() -> defend(settings, master, now);
      case Event.ClockJumped(long nanos) when isMastershipLost(settings, nanos) ->
          afterPause(settings, condition, nanos, now);
      case Event.Startup(), Event.LinkUp(), Event.ClockJumped(_) -> silent(master);
    };
  }

  private static Step masterTick(Settings settings, Master master, long now) {
    List<Action> actions = new ArrayList<>();
    Master next = master;
    if (now - master.nextAdvertisementAt() >= 0) {
      if (isOffer(settings, master, now)) {
        actions.add(new SendAdvertisement(Settings.RESIGN));
        actions.add(new RefreshAddresses());
      } else {
        addAdvertisement(actions, settings, master.condition());
      }
      if (Announcements.isHeartbeat(settings, master.advertisedAt(), now)) {
        actions.add(new Announce(1));
      }
      next = advertised(settings, master, now);
    }
    for (Announcement announcement : master.announcements()) {
      if (Announcements.isDue(announcement, now)) {
        actions.add(new Announce(announcement.count()));
      }
    }
    List<Announcement> pending =
        Announcements.afterDue(master.announcements(), settings.announcements(), now);
    return new Step(withAnnouncements(next, pending), actions, "");
  }

  /**
   * Whether a master of the last resort offers its addresses again, by a priority 0. Those who do
   * not preempt, and are no Fairlead, would leave them with it for ever: they may have been unwell
   * when it resigned, or may not have heard it. It goes on if nobody takes them. Not in a group:
   * there a priority 0 of the last resort means that half a group gives way.
   */
  private static boolean isOffer(Settings settings, Master master, long now) {
    Condition condition = master.condition();
    long period = OFFER_INTERVALS * settings.intervalNanos();
    return condition.ability() != Ability.ABLE
        && !settings.grouped()
        && (now - condition.abilitySince()) / period
            != (master.advertisedAt() - condition.abilitySince()) / period;
  }

  /** Between two masters: the higher priority, then the higher address. */
  private static boolean isBetter(
      int priority, InetAddress source, int ownPriority, InetAddress ownSource) {
    return priority > ownPriority
        || (priority == ownPriority
            && Arrays.compareUnsigned(source.getAddress(), ownSource.getAddress()) > 0);
  }

  private static Step yieldTo(
      Settings settings, Master master, Advertisement advertisement, InetAddress source, long now) {
    Heard heard = new Heard(source, advertisement.priority(), advertisement.intervalNanos());
    int own = effectivePriority(settings, master.condition());
    // The last advertisement makes the winner announce, if it has not heard us before.
    return new Step(
        withLastWords(waiting(settings, master.condition(), heard, now), said(settings, now)),
        List.of(new SendAdvertisement(own), new ReleaseAddresses(settings.addresses())),
        (heard.priority() > own
                ? "higher priority %d from %s"
                : "priority %d from higher address %s")
            .formatted(heard.priority(), text(source)));
  }

  /** A sign of another master, that is to give up or is about to: priority 0, or worse than we. */
  private static Step answer(Settings settings, Master master, long now) {
    boolean newWindow = now - master.answersSince() >= Intervals.answerWindow(settings);
    int answers = newWindow ? 0 : master.answers();
    if (answers >= MAX_ANSWERS) {
      return silent(master);
    }
    List<Action> actions = new ArrayList<>();
    addAdvertisement(actions, settings, master.condition());
    addAnnounce(actions, settings.announcements());
    return new Step(
        new Master(
            master.condition(),
            now,
            now + settings.intervalNanos(),
            Announcements.afterSign(master.announcements(), settings.announcements(), now),
            newWindow ? now : master.answersSince(),
            answers + 1),
        actions,
        "");
  }

  /**
   * Against a host that is no router of ours, or a master that has not heard of us yet. Once a
   * second, with the repetitions that follow any sign: so ours is the last word when it gives up.
   */
  private static Step defend(Settings settings, Master master, long now) {
    boolean newWindow = now - master.answersSince() >= Intervals.answerWindow(settings);
    if (master.answers() > 0 && !newWindow) {
      return silent(master);
    }
    return new Step(
        new Master(
            master.condition(),
            master.advertisedAt(),
            master.nextAdvertisementAt(),
            Announcements.afterSign(master.announcements(), settings.announcements(), now),
            now,
            1),
        List.of(new Announce(1)),
        "");
  }

  private static Step becomeAble(
      Settings settings, Master master, Condition condition, long now, String reason) {
    List<Action> actions = new ArrayList<>();
    addAdvertisement(actions, settings, condition);
    return new Step(master(settings, condition, master.announcements(), now), actions, reason);
  }

  private static Step resign(Settings settings, Condition condition, long now, String reason) {
    return new Step(
        new Resigning(condition, now, now + Intervals.serveOn(settings)),
        List.of(new SendAdvertisement(Settings.RESIGN), new RefreshAddresses()),
        reason);
  }

  private static Step masterSettings(
      Settings before, Settings settings, Master master, long now, String reason) {
    if (before.equals(settings)) {
      return silent(master);
    }
    List<VirtualAddress> added = without(settings.addresses(), before.addresses());
    List<Action> actions = new ArrayList<>();
    addRelease(actions, without(before.addresses(), settings.addresses()));
    actions.add(new SendAdvertisement(effectivePriority(settings, master.condition())));
    actions.add(new RefreshAddresses());
    // A changed priority is no reason to leave out what a takeover has still to announce.
    List<Announcement> pending =
        before.announcements().equals(settings.announcements())
            ? master.announcements()
            : Announcements.refreshOnly(settings.announcements(), now);
    if (!added.isEmpty()) {
      actions.add(new AcquireAddresses(added));
      addAnnounce(actions, settings.announcements());
      pending = Announcements.afterTakeover(settings.announcements(), now);
    }
    boolean samePriority =
        effectivePriority(settings, master.condition())
            == effectivePriority(before, master.condition());
    return new Step(
        master(settings, master.condition(), pending, now), actions, samePriority ? "" : reason);
  }

  // Resigning: ours, between Master and whatever follows

  private static Step inResigning(Settings settings, Resigning resigning, Event event, long now) {
    Condition condition = resigning.condition();
    return switch (event) {
      case Event.Tick() when now - resigning.until() < 0 -> silent(resigning);
      case Event.Tick() -> {
        String reason = "no successor within " + seconds(now - resigning.since());
        yield condition.isEligible()
            ? holdOn(settings, condition, now, reason)
            : letGo(settings, condition, reason);
      }
      case Event.Received(Advertisement advertisement, _)
          when advertisement.priority() == Settings.RESIGN ->
          silent(resigning);
      case Event.Received(Advertisement advertisement, InetAddress source) ->
          handOver(settings, resigning, advertisement, source, now);
      case Event.Startup() ->
          resume(settings, resigning, condition.withStarted(true), now, "started");
      case Event.AbilityChanged(Ability ability, String reason) ->
          resume(settings, resigning, condition.withAbility(ability, now), now, reason);
      case Event.Shutdown() ->
          silent(new Resigning(condition.withStarted(false), resigning.since(), resigning.until()));
      case Event.LinkDown() -> letGo(settings, condition.withLinkUp(false), "link down");
      case Event.SettingsChanged(Settings before, _) -> {
        List<Action> actions = new ArrayList<>();
        addRelease(actions, without(before.addresses(), settings.addresses()));
        yield new Step(resigning, actions, "");
      }
      case Event.ClockJumped(long nanos) when isMastershipLost(settings, nanos) ->
          afterPause(settings, condition, nanos, now);
      case Event.LinkUp(), Event.GroupYielded(_), Event.AddressClaimed(), Event.ClockJumped(_) ->
          silent(resigning);
    };
  }

  private static Step handOver(
      Settings settings,
      Resigning resigning,
      Advertisement advertisement,
      InetAddress source,
      long now) {
    Condition condition = resigning.condition();
    Heard heard = new Heard(source, advertisement.priority(), advertisement.intervalNanos());
    List<Action> actions = new ArrayList<>();
    State next =
        condition.isEligible()
            ? waiting(settings, condition, heard, now)
            : new Initialize(condition);
    if (wasMasterBefore(settings, resigning, heard, now)) {
      actions.add(new SendAdvertisement(Settings.LAST_RESORT));
      next = next instanceof Backup backup ? withLastWords(backup, said(settings, now)) : next;
    }
    actions.add(new ReleaseAddresses(settings.addresses()));
    return new Step(
        next,
        actions,
        "%s has taken over with priority %d".formatted(text(source), heard.priority()));
  }

  /**
   * Whether a successor is heard before it could have taken over: it was master on the other side
   * of a partition. A keepalived answers a priority 0 with an advertisement and no announcement,
   * and our neighbours would go on talking to us; to a worse master it announces. Not to one of the
   * last resort, which would be no better.
   */
  private static boolean wasMasterBefore(
      Settings settings, Resigning resigning, Heard heard, long now) {
    long skew = Intervals.skew(settings.version(), heard.priority(), heard.intervalNanos());
    return heard.priority() > Settings.LAST_RESORT && now - resigning.since() < skew;
  }

  /** There is no reason left to resign. */
  private static Step resume(
      Settings settings, Resigning resigning, Condition condition, long now, String reason) {
    return condition.isEligible() && condition.ability() == Ability.ABLE
        ? holdOn(settings, condition, now, reason)
        : silent(new Resigning(condition, resigning.since(), resigning.until()));
  }

  /** Master again without having let go; the lifetime of an address may have ended meanwhile. */
  private static Step holdOn(Settings settings, Condition condition, long now, String reason) {
    List<Action> actions = new ArrayList<>();
    actions.add(new SendAdvertisement(effectivePriority(settings, condition)));
    actions.add(new AcquireAddresses(settings.addresses()));
    addAnnounce(actions, settings.announcements());
    return new Step(
        master(
            settings, condition, Announcements.afterTakeover(settings.announcements(), now), now),
        actions,
        reason);
  }

  // A process that did not run

  private static boolean hasSlept(Settings settings, Master master, Event event, long now) {
    // Those under which the last advertisement was sent.
    Settings then = event instanceof Event.SettingsChanged(Settings before, _) ? before : settings;
    return now - master.advertisedAt() >= Intervals.mastershipLost(then);
  }

  /** Lets go first; the event then finds a backup that knows of no master. */
  private static Step afterSleep(
      Settings settings, State state, long slept, Event event, long now) {
    Condition condition = state.condition();
    State awake =
        condition.isEligible()
            ? withLastWords(waiting(settings, condition, null, now), unsaid(settings, now))
            : new Initialize(condition);
    Settings held = event instanceof Event.SettingsChanged(Settings before, _) ? before : settings;
    Step then = step(settings, awake, event, now);
    List<Action> actions = new ArrayList<>();
    actions.add(new ReleaseAddresses(held.addresses()));
    actions.addAll(then.actions());
    String reason = "no advertisement sent for %s, mastership is lost".formatted(seconds(slept));
    return new Step(
        then.state(), actions, then.reason().isEmpty() ? reason : reason + "; " + then.reason());
  }

  private static boolean isMastershipLost(Settings settings, long nanos) {
    return nanos >= Intervals.mastershipLost(settings);
  }

  /**
   * Of the whole machine, which stops our clock too. Somebody who has taken over advertises by now,
   * and is heard within one interval; if nobody does, it was the clock that was set, and the gap
   * shall be short.
   */
  private static Step afterPause(Settings settings, Condition condition, long nanos, long now) {
    State awake =
        condition.isEligible()
            ? withLastWords(listening(settings, condition, now), unsaid(settings, now))
            : new Initialize(condition);
    return new Step(
        awake,
        List.of(new ReleaseAddresses(settings.addresses())),
        "the wall clock jumped ahead by %s as after a pause of this machine, mastership is lost"
            .formatted(seconds(nanos)));
  }

  /**
   * For the first time. A last announcement of ours may come after those with which the winner
   * answers, as a master's own come again: once more soon, unless it is heard about as soon.
   */
  private static LastWords said(Settings settings, long now) {
    long repeatDelay = settings.announcements().repeatDelay().toNanos();
    boolean again = repeatDelay > 0 && repeatDelay < settings.intervalNanos() / 2;
    return new LastWords(
        MAX_LAST_WORDS - 1, now, again ? OptionalLong.of(now + repeatDelay) : OptionalLong.empty());
  }

  /** Others may have listened to us since they last listened to the new master. */
  private static LastWords unsaid(Settings settings, long now) {
    return new LastWords(MAX_LAST_WORDS, now - settings.intervalNanos());
  }

  // What the states share

  private static Step silent(State state) {
    return new Step(state, List.of(), "");
  }

  private static Step leave(Condition condition, String reason) {
    return new Step(new Initialize(condition), List.of(), reason);
  }

  private static Step letGo(Settings settings, Condition condition, String reason) {
    return new Step(
        new Initialize(condition), List.of(new ReleaseAddresses(settings.addresses())), reason);
  }

  private static Backup withLastWords(Backup backup, LastWords words) {
    return new Backup(
        backup.condition(),
        backup.since(),
        backup.masterDownAt(),
        backup.overslept(),
        words,
        backup.heard());
  }

  /** A master that has advertised just now. */
  private static Master master(
      Settings settings, Condition condition, List<Announcement> announcements, long now) {
    return new Master(condition, now, now + settings.intervalNanos(), announcements, now, 0);
  }

  /** On the old beat, so that lateness does not add up; after a longer sleep on a new one. */
  private static Master advertised(Settings settings, Master master, long now) {
    long onBeat = master.nextAdvertisementAt() + settings.intervalNanos();
    return new Master(
        master.condition(),
        now,
        onBeat - now > 0 ? onBeat : now + settings.intervalNanos(),
        master.announcements(),
        master.answersSince(),
        master.answers());
  }

  private static Master withAnnouncements(Master master, List<Announcement> announcements) {
    return new Master(
        master.condition(),
        master.advertisedAt(),
        master.nextAdvertisementAt(),
        announcements,
        master.answersSince(),
        master.answers());
  }

  private static void addAdvertisement(
      List<Action> actions, Settings settings, Condition condition) {
    actions.add(new SendAdvertisement(effectivePriority(settings, condition)));
    actions.add(new RefreshAddresses());
  }

  private static void addAnnounce(List<Action> actions, GratuitousArp announcements) {
    if (announcements.count() > 0) {
      actions.add(new Announce(announcements.count()));
    }
  }

  private static void addRelease(List<Action> actions, List<VirtualAddress> addresses) {
    if (!addresses.isEmpty()) {
      actions.add(new ReleaseAddresses(addresses));
    }
  }

  private static boolean ownsAddresses(Settings settings, Condition condition) {
    return effectivePriority(settings, condition) == Settings.OWNER;
  }

  private static long masterInterval(Settings settings, @Nullable Heard heard) {
    return heard == null ? settings.intervalNanos() : heard.intervalNanos();
  }

  private static long earlier(long one, long other) {
    return one - other < 0 ? one : other;
  }

  private static List<VirtualAddress> without(
      List<VirtualAddress> addresses, List<VirtualAddress> others) {
    return addresses.stream().filter(address -> !others.contains(address)).toList();
  }

  private static String text(InetAddress address) {
    return address.getHostAddress();
  }

  private static String seconds(long nanos) {
    return String.format(Locale.ROOT, "%.2f s", nanos / 1e9);
  }
}
