package dev.fairlead.vrrp;

import static dev.fairlead.vrrp.Routers.SECOND;
import static dev.fairlead.vrrp.Routers.V2;
import static dev.fairlead.vrrp.Routers.VIP;
import static dev.fairlead.vrrp.Routers.ip;
import static dev.fairlead.vrrp.Routers.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fairlead.vrrp.Action.AcquireAddresses;
import dev.fairlead.vrrp.Action.Announce;
import dev.fairlead.vrrp.Action.RefreshAddresses;
import dev.fairlead.vrrp.Action.ReleaseAddresses;
import dev.fairlead.vrrp.Action.SendAdvertisement;
import dev.fairlead.vrrp.Event.AbilityChanged;
import dev.fairlead.vrrp.Event.LinkDown;
import dev.fairlead.vrrp.Event.LinkUp;
import dev.fairlead.vrrp.Event.Received;
import dev.fairlead.vrrp.Event.Startup;
import dev.fairlead.vrrp.Event.Tick;
import dev.fairlead.vrrp.State.Backup;
import dev.fairlead.vrrp.State.Initialize;
import dev.fairlead.vrrp.State.Master;
import dev.fairlead.vrrp.State.Resigning;
import dev.fairlead.vrrp.SyncGroup.Facts;
import dev.fairlead.vrrp.SyncGroup.Member;
import dev.fairlead.vrrp.SyncGroup.Outcome;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Two routers that move together, event by event; {@code one} and {@code two} of 1 s each. */
class SyncGroupTest {

  /** Of priority 100: 3 s and 156/256 s. */
  private static final long MASTER_DOWN = 3 * SECOND + 609_375_000L;

  private List<Member> members =
      List.of(
          new Member("one", V2, State.INITIAL, Facts.UNKNOWN, false),
          new Member("two", with(V2).routerId(52).settings(), State.INITIAL, Facts.UNKNOWN, false));

  @Test
  void noneEntersTheElectionBeforeAllCan() {
    step(0, new Startup(), 0);
    step(1, new Startup(), 0);
    step(0, new LinkUp(), 0);
    step(1, new LinkUp(), 0);
    step(0, new AbilityChanged(Ability.ABLE, "well"), 0);
    assertThat(state(0)).isInstanceOf(Backup.class);
    assertThat(state(1)).isInstanceOf(Initialize.class);

    // One that has never said what it can does not count; it is not in the election itself.
    step(1, new AbilityChanged(Ability.UNABLE, "not listening"), SECOND);
    assertThat(state(0)).isInstanceOf(Initialize.class);

    step(1, new AbilityChanged(Ability.ABLE, "well"), 2 * SECOND);
    assertThat(members).allMatch(member -> member.state() instanceof Backup);
  }

  @Test
  void whatWasHeardInOneHoldsBothBack() {
    backups();
    hear(1, SECOND);

    Outcome due = step(0, new Tick(), MASTER_DOWN);
    assertThat(due.steps()).isEmpty();
    assertThat(members.get(0).held()).isTrue();
    assertThat(members.get(0).deadline()).isEmpty();
    assertThat(members.get(1).deadline()).isEqualTo(OptionalLong.of(SECOND + MASTER_DOWN));

    // One nanosecond early: nothing. Then both at once, and the held one is not called late.
    assertThat(step(1, new Tick(), SECOND + MASTER_DOWN - 1).steps())
        .allMatch(step -> step.step().actions().isEmpty());
    Outcome together = step(1, new Tick(), SECOND + MASTER_DOWN);
    assertThat(together.steps())
        .hasSize(2)
        .allSatisfy(step ->
            assertThat(step.step().actions())
                .containsExactly(
                    new SendAdvertisement(100),
                    new AcquireAddresses(List.of(VIP)),
                    new Announce(5)));
    assertThat(members).allMatch(member -> member.state() instanceof Master && !member.held());
  }

  @Test
  void aMasterHeardAgainEndsTheWaitForTheOthers() {
    backups();
    hear(1, SECOND);
    step(0, new Tick(), MASTER_DOWN);
    hear(0, MASTER_DOWN + 1);

    assertThat(members.get(0).held()).isFalse();
    assertThat(members.get(0).deadline()).isEqualTo(OptionalLong.of(2 * MASTER_DOWN + 1));
  }

  @Test
  void aMemberWithoutALinkTakesTheOthersWithIt() {
    masters();
    Outcome down = step(0, new LinkDown(), MASTER_DOWN + SECOND / 2);

    assertThat(down.steps().get(0).step().actions())
        .containsExactly(new ReleaseAddresses(List.of(VIP)));
    assertThat(down.steps().get(1).step().actions())
        .containsExactly(new SendAdvertisement(0), new RefreshAddresses());
    assertThat(down.steps().get(1).step().reason())
        .isEqualTo("one of the same group: its link is down");
    assertThat(state(0)).isInstanceOf(Initialize.class);
    assertThat(state(1)).isInstanceOf(Resigning.class);
  }

  @Test
  void aFailedTrackOfOneIsTheLastResortOfAll() {
    masters();
    step(1, new AbilityChanged(Ability.LAST_RESORT, "no usable server"), MASTER_DOWN + 1);

    assertThat(members).allMatch(member -> member.state() instanceof Resigning);
    assertThat(members)
        .allMatch(member -> member.state().condition().ability() == Ability.LAST_RESORT);

    step(1, new AbilityChanged(Ability.ABLE, "well"), MASTER_DOWN + 2);
    assertThat(members).allMatch(member -> member.state() instanceof Master);
  }

  @Test
  void whenOneYieldsTheOthersHandOver() {
    masters();
    Outcome better =
        step(0, new Received(V2.advertisement(200), ip("10.99.0.12")), MASTER_DOWN + SECOND / 2);

    assertThat(state(0)).isInstanceOf(Backup.class);
    assertThat(state(1)).isInstanceOf(Resigning.class);
    assertThat(better.steps().getLast().step().actions())
        .containsExactly(new SendAdvertisement(0), new RefreshAddresses());
    assertThat(better.steps().getLast().step().reason())
        .isEqualTo("one of the same group has yielded");
  }

  @Test
  void whoKeepsAnAddressNobodyTookDoesNotHoldTheOthersBack() {
    masters();
    step(0, new Received(V2.advertisement(200), ip("10.99.0.12")), MASTER_DOWN + SECOND / 2);
    long until = state(1).deadline().orElseThrow();
    step(1, new Tick(), until);
    assertThat(state(1)).isInstanceOf(Master.class);

    long due = state(0).deadline().orElseThrow();
    step(0, new Tick(), due);
    assertThat(state(0)).isInstanceOf(Master.class);
  }

  @Test
  void aGroupOfOneIsARouterLikeAnyOther() {
    members = members.subList(0, 1);
    backups();
    step(0, new Tick(), MASTER_DOWN);
    assertThat(state(0)).isInstanceOf(Master.class);
  }

  /** Both began to listen at 0. */
  private void backups() {
    for (int i = 0; i < members.size(); i++) {
      step(i, new Startup(), 0);
      step(i, new LinkUp(), 0);
    }
    for (int i = 0; i < members.size(); i++) {
      step(i, new AbilityChanged(Ability.ABLE, "well"), 0);
    }
    assertThat(members).allMatch(member -> member.state() instanceof Backup);
  }

  /** Since the end of the first master-down interval. */
  private void masters() {
    backups();
    step(0, new Tick(), MASTER_DOWN);
    assertThat(members).allMatch(member -> member.state() instanceof Master);
  }

  private void hear(int member, long now) {
    Settings settings = members.get(member).settings();
    step(member, new Received(settings.advertisement(200), ip("10.99.0.12")), now);
  }

  private Outcome step(int member, Event event, long now) {
    Outcome outcome = SyncGroup.step(members, member, event, now);
    members = outcome.members();
    return outcome;
  }

  private State state(int member) {
    return members.get(member).state();
  }
}
