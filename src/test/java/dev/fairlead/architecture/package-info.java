/** The house rules as tests: who may import whom, how things are named. Reads classes only. */
@NullMarked
package dev.fairlead.architecture;

import org.jspecify.annotations.NullMarked;
