/** Reads HOCON (Typesafe Config) into {@link dev.fairlead.config.Configuration}. */
@NullMarked
package dev.fairlead.config.hocon;

import org.jspecify.annotations.NullMarked;
