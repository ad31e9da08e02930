/** Sockets, addresses, frames and timers of the election. Owned by the control loop. */
@NullMarked
package dev.fairlead.vrrp.net;

import org.jspecify.annotations.NullMarked;
