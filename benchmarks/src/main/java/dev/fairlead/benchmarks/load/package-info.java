/**
 * The load generator of the comparisons: one client, one server, both a single thread around epoll.
 *
 * <p>It speaks to the kernel through java.lang.foreign with buffers allocated once, so that it
 * costs less than any proxy it loads: a source is one send, a sink discards inside the kernel, an
 * echo is one recv and one send. It never measures the proxy's CPU; {@code compare} does that from
 * outside.
 */
@NullMarked
package dev.fairlead.benchmarks.load;

import org.jspecify.annotations.NullMarked;
