/** Tests of the health core with virtual time. */
@NullMarked
package dev.fairlead.health;

import org.jspecify.annotations.NullMarked;
