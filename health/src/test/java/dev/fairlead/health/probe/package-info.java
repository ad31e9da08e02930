/** Tests of the health probes against real sockets on loopback. */
@NullMarked
package dev.fairlead.health.probe;

import org.jspecify.annotations.NullMarked;
