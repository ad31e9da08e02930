/**
 * The election: VRRPv2 and VRRPv3 as functions of state, event and time.
 *
 * <p>Master and backup are the words of our users; RFC 9568 calls them Active and Backup. Nothing
 * in this package reads a clock, opens a socket or starts a thread; {@code vrrp.net} does.
 */
@NullMarked
package dev.fairlead.vrrp;

import org.jspecify.annotations.NullMarked;
