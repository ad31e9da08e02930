package dev.fairlead.vrrp.net;

import dev.fairlead.vrrp.net.VirtualRouterStatus.State;
import dev.fairlead.vrrp.packet.Rejected;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** What one virtual router has counted since it was created. Owned by the control loop. */
final class RouterCounters {

  private final Map<State, Long> transitions = new EnumMap<>(State.class);
  private final Map<Rejected, Long> rejected = new EnumMap<>(Rejected.class);
  private long sent;
  private long sentPriorityZero;
  private long received;
  private long receivedPriorityZero;
  private long announcements;
  private long conflicts;

  void transition(State after) {
    transitions.merge(after, 1L, Long::sum);
  }

  /**
   * Counts rejected datagrams.
   *
   * @param count more than one for a sample
   */
  void rejected(Rejected reason, long count) {
    rejected.merge(reason, count, Long::sum);
  }

  void sent(int priority) {
    if (priority == 0) {
      sentPriorityZero++;
    } else {
      sent++;
    }
  }

  void received(int priority) {
    if (priority == 0) {
      receivedPriorityZero++;
    } else {
      received++;
    }
  }

  void claimed() {
    conflicts++;
  }

  void announced() {
    announcements++;
  }

  Map<State, Long> transitions() {
    return Map.copyOf(transitions);
  }

  Map<String, Long> rejectedByReason() {
    Map<String, Long> byLabel = new LinkedHashMap<>();
    rejected.forEach((reason, count) -> byLabel.put(reason.label(), count));
    return Map.copyOf(byLabel);
  }

  Map<String, Long> sentByKind() {
    return Map.of("normal", sent, "priority_zero", sentPriorityZero);
  }

  Map<String, Long> receivedByKind() {
    return Map.of("normal", received, "priority_zero", receivedPriorityZero);
  }

  long conflicts() {
    return conflicts;
  }

  long announcements() {
    return announcements;
  }
}
