package dev.fairlead.daemon.hook;

import dev.fairlead.config.HookConfig.State;
import dev.fairlead.config.IpText;
import dev.fairlead.config.VirtualRouterConfig.VirtualAddress;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a hook is told.
 *
 * @param previous the state before
 * @param addresses of the virtual router, in its order
 * @param priority in force
 * @param peer address of the other router last heard; empty = none
 * @param node name of this host
 * @param at when it happened
 */
public record HookEvent(
    String router,
    State state,
    State previous,
    List<VirtualAddress> addresses,
    String interfaceName,
    int routerId,
    int priority,
    String peer,
    String reason,
    String node,
    Instant at) {

  public HookEvent {
    addresses = List.copyOf(addresses);
  }

  private String firstAddress() {
    return addresses.isEmpty() ? "" : IpText.text(addresses.getFirst().address());
  }

  private String allAddresses() {
    return addresses.stream().map(VirtualAddress::toString).collect(Collectors.joining(" "));
  }

  /** For a program. */
  Map<String, String> environment() {
    Map<String, String> variables = new LinkedHashMap<>();
    variables.put("FAIRLEAD_STATE", state.name());
    variables.put("FAIRLEAD_PREVIOUS_STATE", previous.name());
    variables.put("FAIRLEAD_ROUTER", router);
    variables.put("FAIRLEAD_VIP", firstAddress());
    variables.put("FAIRLEAD_VIPS", allAddresses());
    variables.put("FAIRLEAD_INTERFACE", interfaceName);
    variables.put("FAIRLEAD_ROUTER_ID", String.valueOf(routerId));
    variables.put("FAIRLEAD_PRIORITY", String.valueOf(priority));
    variables.put("FAIRLEAD_PEER", peer);
    variables.put("FAIRLEAD_REASON", reason);
    variables.put("FAIRLEAD_NODE", node);
    return variables;
  }

  /** What keepalived appends to the command of a notify script. */
  List<String> keepalivedArguments() {
    return List.of("INSTANCE", router, state.name(), String.valueOf(priority));
  }

  /** For a web service. */
  Map<String, Object> document() {
    Map<String, Object> document = new LinkedHashMap<>();
    // Chat services show this member and ignore the others.
    document.put("text", sentence());
    document.put("router", router);
    document.put("state", state.name());
    document.put("previous_state", previous.name());
    document.put("addresses", addresses.stream().map(VirtualAddress::toString).toList());
    document.put("interface", interfaceName);
    document.put("router_id", routerId);
    document.put("priority", priority);
    document.put("peer", peer);
    document.put("reason", reason);
    document.put("node", node);
    document.put("at", at.toString());
    return document;
  }

  private String sentence() {
    return "virtual router %s (%s) on %s: %s -> %s, %s"
        .formatted(router, firstAddress(), node, previous, state, reason);
  }
}
