/**
 * {@code fairlead demo}: three masters, a client and a bridge on one machine, and a story of
 * faults.
 *
 * <p>Everything is real but the API servers, which are small stand-ins: the processes are started
 * from the installed launcher, in network namespaces of their own when root, else on loopback. What
 * the client saw is judged by functions ({@link dev.fairlead.daemon.demo.ClientLog}, {@link
 * dev.fairlead.daemon.demo.Expectation}); the rest starts, kills and draws. It never touches the
 * network of the host, and leaves nothing behind.
 */
@NullMarked
package dev.fairlead.daemon.demo;

import org.jspecify.annotations.NullMarked;
