/**
 * Servers that are known by a DNS name: who their addresses are, and the configuration with a
 * server for each of them. Everybody else only knows addresses.
 *
 * <p>Owned by the control loop; questions are asked on threads of their own.
 */
@NullMarked
package dev.fairlead.daemon.names;

import org.jspecify.annotations.NullMarked;
