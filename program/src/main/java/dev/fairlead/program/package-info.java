/**
 * Programs of the user: command checks, scripts that are tracked, hooks.
 *
 * <p>They run without a shell, in a session of their own, with little in their environment, and
 * never longer than they may. Whoever runs one waits for it: virtual threads only, never a loop.
 */
@NullMarked
package dev.fairlead.program;

import org.jspecify.annotations.NullMarked;
