package dev.fairlead.vrrp;

import dev.fairlead.vrrp.Action.AcquireAddresses;
import dev.fairlead.vrrp.Action.Announce;
import dev.fairlead.vrrp.Action.RefreshAddresses;
import dev.fairlead.vrrp.Action.ReleaseAddresses;
import dev.fairlead.vrrp.Action.SendAdvertisement;
import dev.fairlead.vrrp.State.Backup;
import dev.fairlead.vrrp.State.Heard;
import dev.fairlead.vrrp.State.Initialize;
import dev.fairlead.vrrp.State.LastWords;
import dev.fairlead.vrrp.State.Master;
import dev.fairlead.vrrp.packet.Advertisement;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/**
 * How others were seen to behave, where they differ from us.
 *
 * <p>keepalived 2.2.7 lets go the moment it stops or fails, falls silent without a word when it
 * hears a better master, announces only after a takeover and after a worse master, does not notice
 * that it has slept, and has no last resort.
 *
 * <p>FRR's vrrpd 8.4 does the same with less: it announces once, at a takeover, says nothing to a
 * worse master, and tracks nothing but its interface.
 */
@NullMarked
final class OthersHabits {

  private OthersHabits() {}

  /** Whose program runs on a node. */
  enum Program {
    FAIRLEAD,
    KEEPALIVED,
    FRR
  }

  static Step step(Program program, Settings settings, State state, Event event, long now) {
    Condition condition = after(program, state.condition(), event, now);
    if (!condition.isEligible()) {
      return out(settings, state, condition);
    }
    return switch (state) {
      case Initialize _ ->
          step(
              new Backup(
                  condition,
                  now,
                  now + down(settings, settings.intervalNanos()),
                  false,
                  LastWords.NONE,
                  null));
      case Backup backup -> inBackup(program, settings, backup, condition, event, now);
      case Master master -> inMaster(program, settings, master, condition, event, now);
      case State.Resigning _ -> throw new AssertionError("it never does that");
    };
  }

  private static Condition after(Program program, Condition before, Event event, long now) {
    return switch (event) {
      case Event.Startup() -> before.withStarted(true);
      case Event.Shutdown() -> before.withStarted(false);
      case Event.LinkUp() -> before.withLinkUp(true);
      case Event.LinkDown() -> before.withLinkUp(false);
      case Event.AbilityChanged(_, _) when program == Program.FRR ->
          before.withAbility(Ability.ABLE, now);
      case Event.AbilityChanged(Ability ability, _) ->
          before.withAbility(ability == Ability.ABLE ? Ability.ABLE : Ability.UNABLE, now);
      default -> before;
    };
  }

  private static Step out(Settings settings, State state, Condition condition) {
    return state instanceof Master
        ? step(
            new Initialize(condition),
            new SendAdvertisement(0),
            new ReleaseAddresses(settings.addresses()))
        : step(new Initialize(condition));
  }

  private static Step inBackup(
      Program program,
      Settings settings,
      Backup backup,
      Condition condition,
      Event event,
      long now) {
    if (event instanceof Event.Tick && now - backup.masterDownAt() >= 0) {
      return step(
          new Master(
              condition,
              now,
              now + settings.intervalNanos(),
              program == Program.FRR
                  ? List.of()
                  : Announcements.afterTakeover(settings.announcements(), now),
              now,
              0),
          new SendAdvertisement(settings.priority()),
          new AcquireAddresses(settings.addresses()),
          new Announce(program == Program.FRR ? 1 : settings.announcements().count()));
    }
    if (!(event instanceof Event.Received(Advertisement theirs, InetAddress source))) {
      return step(with(backup, condition, backup.masterDownAt(), backup.heard()));
    }
    Heard heard = new Heard(source, theirs.priority(), theirs.intervalNanos());
    if (theirs.priority() == 0) {
      long skew = Intervals.skew(settings.version(), settings.priority(), theirs.intervalNanos());
      return step(with(backup, condition, now + skew, heard));
    }
    boolean respects = theirs.priority() >= settings.priority() || !settings.preempt();
    return step(
        with(
            backup,
            condition,
            respects ? now + down(settings, theirs.intervalNanos()) : backup.masterDownAt(),
            heard));
  }

  private static Backup with(
      Backup backup, Condition condition, long masterDownAt, @Nullable Heard heard) {
    return new Backup(condition, backup.since(), masterDownAt, false, LastWords.NONE, heard);
  }

  private static Step inMaster(
      Program program,
      Settings settings,
      Master master,
      Condition condition,
      Event event,
      long now) {
    if (event instanceof Event.Received(Advertisement theirs, InetAddress source)) {
      boolean better =
          theirs.priority() > settings.priority()
              || (theirs.priority() == settings.priority()
                  && Arrays.compareUnsigned(source.getAddress(), settings.source().getAddress())
                      > 0);
      if (better) {
        Heard heard = new Heard(source, theirs.priority(), theirs.intervalNanos());
        long until = now + down(settings, theirs.intervalNanos());
        return step(
            new Backup(condition, now, until, false, LastWords.NONE, heard),
            new ReleaseAddresses(settings.addresses()));
      }
      if (theirs.priority() > 0 && program == Program.FRR) {
        return step(master);
      }
      return theirs.priority() == 0
          ? step(advertised(settings, master, now), new SendAdvertisement(settings.priority()))
          : step(
              new Master(
                  condition,
                  now,
                  now + settings.intervalNanos(),
                  Announcements.afterTakeover(settings.announcements(), now),
                  now,
                  0),
              new SendAdvertisement(settings.priority()),
              new Announce(settings.announcements().count()));
    }
    if (!(event instanceof Event.Tick)) {
      return step(master);
    }
    List<Action> actions = new ArrayList<>();
    Master next = master;
    if (now - master.nextAdvertisementAt() >= 0) {
      actions.add(new SendAdvertisement(settings.priority()));
      actions.add(new RefreshAddresses());
      next = advertised(settings, master, now);
    }
    master.announcements().stream()
        .filter(one -> Announcements.isDue(one, now))
        .forEach(one -> actions.add(new Announce(one.count())));
    List<State.Announcement> pending =
        Announcements.afterDue(master.announcements(), settings.announcements(), now);
    return new Step(
        new Master(
            next.condition(),
            next.advertisedAt(),
            next.nextAdvertisementAt(),
            pending,
            next.answersSince(),
            0),
        actions,
        "");
  }

  private static Master advertised(Settings settings, Master master, long now) {
    return new Master(
        master.condition(),
        now,
        now + settings.intervalNanos(),
        master.announcements(),
        master.answersSince(),
        0);
  }

  private static long down(Settings settings, long interval) {
    return 3 * interval + Intervals.skew(settings.version(), settings.priority(), interval);
  }

  private static Step step(State state, Action... actions) {
    return new Step(state, List.of(actions), "");
  }
}
