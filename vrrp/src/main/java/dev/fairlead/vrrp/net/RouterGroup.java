package dev.fairlead.vrrp.net;

import dev.fairlead.vrrp.Event;
import dev.fairlead.vrrp.SyncGroup;
import java.util.ArrayList;
import java.util.List;

/**
 * Virtual routers of this node that move together; mostly one that moves alone. Hands events to
 * {@link SyncGroup} and its answers to the members. Owned by the control loop.
 */
final class RouterGroup {

  private final List<VirtualRouterRunner> members;

  RouterGroup(List<VirtualRouterRunner> members) {
    this.members = List.copyOf(members);
  }

  List<VirtualRouterRunner> members() {
    return members;
  }

  /** From now on these move together; what each knows counts for all at once. */
  void form() {
    members.forEach(each -> each.belongTo(this));
    members.forEach(VirtualRouterRunner::shareFacts);
  }

  /** One event of one member, and all that follows from it for the others. */
  void step(VirtualRouterRunner member, Event event) {
    List<SyncGroup.Member> before = new ArrayList<>();
    members.forEach(each -> before.add(each.member()));
    SyncGroup.Outcome outcome =
        SyncGroup.step(before, members.indexOf(member), event, System.nanoTime());
    // Everybody's new state first: what is performed may ask for it.
    for (int i = 0; i < members.size(); i++) {
      members.get(i).learn(outcome.members().get(i));
    }
    outcome.steps().forEach(one -> members.get(one.member()).perform(one.step()));
    members.forEach(VirtualRouterRunner::settle);
  }

  /** Reads what has arrived for all of them: no decision is made on old news. */
  void receive(int maxDatagrams) {
    members.forEach(each -> each.receive(maxDatagrams));
  }
}
