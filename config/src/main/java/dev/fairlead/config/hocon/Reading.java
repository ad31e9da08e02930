package dev.fairlead.config.hocon;

import dev.fairlead.config.Host;
import java.util.HashSet;
import java.util.Set;

/**
 * What one read carries with it.
 *
 * @param asked every key of {@code reference.conf} that was asked for; a test compares
 */
record Reading(Findings findings, Host host, Set<String> asked) {

  Reading(Host host) {
    this(new Findings(), host, new HashSet<>());
  }
}
