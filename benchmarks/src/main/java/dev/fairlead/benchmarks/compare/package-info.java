/**
 * Runs Fairlead beside haproxy and nginx on the same load, alternated, and writes down the ratios.
 *
 * <p>Measures from outside only: the proxy's CPU clock, the CPU it is pinned to, its memory in
 * /proc, its system calls with strace. Never part of the product; never asserted in a build.
 */
@NullMarked
package dev.fairlead.benchmarks.compare;

import org.jspecify.annotations.NullMarked;
