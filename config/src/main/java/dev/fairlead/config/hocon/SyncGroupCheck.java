package dev.fairlead.config.hocon;

import dev.fairlead.config.VirtualRouterConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Whether virtual routers that are to move together can. */
final class SyncGroupCheck {

  private SyncGroupCheck() {}

  static void run(Findings findings, List<Placed<VirtualRouterConfig>> routers) {
    Map<String, List<Placed<VirtualRouterConfig>>> groups = new LinkedHashMap<>();
    for (Placed<VirtualRouterConfig> router : routers) {
      router
          .value()
          .election()
          .syncGroup()
          .ifPresent(name -> groups.computeIfAbsent(name, first -> new ArrayList<>()).add(router));
    }
    groups.forEach((name, members) -> check(findings, name, members));
  }

  private static void check(
      Findings findings, String name, List<Placed<VirtualRouterConfig>> members) {
    Placed<VirtualRouterConfig> first = members.getFirst();
    if (members.size() == 1) {
      findings.warning(
          "sync-group",
          first.place(),
          "is alone in the sync group " + name + ", which does nothing");
    }
    for (Placed<VirtualRouterConfig> member : members) {
      // Each would try to be where the other is not.
      if (!first.value().election().equals(member.value().election())) {
        findings.error(
            "sync-group",
            member.place(),
            "must have the same priority, preempt, delays and initial-state as "
                + first.place().key()
                + ", with which it shares the sync group "
                + name);
      }
    }
  }
}
