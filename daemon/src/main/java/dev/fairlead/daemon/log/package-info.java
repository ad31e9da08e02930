/**
 * How log records become lines on standard error.
 *
 * <p>Records are queued by whoever logs and written by one thread of their own, so a slow or
 * blocked terminal, pipe or journal never delays an event loop; what does not fit is dropped and
 * counted. Standard error, because a service manager captures it and a shell does not mix it with
 * output.
 */
@NullMarked
package dev.fairlead.daemon.log;

import org.jspecify.annotations.NullMarked;
