/**
 * The same faults for keepalived with haproxy and for Fairlead, on the same network, seen by a
 * client of the virtual address: {@code benchmarks/failover}.
 *
 * <p>A {@link dev.fairlead.benchmarks.failover.Trial} owns one lab, its thread strikes and repairs;
 * one {@link dev.fairlead.benchmarks.failover.Watch} thread per lab probes and records. Nothing
 * here decides how the products behave; {@link dev.fairlead.benchmarks.failover.Timeline} turns
 * records into figures and knows neither sockets nor clocks.
 */
@NullMarked
package dev.fairlead.benchmarks.failover;

import org.jspecify.annotations.NullMarked;
