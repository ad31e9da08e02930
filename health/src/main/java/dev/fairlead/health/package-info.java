/**
 * Decides whether servers are usable.
 *
 * <p>The decisions are functions of check results and time; {@code health.probe} does the asking.
 * Everything here is owned by the control loop.
 */
@NullMarked
package dev.fairlead.health;

import org.jspecify.annotations.NullMarked;
