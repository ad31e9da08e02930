/**
 * Which server a new connection goes to.
 *
 * <p>Pure: no sockets, no clock. A {@link dev.fairlead.lb.balance.Selection} belongs to one event
 * loop, since it keeps a cursor.
 */
@NullMarked
package dev.fairlead.lb.balance;

import org.jspecify.annotations.NullMarked;
