package dev.fairlead.lb.relay;

import dev.fairlead.lb.proxy.ProxyHeader;
import dev.fairlead.lb.source.SourceTable;
import org.jspecify.annotations.Nullable;

/**
 * What a connection has brought to its session through a guarded entrance.
 *
 * @param header what the balancer in front has said; null = it came by itself
 * @param source where it is counted, until the session ends; null = nowhere
 */
record Admission(@Nullable ProxyHeader header, SourceTable.@Nullable Source source) {

  /** The session has ended. */
  void leave() {
    if (source != null) {
      source.leave();
    }
  }
}
