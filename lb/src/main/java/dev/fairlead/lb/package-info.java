/**
 * Relays TCP connections from frontends to the servers of their backends.
 *
 * <p>Knows nothing of checks or elections: the daemon tells it what health has found. The control
 * loop changes configuration and availability; each event loop owns its own sessions.
 */
@NullMarked
package dev.fairlead.lb;

import org.jspecify.annotations.NullMarked;
