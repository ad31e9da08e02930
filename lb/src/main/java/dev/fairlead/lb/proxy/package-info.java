/**
 * The PROXY protocol, versions 1 and 2: bytes to endpoints and back, as haproxy's
 * proxy-protocol.txt has it.
 *
 * <p>Pure functions and a small state machine: no sockets, no clock, no thread of its own.
 */
@NullMarked
package dev.fairlead.lb.proxy;

import org.jspecify.annotations.NullMarked;
