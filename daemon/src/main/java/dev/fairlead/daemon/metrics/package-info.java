/**
 * Every meter of the product.
 *
 * <p>Nothing is counted here while traffic flows: the other modules keep plain counters, and a
 * scrape copies them into Micrometer's registry. Check results are the one exception, since nobody
 * else keeps their history.
 */
@NullMarked
package dev.fairlead.daemon.metrics;

import org.jspecify.annotations.NullMarked;
