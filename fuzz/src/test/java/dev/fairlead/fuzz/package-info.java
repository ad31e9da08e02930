/**
 * Any bytes into every parser of others' bytes. An input is one byte that chooses the {@link
 * dev.fairlead.fuzz.Target} and then what that one reads, so that one process looks at all of them.
 */
@NullMarked
package dev.fairlead.fuzz;

import org.jspecify.annotations.NullMarked;
