/**
 * Backends, their servers and live counters.
 *
 * <p>The control loop publishes immutable snapshots; event loops read one per connection.
 */
@NullMarked
package dev.fairlead.lb.backend;

import org.jspecify.annotations.NullMarked;
