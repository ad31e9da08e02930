/** The sub-commands, and how what they learn is printed. Each runs in a process of its own. */
@NullMarked
package dev.fairlead.daemon.cli;

import org.jspecify.annotations.NullMarked;
