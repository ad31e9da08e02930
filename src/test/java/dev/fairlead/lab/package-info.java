/**
 * A network laboratory for the end-to-end tests: nodes in network namespaces, the real programs on
 * them, and instruments that say who held the virtual address and what a client saw.
 *
 * <p>The instruments live in the tests' own process: a thread enters a namespace, opens its sockets
 * there, and times come from one clock. Every lab has namespaces of its own and takes them away.
 */
@NullMarked
package dev.fairlead.lab;

import org.jspecify.annotations.NullMarked;
