/** Tests of {@code dev.fairlead.daemon.names}. */
@NullMarked
package dev.fairlead.daemon.names;

import org.jspecify.annotations.NullMarked;
