/**
 * What one client address may take of a frontend, and which source ports this node has in use.
 *
 * <p>Pure memory: no sockets, no clock. Any event loop reads and writes at any time, without a
 * lock.
 */
@NullMarked
package dev.fairlead.lb.source;

import org.jspecify.annotations.NullMarked;
