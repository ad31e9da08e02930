/**
 * Access logs: one line for each session.
 *
 * <p>An event loop puts a {@link dev.fairlead.lb.SessionRecord} into a bounded ring and goes on; it
 * never formats, never waits, and what does not fit is lost and counted. Each target has one thread
 * with a low priority, which formats and writes, and which alone waits while the target is slow.
 * Nothing here exists before a frontend has an access log.
 */
@NullMarked
package dev.fairlead.daemon.access;

import org.jspecify.annotations.NullMarked;
