package dev.fairlead.vrrp;

import dev.fairlead.vrrp.State.Backup;
import dev.fairlead.vrrp.State.Master;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;

/**
 * Virtual routers that move together, such as the IPv4 and the IPv6 address of one service. A
 * function beside {@link VirtualRouter}, which still decides about each of them.
 *
 * <p>Three rules make a group of them:
 *
 * <ul>
 *   <li>What one member cannot do none can: the worst link and ability of all count for each.
 *   <li>When one member yields to a better master the others hand over, too.
 *   <li>A member takes over only when every other one holds its addresses already or may take over
 *       as well. A node that is silent in one family and alive in the other has not died; to take
 *       half of its addresses would part the group, and to take the other half by force, as
 *       keepalived does, would start a fight that nobody wins.
 * </ul>
 *
 * <p>The third rule presumes that the others run the same group. Where they do not, one member may
 * wait for ever; {@link Member#held} says so, for a warning.
 */
public final class SyncGroup {

  private SyncGroup() {}

  /**
   * What is known of one member alone.
   *
   * @param told whether the ability has been told at all; one that joins shall not make the others
   *     hand over before it has had the time to say what it can
   * @param reason of the ability, for people
   */
  public record Facts(boolean linkUp, boolean told, Ability ability, String reason) {

    /** Of a member nobody has told anything yet. */
    public static final Facts UNKNOWN = new Facts(false, false, Ability.UNABLE, "");

    private Ability amongOthers() {
      if (!told) {
        return Ability.ABLE;
      }
      return linkUp ? ability : Ability.UNABLE;
    }
  }

  /**
   * One of the routers.
   *
   * @param name for people
   * @param held whether it would have taken over, but for the others
   */
  public record Member(String name, Settings settings, State state, Facts facts, boolean held) {

    /** When {@link Event.Tick} is due; a held member waits for the others' deadlines instead. */
    public OptionalLong deadline() {
      return held ? OptionalLong.empty() : state.deadline();
    }

    private Member with(State next) {
      return new Member(name, settings, next, facts, held && next instanceof Backup);
    }

    private Member with(Facts next) {
      return new Member(name, settings, state, next, held);
    }

    private Member with(boolean next) {
      return new Member(name, settings, state, facts, next);
    }

    /** A member that had to wait is not late. */
    private Member punctual(long now) {
      return held && state instanceof Backup backup
          ? with(
              new Backup(
                  backup.condition(),
                  backup.since(),
                  now,
                  backup.overslept(),
                  backup.lastWords(),
                  backup.heard()))
          : this;
    }

    private boolean isOverdue(long now) {
      return state instanceof Backup backup && now - backup.masterDownAt() >= 0;
    }

    private boolean holds() {
      return state instanceof Master || state instanceof State.Resigning;
    }
  }

  /** What {@link VirtualRouter#step} has answered for the member at that place of the list. */
  public record MemberStep(int member, Step step) {}

  /**
   * The outcome of one event.
   *
   * @param steps to be performed in this order
   */
  public record Outcome(List<Member> members, List<MemberStep> steps) {
    public Outcome {
      members = List.copyOf(members);
      steps = List.copyOf(steps);
    }
  }

  /**
   * What one event of one member does to all.
   *
   * @param members with the settings that are in force from now on; a group of one is a router that
   *     moves alone
   * @param now nanoTime; never less than in the step before
   */
  public static Outcome step(List<Member> members, int member, Event event, long now) {
    Course course = new Course(members, now);
    switch (event) {
      case Event.LinkUp() -> {
        course.learn(
            member, known -> new Facts(true, known.told(), known.ability(), known.reason()));
        course.step(member, event);
        course.shareAbility();
      }
      case Event.LinkDown() -> {
        course.learn(
            member, known -> new Facts(false, known.told(), known.ability(), known.reason()));
        course.step(member, event);
        course.shareAbility();
      }
      case Event.AbilityChanged(Ability ability, String reason) -> {
        course.learn(member, known -> new Facts(known.linkUp(), true, ability, reason));
        course.shareAbility();
      }
      // Below, with the others or not at all.
      case Event.Tick() when course.isOverdue(member) -> {}
      case Event.Startup(),
          Event.Shutdown(),
          Event.Tick(),
          Event.Received(_, _),
          Event.GroupYielded(_),
          Event.AddressClaimed(),
          Event.ClockJumped(_),
          Event.SettingsChanged(_, _) ->
          course.step(member, event);
    }
    course.followYielded(member, members.get(member));
    if (course.mayTakeOver()) {
      course.takeOver();
    } else if (event instanceof Event.Tick && course.isOverdue(member)) {
      course.hold(member);
    }
    return new Outcome(course.members, course.steps);
  }

  /** The members between one event and its outcome. */
  private static final class Course {
    private final List<Member> members;
    private final List<MemberStep> steps = new ArrayList<>();
    private final long now;

    Course(List<Member> members, long now) {
      this.members = new ArrayList<>(members);
      this.now = now;
    }

    void learn(int member, UnaryOperator<Facts> change) {
      Member known = members.get(member);
      members.set(member, known.with(change.apply(known.facts())));
    }

    void step(int member, Event event) {
      Member before = members.get(member);
      Step step = VirtualRouter.step(before.settings(), before.state(), event, now);
      Member after = before.with(step.state());
      members.set(member, after.held() && !after.isOverdue(now) ? after.with(false) : after);
      steps.add(new MemberStep(member, step));
    }

    boolean isOverdue(int member) {
      return members.get(member).isOverdue(now);
    }

    void hold(int member) {
      members.set(member, members.get(member).with(true));
    }

    /**
     * The worst of all counts for each; of equally bad ones its own, for the sake of the reason.
     */
    void shareAbility() {
      for (int i = 0; i < members.size(); i++) {
        Facts own = members.get(i).facts();
        Ability ability = own.ability();
        String reason = own.reason();
        for (int j = 0; j < members.size(); j++) {
          Facts other = members.get(j).facts();
          if (j != i && other.amongOthers().compareTo(ability) > 0) {
            ability = other.amongOthers();
            String why = other.linkUp() ? other.reason() : "its link is down";
            reason = "%s of the same group: %s".formatted(members.get(j).name(), why);
          }
        }
        if (ability != members.get(i).state().condition().ability()) {
          step(i, new Event.AbilityChanged(ability, reason));
        }
      }
    }

    void followYielded(int member, Member before) {
      Member after = members.get(member);
      if (!before.holds() || !(after.state() instanceof Backup)) {
        return;
      }
      for (int i = 0; i < members.size(); i++) {
        if (i != member && members.get(i).state() instanceof Master) {
          step(i, new Event.GroupYielded(after.name() + " of the same group has yielded"));
        }
      }
    }

    boolean mayTakeOver() {
      return members.stream().allMatch(member -> member.holds() || member.isOverdue(now));
    }

    void takeOver() {
      for (int i = 0; i < members.size(); i++) {
        if (isOverdue(i)) {
          members.set(i, members.get(i).punctual(now));
          step(i, new Event.Tick());
        }
      }
    }
  }
}
