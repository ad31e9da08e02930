/**
 * JMH runs of the hot pieces, each with its allocation per operation.
 *
 * <p>What the kernel and a real network make of them is measured by {@code compare}.
 */
@NullMarked
package dev.fairlead.benchmarks.jmh;

import org.jspecify.annotations.NullMarked;
