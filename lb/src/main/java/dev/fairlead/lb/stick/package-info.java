/**
 * Remembers which server a client was sent to.
 *
 * <p>Pure memory: no sockets, no clock. Any event loop reads and writes a {@link
 * dev.fairlead.lb.stick.StickTable} at any time, without a lock.
 */
@NullMarked
package dev.fairlead.lb.stick;

import org.jspecify.annotations.NullMarked;
