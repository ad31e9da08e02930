/** Tests of what every reader shares. */
@NullMarked
package dev.fairlead.config;

import org.jspecify.annotations.NullMarked;
