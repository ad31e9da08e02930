/** What is in the distribution, and that it starts wherever it is put. */
@NullMarked
package dev.fairlead.distribution;

import org.jspecify.annotations.NullMarked;
